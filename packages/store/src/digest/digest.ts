import type { LargeCollection } from '../collections/large-collection.ts'
import { openValue } from '../collections/value-reader.ts'
import { typeOfKind, VALUE_TYPE_STRING } from '../keyspace/value-type.ts'
import { addLanes, DIGEST_LANES, subtractLanes } from './digest-lanes.ts'
import { ElementsReader } from './elements-reader.ts'
import { finishRecordHash, hashKey, hashStringRecord } from './record-hash.ts'

/** The hash of the record that is being added. */
const recordLanes = new Int32Array(DIGEST_LANES)

/**
 * A digest of 128 bits of any number of records, in whatever order they come: the sum of their hashes, in each of
 * four lanes. So a record that changes is taken out and put in again, in constant time.
 */
export class Digest {
  readonly #lanes = new Int32Array(DIGEST_LANES)

  /** Puts a record in, of which every byte is read: what a {@link RecordVisitor} is called with. */
  add(
    bytes: Buffer,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
    kind: number,
    expiresAt: number,
    collection: LargeCollection | null = null,
  ): void {
    const type = typeOfKind(kind)
    if (type === VALUE_TYPE_STRING) {
      hashStringRecord(bytes, keyStart, keyEnd, valueStart, valueEnd, expiresAt, recordLanes)
    } else {
      const elements = new ElementsReader(openValue(bytes, valueStart, valueEnd, kind, collection), type)
      elements.advance(Number.POSITIVE_INFINITY)
      hashKey(bytes, keyStart, keyEnd, type, expiresAt, recordLanes)
      finishRecordHash(elements.lanes, recordLanes)
    }
    this.addHash(recordLanes)
  }

  /** Puts a record in whose hash is known. */
  addHash(lanes: Int32Array): void {
    addLanes(this.#lanes, lanes)
  }

  /** Takes a record out that was put in. */
  removeHash(lanes: Int32Array): void {
    subtractLanes(this.#lanes, lanes)
  }

  /** Puts in whatever another digest is of. */
  addAll(other: Digest): void {
    addLanes(this.#lanes, other.#lanes)
  }

  /** 32 hexadecimal digits; zeros for no records. */
  toString(): string {
    let digits = ''
    for (const lane of this.#lanes) digits += (lane >>> 0).toString(16).padStart(8, '0')
    return digits
  }
}
