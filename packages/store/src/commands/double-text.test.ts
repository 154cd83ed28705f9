import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { doubleText } from './double-text.ts'

describe('doubleText', () => {
  test.each([
    [0, '0'],
    [-0, '-0'],
    [3.2, '3.2000000000000002'],
    [0.1, '0.10000000000000001'],
    [1e16, '10000000000000000'],
    [2 ** 56, '72057594037927936'],
    [1e17, '1e+17'],
    [-1e100, '-1e+100'],
    [0.0001, '0.0001'],
    [0.00001, '1.0000000000000001e-05'],
    [5e-324, '4.9406564584124654e-324'],
    [Number.POSITIVE_INFINITY, 'inf'],
    [Number.NEGATIVE_INFINITY, '-inf'],
    [Number.NaN, 'nan'],
    // A tie goes to the even digit.
    [1125899906842625 + 1 / 4, '1125899906842625.2'],
    [1125899906842625 - 1 / 4, '1125899906842624.8'],
  ])('writes %s as %s', (value, text) => {
    expect(doubleText(value)).toBe(text)
  })

  it('prints what the C library prints, and what reads back as the same number', () => {
    const value = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.tuple(fc.maxSafeInteger(), fc.nat(10)).map(([n, bits]) => n / 2 ** bits),
      fc.double({ min: -1e20, max: 1e20, noNaN: true }),
    )
    const values = fc.sample(value, { numRuns: 2000, seed: 5 })
    for (const one of values) expect(Object.is(Number(doubleText(one)), one)).toBe(true)
    const text = execFileSync('printf', [
      '%.17g\\n',
      // As a fraction of a power of two, exactly: printf(1) reads it into a long double.
      ...values.map((one) => hexadecimal(one)),
    ]).toString()
    expect(values.map(doubleText)).toEqual(text.trimEnd().split('\n'))
  })
})

/** A double as C writes it with `%a`. */
function hexadecimal(value: number): string {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  const bits = view.getBigUint64(0)
  const exponent = Number((bits >> 52n) & 0x7ffn)
  const fraction = (bits & 0xfffffffffffffn).toString(16).padStart(13, '0')
  const sign = bits >> 63n === 1n ? '-' : ''
  return exponent === 0 ? `${sign}0x0.${fraction}p-1022` : `${sign}0x1.${fraction}p${exponent - 1023}`
}
