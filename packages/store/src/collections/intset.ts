import type { Int64 } from '../commands/integer-text.ts'
import { readInt64 } from './listpack.ts'

/**
 * Redis's intset, byte for byte: different integers in ascending order, all of the same width.
 *
 * ```
 * 4 bytes   width: 2, 4 or 8 bytes for each integer, little-endian; it grows when it must and never shrinks
 * 4 bytes   number of integers, little-endian
 * ...       integers, little-endian
 * ```
 *
 * The functions take a buffer and where the set begins in it (`start`). Those that edit do it in place, in a buffer
 * with room for what is added, and return where the set ends then.
 */

export const INTSET_HEADER_BYTES = 8
/** No intset of one more integer is larger than `intsetBytesFor` of the count. */
const MAX_WIDTH = 8

/** Room for `count` integers of any width. */
export function intsetBytesFor(count: number): number {
  return INTSET_HEADER_BYTES + MAX_WIDTH * count
}

/** Writes a set without integers at target[at…) and returns where it ends. */
export function writeEmptyIntset(target: Buffer, at: number): number {
  target.writeUInt32LE(2, at)
  target.writeUInt32LE(0, at + 4)
  return at + INTSET_HEADER_BYTES
}

/** How many integers there are. */
export function intsetCount(bytes: Buffer, start: number): number {
  return bytes.readUInt32LE(start + 4)
}

/** How many bytes the whole set takes. */
export function intsetBytes(bytes: Buffer, start: number): number {
  return INTSET_HEADER_BYTES + intsetWidth(bytes, start) * intsetCount(bytes, start)
}

/** The integer at `index`, which is below the count. */
export function intsetAt(bytes: Buffer, start: number, index: number): Int64 {
  return readAt(bytes, start, index, intsetWidth(bytes, start))
}

/** Where an integer is, as an index; where it isn't, -1 - the index at which it would be. */
export function intsetSearch(bytes: Buffer, start: number, value: Int64): number {
  const width = intsetWidth(bytes, start)
  let low = 0
  let high = intsetCount(bytes, start)
  while (low < high) {
    const middle = (low + high) >>> 1
    const found = readAt(bytes, start, middle, width)
    if (found === value) return middle
    if (found < value) low = middle + 1
    else high = middle
  }
  return -1 - low
}

/** Adds an integer that isn't there. Returns where the set ends. */
export function intsetInsert(bytes: Buffer, start: number, value: Int64): number {
  const needed = widthFor(value)
  if (needed > intsetWidth(bytes, start)) widen(bytes, start, needed)
  const width = intsetWidth(bytes, start)
  const count = intsetCount(bytes, start)
  const index = -1 - intsetSearch(bytes, start, value)
  const at = start + INTSET_HEADER_BYTES + width * index
  const end = start + INTSET_HEADER_BYTES + width * count
  bytes.copyWithin(at + width, at, end)
  writeAt(bytes, start, index, width, value)
  bytes.writeUInt32LE(count + 1, start + 4)
  return end + width
}

/** Deletes the integer at `index`. Returns where the set ends. */
export function intsetDeleteAt(bytes: Buffer, start: number, index: number): number {
  const width = intsetWidth(bytes, start)
  const count = intsetCount(bytes, start)
  const at = start + INTSET_HEADER_BYTES + width * index
  const end = start + INTSET_HEADER_BYTES + width * count
  bytes.copyWithin(at, at + width, end)
  bytes.writeUInt32LE(count - 1, start + 4)
  return end - width
}

/** Whether bytes[start, end) is an intset in every detail that the functions here rely on; for what comes from outside. */
export function isIntset(bytes: Buffer, start: number, end: number): boolean {
  if (end - start < INTSET_HEADER_BYTES) return false
  const width = intsetWidth(bytes, start)
  if ((width !== 2 && width !== 4 && width !== 8) || intsetBytes(bytes, start) !== end - start) return false
  const count = intsetCount(bytes, start)
  for (let i = 1; i < count; i++) {
    if (readAt(bytes, start, i - 1, width) >= readAt(bytes, start, i, width)) return false
  }
  return true
}

/** How many bytes each integer takes. */
export function intsetWidth(bytes: Buffer, start: number): number {
  return bytes.readUInt32LE(start)
}

function widthFor(value: Int64): number {
  if (value >= -0x8000 && value <= 0x7fff) return 2
  return value >= -0x80000000 && value <= 0x7fffffff ? 4 : 8
}

/** Gives every integer more bytes, from the last to the first, so that none is overwritten before it is read. */
function widen(bytes: Buffer, start: number, width: number): void {
  const before = intsetWidth(bytes, start)
  for (let i = intsetCount(bytes, start) - 1; i >= 0; i--) {
    writeAt(bytes, start, i, width, readAt(bytes, start, i, before))
  }
  bytes.writeUInt32LE(width, start)
}

function readAt(bytes: Buffer, start: number, index: number, width: number): Int64 {
  const at = start + INTSET_HEADER_BYTES + width * index
  if (width === 2) return bytes.readInt16LE(at)
  return width === 4 ? bytes.readInt32LE(at) : readInt64(bytes, at)
}

function writeAt(bytes: Buffer, start: number, index: number, width: number, value: Int64): void {
  const at = start + INTSET_HEADER_BYTES + width * index
  if (width === 2) bytes.writeInt16LE(Number(value), at)
  else if (width === 4) bytes.writeInt32LE(Number(value), at)
  else bytes.writeBigInt64LE(BigInt(value), at)
}
