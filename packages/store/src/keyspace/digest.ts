import type { KeySpaceSnapshot } from './key-space-snapshot.ts'
import { murmur3 } from './murmur3.ts'

const DIGEST_LANES = 4
/** Records that are digested at a time: at most some 300 µs where they are small. */
const RECORDS_PER_SLICE = 1000

/** The hash of the record that is being added or removed. */
const recordLanes = new Int32Array(DIGEST_LANES)
/** What of a record is a number: its type, its key's length (where key and value part) and its expiry. */
const numbers = new Float64Array(3)
const numberBytes = new Uint8Array(numbers.buffer)

/**
 * The digest of one record into recordLanes: Murmur3 of type, expiry and lengths, then of the key, then of the value.
 * Not keyed, so that it is the same on every node: it finds errors, and not an attacker who looks for collisions.
 */
function digestRecord(
  bytes: Uint8Array,
  keyStart: number,
  keyEnd: number,
  valueStart: number,
  valueEnd: number,
  type: number,
  expiresAt: number,
): void {
  numbers[0] = type
  numbers[1] = expiresAt
  numbers[2] = keyEnd - keyStart
  recordLanes.fill(0)
  murmur3(numberBytes, 0, numberBytes.length, recordLanes)
  murmur3(bytes, keyStart, keyEnd, recordLanes)
  murmur3(bytes, valueStart, valueEnd, recordLanes)
}

/**
 * A digest of 128 bits of any number of records, in whatever order they come: the sum of their hashes, in each of
 * four lanes. So a record that changes is taken out and put in again, in constant time.
 */
export class Digest {
  readonly #lanes = new Int32Array(DIGEST_LANES)

  /** Puts a record in: what a {@link RecordVisitor} is called with. */
  add(
    bytes: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
    type: number,
    expiresAt: number,
  ): void {
    digestRecord(bytes, keyStart, keyEnd, valueStart, valueEnd, type, expiresAt)
    for (let lane = 0; lane < DIGEST_LANES; lane++) this.#lanes[lane]! += recordLanes[lane]!
  }

  /** Takes a record out that was put in. */
  remove(
    bytes: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
    type: number,
    expiresAt: number,
  ): void {
    digestRecord(bytes, keyStart, keyEnd, valueStart, valueEnd, type, expiresAt)
    for (let lane = 0; lane < DIGEST_LANES; lane++) this.#lanes[lane]! -= recordLanes[lane]!
  }

  /** 32 hexadecimal digits; zeros for no records. */
  toString(): string {
    return Array.from(this.#lanes, (lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('')
  }
}

/** Digests what remains to be visited of a snapshot, in slices, one for each turn of the event loop. */
export async function digestSnapshot(snapshot: KeySpaceSnapshot): Promise<Digest> {
  const digest = new Digest()
  const add = digest.add.bind(digest)
  while (snapshot.visit(RECORDS_PER_SLICE, add)) await new Promise(setImmediate)
  return digest
}
