const PRECISION = 17

/** A double as C's `%.17g` prints it, which is how Redis 7.0 answers with doubles. */
export function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (value === Number.POSITIVE_INFINITY) return 'inf'
  if (value === Number.NEGATIVE_INFINITY) return '-inf'
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  const scientific = value.toExponential(PRECISION - 1)
  const mark = scientific.indexOf('e')
  const exponent = Number(scientific.slice(mark + 1))
  if (exponent < -4 || exponent >= PRECISION) {
    const sign = exponent < 0 ? '-' : '+'
    return `${withoutTrailingZeros(scientific.slice(0, mark))}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`
  }
  return withoutTrailingZeros(placePoint(scientific.slice(0, mark).replace('.', ''), exponent))
}

/** Writes the digits d.ddd × 10^exponent without an exponent. */
function placePoint(signedDigits: string, exponent: number): string {
  const sign = signedDigits.startsWith('-') ? '-' : ''
  const digits = signedDigits.slice(sign.length)
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`
}

function withoutTrailingZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0*$/, '') : text
}
