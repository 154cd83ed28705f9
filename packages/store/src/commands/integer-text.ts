const MINUS = 0x2d
const ZERO = 0x30

/** The range of Redis's integers: 64 bits, signed. */
export const INT64_MIN = -(2n ** 63n)
export const INT64_MAX = 2n ** 63n - 1n

/** The longest text of a 64-bit integer: `-9223372036854775808`. */
export const INT64_TEXT_LENGTH = 20

/** Up to so many digits always make a safe integer. */
const SAFE_DIGITS = 15

/** A 64-bit integer: a number where that is exact, a bigint beyond. Every function here gives and takes that form. */
export type Int64 = number | bigint

/**
 * Reads bytes[start, end) as a 64-bit integer in the one form that Redis accepts (its string2ll): decimal, no space,
 * no plus sign, no leading zero, no `-0`. Null for everything else.
 */
export function parseInt64(bytes: Uint8Array, start: number, end: number): Int64 | null {
  const length = end - start
  if (length === 0 || length > INT64_TEXT_LENGTH) return null
  const isNegative = bytes[start] === MINUS
  const first = isNegative ? start + 1 : start
  if (first === end) return null
  if (bytes[first] === ZERO) return length === 1 ? 0 : null
  if (end - first > SAFE_DIGITS) return parseLongInt64(bytes, first, end, isNegative)
  let value = 0
  for (let i = first; i < end; i++) {
    const digit = bytes[i]! - ZERO
    if (digit < 0 || digit > 9) return null
    value = value * 10 + digit
  }
  return isNegative ? -value : value
}

function parseLongInt64(bytes: Uint8Array, first: number, end: number, isNegative: boolean): Int64 | null {
  let value = 0n
  for (let i = first; i < end; i++) {
    const digit = bytes[i]! - ZERO
    if (digit < 0 || digit > 9) return null
    value = value * 10n + BigInt(digit)
  }
  return toInt64(isNegative ? -value : value)
}

/** The exact sum, or null where it doesn't fit 64 bits. */
export function addInt64(a: Int64, b: Int64): Int64 | null {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b
    if (Number.isSafeInteger(sum)) return sum
  }
  return toInt64(BigInt(a) + BigInt(b))
}

/** The exact negation, or null for the one value that has none. */
export function negateInt64(value: Int64): Int64 | null {
  // 0 - value, as -0 would be another value.
  return typeof value === 'number' ? 0 - value : toInt64(-value)
}

/** Writes the decimal text of `value` at `at` and returns where it ends. Takes up to INT64_TEXT_LENGTH bytes. */
export function writeInt64(value: Int64, target: Buffer, at: number): number {
  if (typeof value === 'bigint') return at + target.write(value.toString(), at, 'latin1')
  let rest = value
  if (rest < 0) {
    target[at++] = MINUS
    rest = -rest
  }
  let end = at + 1
  for (let power = 10; power <= rest; power *= 10) end++
  for (let i = end - 1; i >= at; i--) {
    const tenth = Math.floor(rest / 10)
    target[i] = ZERO + (rest - tenth * 10)
    rest = tenth
  }
  return end
}

function toInt64(value: bigint): Int64 | null {
  if (value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value)
  return value >= INT64_MIN && value <= INT64_MAX ? value : null
}
