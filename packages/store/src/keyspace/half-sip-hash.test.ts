import { describe, expect, it } from 'vitest'
import { halfSipHash13 } from './half-sip-hash.ts'

describe('halfSipHash13', () => {
  it('gives the hashes that Linux tests its 32-bit hsiphash with (lib/tests/siphash_kunit.c)', () => {
    // Key 00 01 .. 07; the message of length n is 00 01 .. n-1. These are lengths 0 to 15 and 63.
    const expected = [
      0x5814c896, 0xe7e864ca, 0xbc4b0e30, 0x01539939, 0x7e059ea6, 0x88e3d89b, 0xa0080b65, 0x9d38d9d6, 0x577999b1,
      0xc839caed, 0xe4fa32cf, 0x959246ee, 0x6b28096c, 0x66dd9cd6, 0x16658a7c, 0xd0257b04,
    ]
    const message = Uint8Array.from({ length: 64 }, (_, i) => i)
    const hash = (length: number) => halfSipHash13(0x03020100, 0x07060504, message, 0, length) >>> 0
    expect(expected.map((_, length) => hash(length))).toEqual(expected)
    expect(hash(63)).toBe(0x87178304)
  })

  it('hashes the range alone', () => {
    const padded = Buffer.from('..key-to-hash.')
    const bare = Buffer.from('key-to-hash')
    expect(halfSipHash13(1, 2, padded, 2, 13)).toBe(halfSipHash13(1, 2, bare, 0, 11))
    expect(halfSipHash13(1, 2, padded, 2, 13)).not.toBe(halfSipHash13(1, 3, padded, 2, 13))
  })
})
