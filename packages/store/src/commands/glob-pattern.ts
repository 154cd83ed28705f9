const STAR = 0x2a
const QUESTION_MARK = 0x3f
const OPENING_BRACKET = 0x5b
const CLOSING_BRACKET = 0x5d
const CARET = 0x5e
const BACKSLASH = 0x5c
const HYPHEN = 0x2d

/**
 * A pattern of KEYS, SCAN and PSUBSCRIBE, with the semantics of Redis's stringmatchlen to the letter: `*`, `?`,
 * `[abc]`, `[^abc]`, `[a-z]` (also the wrong way round, also without the closing bracket), `\` before a character that
 * is meant. Bytes, not characters. A pattern other than the lone `*` never matches the empty string, as in Redis 7.0.
 *
 * Every element but `*` takes exactly one byte, so going back to the last `*` alone is enough: matching costs at most
 * the length of the pattern times the length of the string.
 */
export class GlobPattern {
  readonly #pattern: Uint8Array
  /** True for `*`: everything matches. */
  readonly matchesAll: boolean
  /** Where the element that was matched last ends in the pattern. */
  #next = 0

  /** @param pattern is kept, so it must not change. */
  constructor(pattern: Uint8Array) {
    this.#pattern = pattern
    this.matchesAll = pattern.length === 1 && pattern[0] === STAR
  }

  /** Whether all of bytes[start, end) matches. */
  matches(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.matchesAll) return true
    const pattern = this.#pattern
    if (start === end) return pattern.length === 0
    let position = 0
    let at = start
    // Where to go on when an element fails: after the last star, which then takes one byte more.
    let afterStar = -1
    let starTakenTo = 0
    while (at < end) {
      if (position < pattern.length && pattern[position] === STAR) {
        position++
        afterStar = position
        starTakenTo = at
        if (position === pattern.length) return true
      } else if (position < pattern.length && this.#matchesElement(position, bytes[at]!)) {
        position = this.#next
        at++
      } else if (afterStar >= 0) {
        position = afterStar
        at = ++starTakenTo
      } else {
        return false
      }
    }
    while (position < pattern.length && pattern[position] === STAR) position++
    return position === pattern.length
  }

  #matchesElement(position: number, byte: number): boolean {
    const pattern = this.#pattern
    switch (pattern[position]) {
      case QUESTION_MARK:
        this.#next = position + 1
        return true
      case OPENING_BRACKET:
        return this.#matchesClass(position + 1, byte)
      case BACKSLASH: {
        // The last byte of the pattern stands for itself.
        const literal = position + 1 < pattern.length ? position + 1 : position
        this.#next = literal + 1
        return pattern[literal] === byte
      }
      default:
        this.#next = position + 1
        return pattern[position] === byte
    }
  }

  #matchesClass(start: number, byte: number): boolean {
    const pattern = this.#pattern
    let position = start
    const isNegated = pattern[position] === CARET
    if (isNegated) position++
    let isMember = false
    while (position < pattern.length && pattern[position] !== CLOSING_BRACKET) {
      if (pattern[position] === BACKSLASH && position + 1 < pattern.length) {
        if (pattern[position + 1] === byte) isMember = true
        position += 2
      } else if (position + 2 < pattern.length && pattern[position + 1] === HYPHEN) {
        if (isBetween(pattern[position]!, pattern[position + 2]!, byte)) isMember = true
        position += 3
      } else {
        if (pattern[position] === byte) isMember = true
        position++
      }
    }
    // Past the closing bracket, or at the end of a pattern that lacks it.
    this.#next = Math.min(position + 1, pattern.length)
    return isMember !== isNegated
  }
}

/** Redis compares C's signed characters. */
function isBetween(a: number, b: number, byte: number): boolean {
  const first = (a << 24) >> 24
  const last = (b << 24) >> 24
  const value = (byte << 24) >> 24
  return first <= last ? value >= first && value <= last : value >= last && value <= first
}
