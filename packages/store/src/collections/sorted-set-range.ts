import { compareBytes } from './byte-order.ts'
import { NO_BYTES } from './value-cursor.ts'

/** One end of a range of elements: a place between two of them, before the first or behind the last. */
export interface RangeLimit {
  /** Whether it depends on members; if not, `isAfter` doesn't look at the bytes. */
  readonly comparesMembers: boolean
  /** Whether the element (a score, a member bytes[start, end)) lies before this place. */
  isAfter(score: number, bytes: Uint8Array, start: number, end: number): boolean
}

/** The elements from `min` on and before `max`. */
export interface ElementRange {
  readonly min: RangeLimit
  readonly max: RangeLimit
  /** Whether it is empty whatever the elements are. */
  readonly isEmpty: boolean
}

class ScoreLimit implements RangeLimit {
  readonly comparesMembers = false
  readonly #score: number
  readonly #isBehind: boolean

  /** @param isBehind whether the place is behind the elements with this score, or before them */
  constructor(score: number, isBehind: boolean) {
    this.#score = score
    this.#isBehind = isBehind
  }

  isAfter(score: number): boolean {
    return this.#isBehind ? score <= this.#score : score < this.#score
  }
}

/** The elements whose scores are from `min` to `max`, without these where they are exclusive. */
export function scoreRange(min: number, isMinExclusive: boolean, max: number, isMaxExclusive: boolean): ElementRange {
  return {
    min: new ScoreLimit(min, isMinExclusive),
    max: new ScoreLimit(max, !isMaxExclusive),
    isEmpty: min > max || (min === max && (isMinExclusive || isMaxExclusive)),
  }
}

/** A member that a range begins or ends at; or the place before or behind all members. */
export type LexBound = { readonly member: Buffer; readonly isExclusive: boolean } | 'first' | 'last'

class LexLimit implements RangeLimit {
  readonly comparesMembers = true
  readonly #bound: LexBound
  readonly #member: Buffer
  readonly #isBehind: boolean

  constructor(bound: LexBound, isBehind: boolean) {
    this.#bound = bound
    this.#member = typeof bound === 'string' ? NO_BYTES : bound.member
    this.#isBehind = isBehind
  }

  isAfter(_score: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (typeof this.#bound === 'string') return this.#bound === 'last'
    const order = compareBytes(bytes, start, end, this.#member, 0, this.#member.length)
    return this.#isBehind ? order <= 0 : order < 0
  }
}

/** The elements whose members are from `min` to `max`, of a set whose scores are all the same. */
export function lexRange(min: LexBound, max: LexBound): ElementRange {
  const isMinExclusive = typeof min === 'string' || min.isExclusive
  const isMaxExclusive = typeof max === 'string' || max.isExclusive
  const order = compareBounds(min, max)
  return {
    min: new LexLimit(min, isMinExclusive),
    max: new LexLimit(max, !isMaxExclusive),
    isEmpty: order > 0 || (order === 0 && (isMinExclusive || isMaxExclusive)),
  }
}

function compareBounds(a: LexBound, b: LexBound): number {
  if (a === b) return 0
  if (a === 'first' || b === 'last') return -1
  if (a === 'last' || b === 'first') return 1
  return compareBytes(a.member, 0, a.member.length, b.member, 0, b.member.length)
}
