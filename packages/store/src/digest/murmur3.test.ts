import { expect, it } from 'vitest'
import { murmur3 } from './murmur3.ts'

function hash128(bytes: Buffer, start = 0, end = bytes.length, seed = 0): string {
  const lanes = Int32Array.of(seed, seed, seed, seed)
  murmur3(bytes, start, end, lanes)
  return Array.from(lanes, (lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('')
}

it('passes the verification of the SMHasher suite: the hash of the hashes of 0, 0 1, 0 1 2, …', () => {
  const all = Buffer.alloc(16 * 256)
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
  for (let length = 0; length < 256; length++) {
    const hash = Buffer.from(hash128(bytes, 0, length, 256 - length), 'hex')
    hash.swap32().copy(all, 16 * length)
  }
  expect(Buffer.from(hash128(all), 'hex').swap32().readUInt32LE()).toBe(0xb3ece62a)
})

it('hashes the range alone, and nothing to zeros', () => {
  expect(hash128(Buffer.from(''))).toBe('0'.repeat(32))
  expect(hash128(Buffer.from('..scratched.'), 2, 11)).toBe(hash128(Buffer.from('scratched')))
})
