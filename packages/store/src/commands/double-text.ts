const PRECISION = 17
/** Whole numbers below this are printed in full. */
const FIRST_WITH_EXPONENT = 1e17
/** No double has more than 767 significant digits; one of 18 that isn't exact shows it long before. */
const DIGITS_TO_TELL_A_TIE = 60

/** A double as C's `%.17g` prints it, which is how Redis 7.0 writes doubles; `inf`, `-inf`, `nan`. */
export function doubleText(value: number): string {
  if (Number.isInteger(value)) {
    if (Number.isSafeInteger(value)) return Object.is(value, -0) ? '-0' : String(value)
    // String() would give the shortest digits, with zeros for the others.
    if (Math.abs(value) < FIRST_WITH_EXPONENT) return BigInt(value).toString()
  } else if (!Number.isFinite(value)) {
    return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf'
  }
  const scientific = rounded(value)
  const mark = scientific.indexOf('e')
  const mantissa = withoutTrailingZeros(scientific.slice(0, mark))
  const exponent = Number(scientific.slice(mark + 1))
  if (exponent >= PRECISION) return `${mantissa}e+${exponent}`
  if (exponent < -4) return `${mantissa}e-${String(-exponent).padStart(2, '0')}`
  const sign = mantissa.startsWith('-') ? '-' : ''
  const digits = mantissa.slice(sign.length).replace('.', '')
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`
}

/** To 17 digits, d.ddde±x. Between two of them C takes the even one, and JavaScript the larger. */
function rounded(value: number): string {
  const text = value.toExponential(PRECISION - 1)
  const mark = text.indexOf('e')
  if (Number(text[mark - 1]) % 2 === 0) return text
  const exact = value.toExponential(DIGITS_TO_TELL_A_TIE)
  const afterDigits = text.startsWith('-') ? PRECISION + 2 : PRECISION + 1
  if (!/^50*e/.test(exact.slice(afterDigits))) return text
  return exact.slice(0, afterDigits) + exact.slice(exact.indexOf('e'))
}

function withoutTrailingZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}
