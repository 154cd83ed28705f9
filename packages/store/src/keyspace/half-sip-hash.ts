/**
 * HalfSipHash-1-3 of bytes[start, end): a keyed hash, so that nobody who does not know the key can choose inputs that
 * collide, in 32-bit arithmetic. From the reference code of Aumasson and Bernstein's SipHash, and what Linux calls
 * hsiphash on 32-bit machines. `key0` and `key1` are the key's two words.
 * @returns the hash as a signed 32-bit integer, which V8 need not put on the heap
 */
export function halfSipHash13(key0: number, key1: number, bytes: Uint8Array, start: number, end: number): number {
  let v0 = key0 | 0
  let v1 = key1 | 0
  let v2 = 0x6c796765 ^ key0
  let v3 = 0x74656462 ^ key1
  const length = end - start
  const wholeWordsEnd = end - (length & 3)
  // The rounds are written out: as calls they would have to return four values.
  for (let i = start; i < wholeWordsEnd; i += 4) {
    const word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    v3 ^= word
    v0 = (v0 + v1) | 0
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
    v0 = (v0 << 16) | (v0 >>> 16)
    v2 = (v2 + v3) | 0
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
    v0 = (v0 + v3) | 0
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
    v2 = (v2 + v1) | 0
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
    v2 = (v2 << 16) | (v2 >>> 16)
    v0 ^= word
  }
  let last = length << 24
  const remaining = length & 3
  if (remaining > 0) last |= bytes[wholeWordsEnd]!
  if (remaining > 1) last |= bytes[wholeWordsEnd + 1]! << 8
  if (remaining > 2) last |= bytes[wholeWordsEnd + 2]! << 16
  v3 ^= last
  // One round for the last word, then three to finish.
  for (let round = 0; round < 4; round++) {
    v0 = (v0 + v1) | 0
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
    v0 = (v0 << 16) | (v0 >>> 16)
    v2 = (v2 + v3) | 0
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
    v0 = (v0 + v3) | 0
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
    v2 = (v2 + v1) | 0
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
    v2 = (v2 << 16) | (v2 >>> 16)
    if (round === 0) {
      v0 ^= last
      v2 ^= 0xff
    }
  }
  return v1 ^ v3
}
