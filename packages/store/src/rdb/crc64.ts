/**
 * CRC-64 as RDB files carry it (Jones's polynomial 0xad93d23594c935a9, reflected, begun at 0, no final xor), over
 * data that comes in pieces. JavaScript has no fast 64-bit integers, so it is held as two 32-bit halves; sixteen bytes
 * a step through sixteen tables (32 KiB, what a first-level cache holds) measured 1.6 GB/s, eight bytes 1.1 GB/s.
 */
export class Crc64 {
  #low = 0
  #high = 0

  /** Adds bytes[start, end). */
  update(bytes: Uint8Array, start = 0, end = bytes.length): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const L = LOW
    const H = HIGH
    let low = this.#low
    let high = this.#high
    let i = start
    for (; i + 16 <= end; i += 16) {
      const a = low ^ view.getInt32(i, true)
      const b = high ^ view.getInt32(i + 4, true)
      const c = view.getInt32(i + 8, true)
      const d = view.getInt32(i + 12, true)
      const a0 = 0xf00 + (a & 255)
      const a1 = 0xe00 + ((a >>> 8) & 255)
      const a2 = 0xd00 + ((a >>> 16) & 255)
      const a3 = 0xc00 + (a >>> 24)
      const b0 = 0xb00 + (b & 255)
      const b1 = 0xa00 + ((b >>> 8) & 255)
      const b2 = 0x900 + ((b >>> 16) & 255)
      const b3 = 0x800 + (b >>> 24)
      const c0 = 0x700 + (c & 255)
      const c1 = 0x600 + ((c >>> 8) & 255)
      const c2 = 0x500 + ((c >>> 16) & 255)
      const c3 = 0x400 + (c >>> 24)
      const d0 = 0x300 + (d & 255)
      const d1 = 0x200 + ((d >>> 8) & 255)
      const d2 = 0x100 + ((d >>> 16) & 255)
      const d3 = d >>> 24
      low = L[a0]! ^ L[a1]! ^ L[a2]! ^ L[a3]! ^ L[b0]! ^ L[b1]! ^ L[b2]! ^ L[b3]!
      low ^= L[c0]! ^ L[c1]! ^ L[c2]! ^ L[c3]! ^ L[d0]! ^ L[d1]! ^ L[d2]! ^ L[d3]!
      high = H[a0]! ^ H[a1]! ^ H[a2]! ^ H[a3]! ^ H[b0]! ^ H[b1]! ^ H[b2]! ^ H[b3]!
      high ^= H[c0]! ^ H[c1]! ^ H[c2]! ^ H[c3]! ^ H[d0]! ^ H[d1]! ^ H[d2]! ^ H[d3]!
    }
    for (; i < end; i++) {
      const index = (low ^ bytes[i]!) & 255
      low = ((low >>> 8) | (high << 24)) ^ L[index]!
      high = (high >>> 8) ^ H[index]!
    }
    this.#low = low
    this.#high = high
  }

  /** The CRC of all bytes so far, as 16 hexadecimal digits. */
  hex(): string {
    return hexOf(this.#low, this.#high)
  }

  /** Writes the CRC of all bytes so far at target[at, at + 8), least significant byte first, as RDB files end. */
  writeTo(target: Uint8Array, at: number): void {
    const view = new DataView(target.buffer, target.byteOffset, target.byteLength)
    view.setInt32(at, this.#low, true)
    view.setInt32(at + 4, this.#high, true)
  }
}

/** How many bytes a CRC64 takes at the end of a file. */
export const CRC64_BYTES = 8

/** The CRC64 at bytes[at, at + 8), as 16 hexadecimal digits. */
export function readCrc64(bytes: Uint8Array, at: number): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return hexOf(view.getInt32(at, true), view.getInt32(at + 4, true))
}

function hexOf(low: number, high: number): string {
  return (high >>> 0).toString(16).padStart(8, '0') + (low >>> 0).toString(16).padStart(8, '0')
}

const TABLES = 16
const REFLECTED_POLYNOMIAL_LOW = 0xac4bc9b5 | 0
const REFLECTED_POLYNOMIAL_HIGH = 0x95ac9329 | 0
const LOW = new Int32Array(256 * TABLES)
const HIGH = new Int32Array(256 * TABLES)

// Table t holds the CRC of each byte followed by t zero bytes.
for (let byte = 0; byte < 256; byte++) {
  let low = byte
  let high = 0
  for (let bit = 0; bit < 8; bit++) {
    const carry = low & 1
    low = (low >>> 1) | (high << 31)
    high = high >>> 1
    if (carry === 1) {
      low ^= REFLECTED_POLYNOMIAL_LOW
      high ^= REFLECTED_POLYNOMIAL_HIGH
    }
  }
  LOW[byte] = low
  HIGH[byte] = high
}
for (let i = 256; i < LOW.length; i++) {
  const low = LOW[i - 256]!
  const high = HIGH[i - 256]!
  LOW[i] = ((low >>> 8) | (high << 24)) ^ LOW[low & 255]!
  HIGH[i] = (high >>> 8) ^ HIGH[low & 255]!
}
