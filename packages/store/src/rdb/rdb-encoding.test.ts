import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rdbTypeName, writeRdbLength } from './rdb-encoding.ts'
import { INCOMPLETE, RdbInput } from './rdb-input.ts'

function encodeLength(length: number): Buffer {
  const target = Buffer.alloc(9)
  return target.subarray(0, writeRdbLength(target, 0, length))
}

const lengths = fc.oneof(
  fc.nat(100),
  fc.nat(20_000),
  fc.nat(0xffffffff),
  fc.maxSafeNat(),
  fc.constantFrom(0, 63, 64, 16383, 16384, 0xffffffff, 0x100000000, Number.MAX_SAFE_INTEGER),
)

describe('lengths', () => {
  it('are written as RDB says', () => {
    expect(encodeLength(63).toString('hex')).toBe('3f')
    expect(encodeLength(64).toString('hex')).toBe('4040')
    expect(encodeLength(16383).toString('hex')).toBe('7fff')
    expect(encodeLength(16384).toString('hex')).toBe('8000004000')
    expect(encodeLength(0xffffffff).toString('hex')).toBe('80ffffffff')
    expect(encodeLength(0x100000000).toString('hex')).toBe('810000000100000000')
  })

  it('are read as they were written, and not before they are all there', () => {
    fc.assert(
      fc.property(lengths, (length) => {
        const bytes = encodeLength(length)
        for (let end = 0; end <= bytes.length; end++) {
          const input = new RdbInput()
          input.continueWith(bytes, end)
          expect(input.readLength()).toBe(end < bytes.length ? INCOMPLETE : length)
        }
      }),
    )
  })
})

describe('rdbTypeName', () => {
  it("gives Redis's words", () => {
    expect(rdbTypeName(0)).toBe('string')
    expect(rdbTypeName(21)).toBe('stream')
    expect(rdbTypeName(99)).toBe('unknown')
  })
})
