import type { Address } from '../keyspace/arena.ts'
import { DIGEST_LANES } from './digest-lanes.ts'

const ENTRIES_SHIFT = 14
const ENTRIES = 1 << ENTRIES_SHIFT
/** 2 ** 32 over the golden ratio: neighbouring addresses get entries far apart. */
const SPREAD = 0x9e3779b1

/**
 * The digests of the elements of those compact collections that were written last, by the address of the record: up to
 * 16,384 of them, in 320 KiB. What is not here is read again, which is bounded as a compact collection is.
 */
export class ElementsCache {
  readonly #addresses = new Uint32Array(ENTRIES)
  readonly #lanes = new Int32Array(ENTRIES * DIGEST_LANES)

  /** Copies the digest for a record into `lanes`; whether it is here. */
  read(address: Address, lanes: Int32Array): boolean {
    const entry = entryOf(address)
    if (this.#addresses[entry] !== address) return false
    for (let lane = 0; lane < DIGEST_LANES; lane++) lanes[lane] = this.#lanes[entry * DIGEST_LANES + lane]!
    return true
  }

  /** Takes the place of another record's, it may be. */
  write(address: Address, lanes: Int32Array): void {
    const entry = entryOf(address)
    this.#addresses[entry] = address
    for (let lane = 0; lane < DIGEST_LANES; lane++) this.#lanes[entry * DIGEST_LANES + lane] = lanes[lane]!
  }

  /** The record at that address is not there any more, or is another one. */
  delete(address: Address): void {
    const entry = entryOf(address)
    if (this.#addresses[entry] === address) this.#addresses[entry] = 0
  }

  clear(): void {
    this.#addresses.fill(0)
  }
}

function entryOf(address: Address): number {
  return Math.imul(address, SPREAD) >>> (32 - ENTRIES_SHIFT)
}
