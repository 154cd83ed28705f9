/** Bits of a byte that are 1, by the byte. */
const ONES = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length)

/**
 * How many bits are 1 in the positions [from, to] of a string that begins at bytes[start]. Position 0 is the highest
 * bit of the first byte.
 */
export function countOnes(bytes: Buffer, start: number, from: number, to: number): number {
  const first = Math.floor(from / 8)
  const last = Math.floor(to / 8)
  const firstMask = 0xff >>> (from % 8)
  const lastMask = 0xff & (0xff << (7 - (to % 8)))
  if (first === last) return ONES[bytes[start + first]! & firstMask & lastMask]!
  let count = ONES[bytes[start + first]! & firstMask]! + ONES[bytes[start + last]! & lastMask]!
  for (let i = start + first + 1; i < start + last; i++) count += ONES[bytes[i]!]!
  return count
}

/** The first position in [from, to] whose bit is `bit`; -1 where there is none. */
export function findBit(bytes: Buffer, start: number, from: number, to: number, bit: 0 | 1): number {
  // Only one of the bits that are looked for is left 1.
  const flip = bit === 1 ? 0 : 0xff
  const first = Math.floor(from / 8)
  const last = Math.floor(to / 8)
  for (let i = first; i <= last; i++) {
    let byte = bytes[start + i]! ^ flip
    if (i === first) byte &= 0xff >>> (from % 8)
    if (byte === 0) continue
    const position = 8 * i + Math.clz32(byte) - 24
    return position <= to ? position : -1
  }
  return -1
}

/**
 * `count` bits (up to 64) from `position` on, the first as the highest. What is beyond bytes[start, end) is 0.
 */
export function readBits(bytes: Buffer, start: number, end: number, position: number, count: number): bigint {
  let value = 0n
  for (let done = 0; done < count; ) {
    const at = position + done
    const byte = start + Math.floor(at / 8) < end ? bytes[start + Math.floor(at / 8)]! : 0
    const taken = Math.min(8 - (at % 8), count - done)
    const piece = (byte >>> (8 - (at % 8) - taken)) & ((1 << taken) - 1)
    value = (value << BigInt(taken)) | BigInt(piece)
    done += taken
  }
  return value
}

/** Writes the lower `count` bits of a value, from `position` on. All of them are within the string. */
export function writeBits(bytes: Buffer, start: number, position: number, count: number, value: bigint): void {
  let rest = BigInt.asUintN(count, value)
  // From the last bits to the first.
  for (let left = count; left > 0; ) {
    const last = position + left - 1
    const i = start + Math.floor(last / 8)
    const below = 7 - (last % 8)
    const taken = Math.min(8 - below, left)
    const mask = ((1 << taken) - 1) << below
    bytes[i] = (bytes[i]! & ~mask) | ((Number(rest & 0xffn) << below) & mask)
    rest >>= BigInt(taken)
    left -= taken
  }
}
