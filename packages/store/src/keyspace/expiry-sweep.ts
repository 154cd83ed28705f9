import { AddressList } from './address-list.ts'
import type { Address } from './arena.ts'
import type { PagedIndex } from './paged-index.ts'
import type { RecordReader } from './record-reader.ts'

/** Records that are looked up at a time: some 50 µs, so that a budget of time is kept to. */
const RECORDS_PER_BATCH = 256

/** Looks for records that have expired, a slice of time at a time, round after round. */
export class ExpirySweep {
  readonly #records: RecordReader
  readonly #index: PagedIndex
  readonly #found = new AddressList()
  /** The hash that the next slice begins at. */
  #cursor = 0

  constructor(records: RecordReader, index: PagedIndex) {
    this.#records = records
    this.#index = index
  }

  /** Begins a new round. */
  restart(): void {
    this.#cursor = 0
  }

  /** See {@link KeySpace.sweepExpired}. */
  advance(now: number, budget: number, onExpired: (address: Address) => void): boolean {
    const deadline = performance.now() + budget
    const found = this.#found
    do {
      if (this.#index.volatileSize === 0) {
        this.#cursor = 0
        return false
      }
      found.count = 0
      this.#cursor = this.#index.gather(this.#cursor, RECORDS_PER_BATCH, true, found)
      for (let i = 0; i < found.count; i++) {
        if (this.#records.expiresAt(found.at(i)) < now) onExpired(found.at(i))
      }
    } while (this.#cursor !== 0 && performance.now() < deadline)
    return this.#cursor !== 0
  }
}
