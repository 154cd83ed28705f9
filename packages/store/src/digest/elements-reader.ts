import type { ValueCursor } from '../collections/value-cursor.ts'
import { VALUE_TYPE_HASH, VALUE_TYPE_LIST, VALUE_TYPE_SORTED_SET } from '../keyspace/value-type.ts'
import { addLanes, DIGEST_LANES } from './digest-lanes.ts'
import { hashElement, hashFieldValue, hashScore } from './element-hash.ts'
import { addItems } from './list-polynomial.ts'

/** The elements of one collection on their way into a digest. */
export interface ElementsReading {
  /** Reads about `count` elements more; false at the end. */
  advance(count: number): boolean
  /** The digest of those that have been read. */
  readonly lanes: Int32Array
}

const hash = new Int32Array(DIGEST_LANES)

/**
 * Reads the elements of one collection, a slice at a time, for their digest, which is the same for the same content in
 * any encoding: for a list see list-polynomial.ts, else the sum of the elements' hashes.
 */
export class ElementsReader implements ElementsReading {
  readonly lanes = new Int32Array(DIGEST_LANES)
  readonly #cursor: ValueCursor
  readonly #type: number
  #read = 0

  constructor(cursor: ValueCursor, type: number) {
    this.#cursor = cursor
    this.#type = type
  }

  advance(count: number): boolean {
    const cursor = this.#cursor
    const type = this.#type
    for (let i = 0; i < count; i++) {
      if (!cursor.next()) return false
      hashElement(cursor.bytes, cursor.start, cursor.end, hash)
      if (type === VALUE_TYPE_HASH) hashFieldValue(cursor.valueBytes, cursor.valueStart, cursor.valueEnd, hash)
      else if (type === VALUE_TYPE_SORTED_SET) hashScore(cursor.score, hash)
      if (type === VALUE_TYPE_LIST) addItems(this.lanes, hash, this.#read++)
      else addLanes(this.lanes, hash)
    }
    return true
  }
}
