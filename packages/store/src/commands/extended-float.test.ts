import { describe, expect, test } from 'vitest'
import { addExtendedFloats, formatExtendedFloat, parseExtendedFloat } from './extended-float.ts'

const parse = (text: string) => parseExtendedFloat(Buffer.from(text, 'latin1'), 0, text.length)

function add(a: string, b: string): string {
  const sum = addExtendedFloats(parse(a)!, parse(b)!)
  return sum === 'infinite' ? sum : formatExtendedFloat(sum)
}

// What redis-server 7.0.15 answers on x86-64.
describe('the sum of two numbers, as redis-server prints it', () => {
  test.each([
    ['3', '0.1', '3.1'],
    ['0.1', '0.2', '0.3'],
    ['10.50', '0.1', '10.6'],
    ['5.0e3', '2.0e2', '5200'],
    ['-1', '1', '0'],
    ['-0', '0', '0'],
    ['0', '-1e-30', '0'],
    ['1', '1e-17', '1.00000000000000001'],
    ['0x1p3', '0x.8', '8.5'],
    ['.5', '5.', '5.5'],
    ['1e400', '1', `1${'0'.repeat(400)}`.length],
    ['inf', '1', 'infinite'],
    ['-infinity', 'inf', 'infinite'],
    ['1.1e4932', '1.1e4932', 'infinite'],
  ])('%s + %s', (a, b, expected) => {
    const sum = add(a, b)
    // Of the long one only the length: its digits are those of the binary number.
    expect(typeof expected === 'number' ? sum.length : sum).toBe(expected)
  })
})

describe('what is no number', () => {
  test.each(['', ' 1', '1 ', '1x', 'e5', '.', '-', '0x', '0x.', '0xp1', 'nan', 'NaN(1)', 'in', '1e', '1\0', '1e5000'])(
    '%j',
    (text) => expect(parse(text)).toBeNull(),
  )
  test('a number that rounds to zero', () => {
    expect(parse('1e-4960')).toBeNull()
    expect(parse('-1e-99999999')).toBeNull()
    expect(parse('0e-99999999')).not.toBeNull()
    expect(parse('4e-4951')).not.toBeNull()
  })
  test('a text as long as its buffer in Redis', () => {
    expect(parse('1'.padStart(5119, '0'))).not.toBeNull()
    expect(parse('1'.padStart(5120, '0'))).toBeNull()
  })
})

test('a mantissa has 64 bits, and a tie goes to the even one', () => {
  const format = (text: string) => formatExtendedFloat(parse(text) as { mantissa: bigint; exponent: number })
  expect(format('18446744073709551615')).toBe('18446744073709551615')
  expect(format('18446744073709551617')).toBe('18446744073709551616')
  expect(format('18446744073709551619')).toBe('18446744073709551620')
  expect(format('36893488147419103234')).toBe('36893488147419103232')
})
