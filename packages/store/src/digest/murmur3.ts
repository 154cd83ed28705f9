const C1 = 0x239b961b
const C2 = 0xab0e9789
const C3 = 0x38b34ae5
const C4 = 0xa1e38b93

/**
 * MurmurHash3_x86_128 of bytes[start, end), whose four seeds are what `lanes` holds, and whose result is left there.
 * So a hash of several parts is the hash of each, begun with that of the part before.
 */
export function murmur3(bytes: Uint8Array, start: number, end: number, lanes: Int32Array): void {
  let h1 = lanes[0]!
  let h2 = lanes[1]!
  let h3 = lanes[2]!
  let h4 = lanes[3]!
  const length = end - start
  const blocksEnd = end - (length & 15)
  let i = start
  for (; i < blocksEnd; i += 16) {
    h1 = rotate(h1 ^ mix(word(bytes, i), C1, 15, C2), 19)
    h1 = (Math.imul((h1 + h2) | 0, 5) + 0x561ccd1b) | 0
    h2 = rotate(h2 ^ mix(word(bytes, i + 4), C2, 16, C3), 17)
    h2 = (Math.imul((h2 + h3) | 0, 5) + 0x0bcaa747) | 0
    h3 = rotate(h3 ^ mix(word(bytes, i + 8), C3, 17, C4), 15)
    h3 = (Math.imul((h3 + h4) | 0, 5) + 0x96cd1c35) | 0
    h4 = rotate(h4 ^ mix(word(bytes, i + 12), C4, 18, C1), 13)
    h4 = (Math.imul((h4 + h1) | 0, 5) + 0x32ac3b17) | 0
  }
  if (i < end) {
    h1 ^= mix(partialWord(bytes, i, end), C1, 15, C2)
    h2 ^= mix(partialWord(bytes, i + 4, end), C2, 16, C3)
    h3 ^= mix(partialWord(bytes, i + 8, end), C3, 17, C4)
    h4 ^= mix(partialWord(bytes, i + 12, end), C4, 18, C1)
  }
  h1 ^= length
  h2 ^= length
  h3 ^= length
  h4 ^= length
  h1 = (h1 + h2 + h3 + h4) | 0
  h2 = avalanche((h2 + h1) | 0)
  h3 = avalanche((h3 + h1) | 0)
  h4 = avalanche((h4 + h1) | 0)
  h1 = avalanche(h1)
  h1 = (h1 + h2 + h3 + h4) | 0
  lanes[0] = h1
  lanes[1] = h2 + h1
  lanes[2] = h3 + h1
  lanes[3] = h4 + h1
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}

function mix(value: number, before: number, bits: number, after: number): number {
  return Math.imul(rotate(Math.imul(value, before), bits), after)
}

function avalanche(value: number): number {
  let hash = value
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}

/** A word of which only the bytes below `end` count; the others are zero, and a word of zero changes no lane. */
function partialWord(bytes: Uint8Array, at: number, end: number): number {
  let value = 0
  for (let i = 0; i < 4 && at + i < end; i++) value |= bytes[at + i]! << (8 * i)
  return value
}
