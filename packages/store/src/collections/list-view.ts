import type { EntryMatcher } from './listpack-splicing.ts'

/** An item: bytes[start, end). */
export interface ItemRange {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
}

/**
 * A list in either encoding, as commands see it. It has a place: an item that it shows. A write makes the place void.
 * No method that reads creates an object.
 */
export interface ListView {
  /** How many items it has. */
  readonly size: number

  /** Goes to the item with that index, which is there. */
  moveTo(index: number): void
  /** Goes to the next item; false at the end. */
  next(): boolean
  /** Goes to the previous item; false at the beginning. */
  previous(): boolean
  /** The present item, until the next call. */
  readonly item: ItemRange
  /** Whether the present item is the string that is looked for. */
  isMatch(matcher: EntryMatcher): boolean

  /** Puts an item before the one with that index, or behind the last one. */
  insert(index: number, bytes: Uint8Array, start: number, end: number): void
  /** Puts an item in the place of the one with that index. */
  replace(index: number, bytes: Uint8Array, start: number, end: number): void
  /** Removes the items whose indexes are from `from` on and before `to`. */
  removeRange(from: number, to: number): void
  /** Removes up to `limit` items that match, those at the end first where it says so. Returns how many. */
  removeMatches(matcher: EntryMatcher, limit: number, isFromEnd: boolean): number
}
