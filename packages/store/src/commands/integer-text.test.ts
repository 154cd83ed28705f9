import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addInt64, INT64_MAX, INT64_MIN, type Int64, negateInt64, parseInt64, writeInt64 } from './integer-text.ts'

const parse = (text: string): Int64 | null => {
  const bytes = Buffer.from(`9${text}9`)
  return parseInt64(bytes, 1, bytes.length - 1)
}

const int64 = fc.oneof(fc.maxSafeInteger().map(BigInt), fc.bigInt({ min: INT64_MIN, max: INT64_MAX }))
const plain = (value: bigint): Int64 => (Number.isSafeInteger(Number(value)) ? Number(value) : value)

describe('parseInt64', () => {
  test.each(['', '-', '+1', ' 1', '1 ', '01', '-0', '-01', '00', '1a', 'a', '1.0', '١', '9223372036854775808'])(
    'refuses %j',
    (text) => expect(parse(text)).toBeNull(),
  )
  test.each(['-9223372036854775809', '99999999999999999999', '123456789012345678901', '1234567890123456a'])(
    'refuses %j',
    (text) => expect(parse(text)).toBeNull(),
  )
  test('reads every 64-bit integer, as a number wherever that is exact', () => {
    fc.assert(
      fc.property(int64, (value) => {
        expect(parse(String(value))).toBe(plain(value))
      }),
    )
    expect(parse('0')).toBe(0)
    expect(parse(String(INT64_MIN))).toBe(INT64_MIN)
    expect(parse(String(INT64_MAX))).toBe(INT64_MAX)
  })
})

describe('writeInt64', () => {
  test('writes what parseInt64 reads', () => {
    const target = Buffer.alloc(32)
    fc.assert(
      fc.property(int64, (value) => {
        const end = writeInt64(plain(value), target, 3)
        expect(target.toString('latin1', 3, end)).toBe(String(value))
      }),
    )
  })
  test.each([0, 9, 10, 99, 100, -1, -10, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])('writes %d', (value) => {
    const target = Buffer.alloc(32)
    expect(target.toString('latin1', 0, writeInt64(value, target, 0))).toBe(String(value))
  })
})

describe('arithmetic', () => {
  const fit = (value: bigint): Int64 | null => (value >= INT64_MIN && value <= INT64_MAX ? plain(value) : null)
  test('is exact or says that it overflows', () => {
    fc.assert(
      fc.property(int64, int64, (a, b) => {
        expect(addInt64(plain(a), plain(b))).toBe(fit(a + b))
        expect(negateInt64(plain(a))).toBe(fit(-a))
      }),
    )
  })
  test('knows no negative zero', () => {
    expect(Object.is(negateInt64(0), 0)).toBe(true)
  })
})
