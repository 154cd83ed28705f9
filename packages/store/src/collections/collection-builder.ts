import type { Address, KeySpace } from '../keyspace/key-space.ts'

/**
 * Makes a collection element by element (from an RDB file, by COPY, by a command that stores its result) and keeps it
 * compact as long as the limits allow. One for each type, made for one collection and then thrown away.
 */
export interface CollectionBuilder {
  /**
   * Adds an element that isn't there yet: an item behind the others, a member, a field.
   * A hash takes valueBytes[valueStart, valueEnd) as the field's value, a sorted set takes `score`.
   * @returns false, with nothing added, where the element is there already
   * @throws RecordTooLargeError, ArenaFullError
   */
  add(
    bytes: Uint8Array,
    start: number,
    end: number,
    valueBytes: Uint8Array,
    valueStart: number,
    valueEnd: number,
    score: number,
  ): boolean
  /** How many elements have been added. */
  readonly size: number
  /** Makes it large, though it may fit into one block: a copy is as large as what it was made from. After the last `add`. */
  enlarge(): void
  /**
   * Stores the collection, which is not empty, under a key, in place of what was there.
   * @throws RecordTooLargeError, ArenaFullError; the collection is lost then
   */
  store(keySpace: KeySpace, key: Uint8Array, keyStart: number, keyEnd: number, expiresAt: number): Address
  /** Gives up what has been made. Not after `store`. */
  discard(): void
}
