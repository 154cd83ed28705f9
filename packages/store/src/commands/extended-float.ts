/**
 * Redis counts INCRBYFLOAT in C's `long double`, which on the machines it runs on is the x87 format: a mantissa of 64
 * bits, an exponent of 15. JavaScript has no such number, and a double's 53 bits give other digits (3 + 0.1 would be
 * 3.10000000000000009 to the 17 places that Redis prints). So this is that format in big integers, to the digit.
 */

/** mantissa * 2^exponent, exactly; `infinite` for either infinity. */
export type ExtendedFloat = { readonly mantissa: bigint; readonly exponent: number } | 'infinite'

const MANTISSA_BITS = 64
/** 2^MIN_EXPONENT is the smallest number above zero, 2^MAX_EXPONENT is the first that is too large. */
const MIN_EXPONENT = -16445
const MAX_EXPONENT = 16384
/** A decimal number of this magnitude (digits before the point) or beyond is certainly too large, or rounds to zero. */
const MAX_DECIMAL_MAGNITUDE = 4935
const MIN_DECIMAL_MAGNITUDE = -4955
/** Redis reads at most so many bytes less one (its MAX_LONG_DOUBLE_CHARS). */
const MAX_TEXT_LENGTH = 5 * 1024
const FRACTION_DIGITS = 17
const FRACTION_SCALE = 10n ** BigInt(FRACTION_DIGITS)

const ZERO: ExtendedFloat = { mantissa: 0n, exponent: 0 }

// The forms that strtold takes. No part can match the same character in two ways, so a failure costs linear time.
const NUMBER_FORMAT =
  /^([+-]?)(?:(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:e([+-]?\d+))?|0x(?:([\da-f]+)(?:\.([\da-f]*))?|\.([\da-f]+))(?:p([+-]?\d+))?|(inf(?:inity)?))$/i

/** Reads bytes[start, end) as C's strtold would, all of it. Null for what is no number or doesn't fit the format. */
export function parseExtendedFloat(bytes: Buffer, start: number, end: number): ExtendedFloat | null {
  if (end - start >= MAX_TEXT_LENGTH) return null
  const match = NUMBER_FORMAT.exec(bytes.toString('latin1', start, end))
  if (match === null) return null
  const [, sign, whole, fraction, onlyFraction, power, hexWhole, hexFraction, hexOnlyFraction, hexPower, infinity] =
    match
  if (infinity !== undefined) return 'infinite'
  const isHexadecimal = hexWhole !== undefined || hexOnlyFraction !== undefined
  const before = (isHexadecimal ? hexWhole : whole) ?? ''
  const after = (isHexadecimal ? (hexFraction ?? hexOnlyFraction) : (fraction ?? onlyFraction)) ?? ''
  const digits = BigInt((isHexadecimal ? '0x0' : '0') + before + after)
  if (digits === 0n) return ZERO
  const magnitude = isHexadecimal
    ? binary(digits, Number(hexPower ?? 0) - after.length * 4)
    : decimal(digits, Number(power ?? 0) - after.length)
  if (magnitude === null || magnitude === 'infinite') return null
  return sign === '-' ? { mantissa: -magnitude.mantissa, exponent: magnitude.exponent } : magnitude
}

/** The sum, rounded to the format; `infinite` where it is that, or no number. */
export function addExtendedFloats(a: ExtendedFloat, b: ExtendedFloat): ExtendedFloat {
  if (a === 'infinite' || b === 'infinite') return 'infinite'
  const exponent = Math.min(a.exponent, b.exponent)
  const sum = (a.mantissa << BigInt(a.exponent - exponent)) + (b.mantissa << BigInt(b.exponent - exponent))
  if (sum === 0n) return ZERO
  const magnitude = binary(sum < 0n ? -sum : sum, exponent)
  // The sum of two numbers of the format is a multiple of its smallest one, so it never rounds to zero.
  if (magnitude === null || magnitude === 'infinite') return 'infinite'
  return sum < 0n ? { mantissa: -magnitude.mantissa, exponent: magnitude.exponent } : magnitude
}

/** Redis's text of a long double for people: `%.17Lf` without the zeros at the end, and no `-0`. */
export function formatExtendedFloat(value: Exclude<ExtendedFloat, 'infinite'>): string {
  const isNegative = value.mantissa < 0n
  const scaled = (isNegative ? -value.mantissa : value.mantissa) * FRACTION_SCALE
  const rounded =
    value.exponent >= 0 ? scaled << BigInt(value.exponent) : divideRounding(scaled, 1n << BigInt(-value.exponent))
  if (rounded === 0n) return '0'
  const digits = rounded.toString().padStart(FRACTION_DIGITS + 1, '0')
  const whole = digits.slice(0, -FRACTION_DIGITS)
  const fraction = digits.slice(-FRACTION_DIGITS).replace(/0+$/, '')
  return `${isNegative ? '-' : ''}${whole}${fraction === '' ? '' : '.'}${fraction}`
}

function decimal(digits: bigint, power: number): ExtendedFloat | null {
  // Before the powers are computed: the text may ask for 10^999999999.
  const magnitude = digits.toString().length + power
  if (magnitude > MAX_DECIMAL_MAGNITUDE) return 'infinite'
  if (magnitude < MIN_DECIMAL_MAGNITUDE) return null
  return power >= 0 ? round(digits * 10n ** BigInt(power), 1n) : round(digits, 10n ** BigInt(-power))
}

function binary(digits: bigint, exponent: number): ExtendedFloat | null {
  const magnitude = bitLength(digits) + exponent
  if (magnitude > MAX_EXPONENT) return 'infinite'
  if (magnitude < MIN_EXPONENT) return null
  return exponent >= 0 ? round(digits << BigInt(exponent), 1n) : round(digits, 1n << BigInt(-exponent))
}

/** numerator / denominator (both above zero) as the nearest number of the format; null where that is zero. */
function round(numerator: bigint, denominator: bigint): ExtendedFloat | null {
  // The quotient lies between 2^(bits - 1) and 2^(bits + 1), so one of two exponents fits the mantissa.
  const bits = bitLength(numerator) - bitLength(denominator)
  let exponent = Math.max(bits - MANTISSA_BITS, MIN_EXPONENT)
  if (quotientAt(numerator, denominator, exponent) >> BigInt(MANTISSA_BITS) !== 0n) exponent++
  const mantissa =
    exponent >= 0
      ? divideRounding(numerator, denominator << BigInt(exponent))
      : divideRounding(numerator << BigInt(-exponent), denominator)
  if (mantissa === 0n) return null
  return bitLength(mantissa) + exponent > MAX_EXPONENT ? 'infinite' : { mantissa, exponent }
}

function quotientAt(numerator: bigint, denominator: bigint, exponent: number): bigint {
  return exponent >= 0 ? numerator / (denominator << BigInt(exponent)) : (numerator << BigInt(-exponent)) / denominator
}

/** To the nearest; a tie goes to the even one. */
function divideRounding(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator
  const twice = (numerator - quotient * denominator) * 2n
  return twice > denominator || (twice === denominator && (quotient & 1n) === 1n) ? quotient + 1n : quotient
}

function bitLength(value: bigint): number {
  const text = value.toString(16)
  return text.length * 4 - (Math.clz32(Number.parseInt(text[0]!, 16)) - 28)
}
