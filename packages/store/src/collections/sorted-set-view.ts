import type { ElementRange } from './sorted-set-range.ts'

/** A member: bytes[start, end). */
export interface MemberRange {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
}

/**
 * A sorted set in either encoding, as commands see it: elements in the order of their scores, those with the same
 * score in the order of their members. It has a place: an element that it shows. No method creates an object. A write
 * makes the place void.
 */
export interface SortedSetView {
  /** How many elements it has. */
  readonly size: number
  /** The score of the member bytes[start, end); NaN if there is none. */
  scoreOf(bytes: Uint8Array, start: number, end: number): number
  /** How many elements come before the member; -1 if there is none. */
  rankOf(bytes: Uint8Array, start: number, end: number): number
  /** Finds the elements of a range: those whose ranks are from `rangeStart` on and before `rangeEnd`. */
  findRange(range: ElementRange, isReverse: boolean): void
  readonly rangeStart: number
  readonly rangeEnd: number

  /** Shows the element with that rank, which is there. */
  moveTo(rank: number): void
  /** Shows the next element; false at the end. */
  next(): boolean
  /** Shows the previous element; false at the beginning. */
  previous(): boolean
  /** The member that is shown. */
  readonly member: MemberRange
  /** Its score. */
  readonly score: number

  /** Adds a member that isn't there. */
  insert(bytes: Uint8Array, start: number, end: number, score: number): void
  /** Gives a member that is there another score. */
  move(bytes: Uint8Array, start: number, end: number, oldScore: number, score: number): void
  /** Removes a member; whether it was there. */
  remove(bytes: Uint8Array, start: number, end: number): boolean
  /** Removes the elements whose ranks are from `from` on and before `to`. */
  removeRange(from: number, to: number): void
}
