import { INT64_TEXT_LENGTH, type Int64, parseInt64, writeInt64 } from '../commands/integer-text.ts'

/**
 * Redis's listpack (listpack.md in its sources), byte for byte: a small list of strings as one block of bytes.
 *
 * ```
 * 4 bytes   length of the whole block, little-endian
 * 2 bytes   number of entries, little-endian; 65535 where there are as many or more
 * ...       entries: encoding and length, the string or the integer, and then the length of both, backwards
 * 1 byte    255
 * ```
 *
 * A string that is a 64-bit integer in its one form is stored as that. The functions take a buffer and where the
 * block begins in it (`start`); an entry is known by where it begins, and the end mark by the same. Those that edit
 * do it in place, in a buffer with room for what is added, and return where the block ends then.
 */

/** Bytes before the first entry. */
export const LISTPACK_HEADER_BYTES = 6
/** The length of a listpack with no entries. */
export const EMPTY_LISTPACK_BYTES = LISTPACK_HEADER_BYTES + 1
/** No entry takes more beside the bytes of its string: encoding and length, and the length backwards. */
export const LISTPACK_ENTRY_OVERHEAD = 10
/** What numbers of entries from here on are counted as. */
const UNCOUNTED = 0xffff
const END_MARK = 0xff

const STRING_12_BITS_FROM = 64
const STRING_32_BITS_FROM = 4096
const INT_16 = 0xf1
const INT_24 = 0xf2
const INT_32 = 0xf3
const INT_64 = 0xf4
const STRING_32 = 0xf0

/** Writes a listpack with no entries at target[at…) and returns where it ends. */
export function writeEmptyListpack(target: Buffer, at: number): number {
  target.writeUInt32LE(EMPTY_LISTPACK_BYTES, at)
  target.writeUInt16LE(0, at + 4)
  target[at + LISTPACK_HEADER_BYTES] = END_MARK
  return at + EMPTY_LISTPACK_BYTES
}

/** How many bytes the whole block takes. */
export function listpackBytes(bytes: Buffer, start: number): number {
  return bytes.readUInt32LE(start)
}

/** How many entries it has. */
export function listpackCount(bytes: Buffer, start: number): number {
  const counted = bytes.readUInt16LE(start + 4)
  if (counted < UNCOUNTED) return counted
  let count = 0
  for (let at = firstEntry(start); !isListpackEnd(bytes, at); at = nextEntry(bytes, at)) count++
  return count
}

/** Where the first entry is, or the end mark. */
export function firstEntry(start: number): number {
  return start + LISTPACK_HEADER_BYTES
}

/** Whether the end mark is there, and no entry. */
export function isListpackEnd(bytes: Buffer, at: number): boolean {
  return bytes[at] === END_MARK
}

/** Where the entry (or the end mark) after this one is. */
export function nextEntry(bytes: Buffer, at: number): number {
  const length = headBytes(bytes[at]!) + contentBytes(bytes, at)
  return at + length + backLengthBytes(length)
}

/** Where the entry before this one (or before the end mark) is; -1 where this is the first. */
export function previousEntry(bytes: Buffer, start: number, at: number): number {
  if (at === start + LISTPACK_HEADER_BYTES) return -1
  let position = at - 1
  let length = 0
  let factor = 1
  for (; ; position--) {
    const byte = bytes[position]!
    length += (byte & 127) * factor
    if ((byte & 128) === 0) break
    factor *= 128
  }
  return position - length
}

/** Where entry `index` is (negative: from the end, -1 is the last); -1 where there is none. */
export function entryAt(bytes: Buffer, start: number, index: number): number {
  if (index >= 0) {
    let at = firstEntry(start)
    for (let i = 0; !isListpackEnd(bytes, at); i++) {
      if (i === index) return at
      at = nextEntry(bytes, at)
    }
    return -1
  }
  let at = start + listpackBytes(bytes, start) - 1
  for (let i = index; i < 0 && at >= 0; i++) at = previousEntry(bytes, start, at)
  return at
}

/** Whether an entry is stored as an integer. */
export function isIntegerEntry(bytes: Buffer, at: number): boolean {
  const head = bytes[at]!
  return head < 0x80 || (head & 0xe0) === 0xc0 || (head >= INT_16 && head <= INT_64)
}

/** The integer of an entry that is stored as one. */
export function entryInteger(bytes: Buffer, at: number): Int64 {
  const head = bytes[at]!
  if (head < 0x80) return head
  if ((head & 0xe0) === 0xc0) {
    const value = ((head & 0x1f) << 8) | bytes[at + 1]!
    return value >= 4096 ? value - 8192 : value
  }
  if (head === INT_16) return bytes.readInt16LE(at + 1)
  if (head === INT_24) return bytes.readIntLE(at + 1, 3)
  if (head === INT_32) return bytes.readInt32LE(at + 1)
  return readInt64(bytes, at + 1)
}

/** A 64-bit integer, little-endian: a number where that is exact. */
export function readInt64(bytes: Buffer, at: number): Int64 {
  const high = bytes.readInt32LE(at + 4)
  // -2 ** 53 is not safe, though it would be exact.
  if (high >= -0x200000 && high < 0x200000) {
    const value = high * 0x1_0000_0000 + bytes.readUInt32LE(at)
    if (Number.isSafeInteger(value)) return value
  }
  return bytes.readBigInt64LE(at)
}

/** Where the string of an entry begins that is not stored as an integer. */
export function entryStringStart(bytes: Buffer, at: number): number {
  return at + headBytes(bytes[at]!)
}

/** How long the string of an entry is that is not stored as an integer. */
export function entryStringLength(bytes: Buffer, at: number): number {
  return contentBytes(bytes, at)
}

/**
 * Where the first entry is that equals value[valueStart, valueEnd), looking at every `step`-th entry from `from` on
 * (a hash: 2, its fields); -1 if there is none.
 */
export function findEntry(
  bytes: Buffer,
  from: number,
  value: Uint8Array,
  valueStart: number,
  valueEnd: number,
  step = 1,
): number {
  const length = valueEnd - valueStart
  // Parsed when the first integer is met, and then never again.
  let integer: Int64 | null | undefined
  for (let at = from; !isListpackEnd(bytes, at); ) {
    if (isIntegerEntry(bytes, at)) {
      if (integer === undefined) integer = parseInt64(value, valueStart, valueEnd)
      if (integer !== null && entryInteger(bytes, at) === integer) return at
    } else if (contentBytes(bytes, at) === length) {
      let mine = at + headBytes(bytes[at]!)
      let theirs = valueStart
      while (theirs < valueEnd && bytes[mine] === value[theirs]) {
        mine++
        theirs++
      }
      if (theirs === valueEnd) return at
    }
    for (let i = 0; i < step && !isListpackEnd(bytes, at); i++) at = nextEntry(bytes, at)
  }
  return -1
}

/** Puts value[valueStart, valueEnd) before the entry (or the end mark) at `at`. Returns where the block ends. */
export function insertEntry(
  bytes: Buffer,
  start: number,
  at: number,
  value: Uint8Array,
  valueStart: number,
  valueEnd: number,
): number {
  return splice(bytes, start, at, at, 0, value, valueStart, valueEnd)
}

/** The same behind the last entry. */
export function appendEntry(
  bytes: Buffer,
  start: number,
  value: Uint8Array,
  valueStart: number,
  valueEnd: number,
): number {
  const at = start + listpackBytes(bytes, start) - 1
  return splice(bytes, start, at, at, 0, value, valueStart, valueEnd)
}

/** Puts value[valueStart, valueEnd) in the place of the entry at `at`. Returns where the block ends. */
export function replaceEntry(
  bytes: Buffer,
  start: number,
  at: number,
  value: Uint8Array,
  valueStart: number,
  valueEnd: number,
): number {
  return splice(bytes, start, at, nextEntry(bytes, at), 1, value, valueStart, valueEnd)
}

/** Deletes `count` entries from the one at `at` on, which are there. Returns where the block ends. */
export function deleteEntries(bytes: Buffer, start: number, at: number, count: number): number {
  let to = at
  for (let i = 0; i < count; i++) to = nextEntry(bytes, to)
  const end = start + listpackBytes(bytes, start)
  bytes.copyWithin(at, to, end)
  return finish(bytes, start, end - (to - at), -count)
}

/** How many bytes the entry of a string would take. */
export function entryBytesFor(value: Uint8Array, valueStart: number, valueEnd: number): number {
  const length = lengthToEncode(value, valueStart, valueEnd)
  return length + backLengthBytes(length)
}

/**
 * Whether source[start, end) is a listpack in every detail that the functions here rely on; for what comes from
 * outside.
 */
export function isListpack(bytes: Buffer, start: number, end: number): boolean {
  if (end - start < EMPTY_LISTPACK_BYTES || listpackBytes(bytes, start) !== end - start) return false
  const endMark = end - 1
  if (bytes[endMark] !== END_MARK) return false
  let count = 0
  let at = firstEntry(start)
  while (at < endMark) {
    const head = bytes[at]!
    if (head > INT_64 || at + headBytes(head) > endMark) return false
    const length = headBytes(head) + contentBytes(bytes, at)
    const next = at + length + backLengthBytes(length)
    if (next > endMark || previousEntry(bytes, start, next) !== at) return false
    at = next
    count++
  }
  const counted = bytes.readUInt16LE(start + 4)
  return at === endMark && (counted === UNCOUNTED || counted === count)
}

/** Goes through the entries of a listpack as strings, without an object for each. Used again and again. */
export class ListpackCursor {
  /** Where the present entry is. */
  at = 0
  /** bytes[start, end) is the present entry's string, until the next call. */
  bytes: Buffer = NO_BYTES
  start = 0
  end = 0
  #block: Buffer = NO_BYTES
  #next = 0
  readonly #text = Buffer.alloc(INT64_TEXT_LENGTH)

  /** Goes to the beginning of a listpack. */
  open(bytes: Buffer, start: number): this {
    this.#block = bytes
    this.#next = firstEntry(start)
    return this
  }

  /** Goes to the next entry; false at the end. */
  next(): boolean {
    const block = this.#block
    const at = this.#next
    if (isListpackEnd(block, at)) return false
    this.show(block, at)
    this.#next = nextEntry(block, at)
    return true
  }

  /** Shows one entry, wherever it is. */
  show(block: Buffer, at: number): void {
    this.at = at
    if (isIntegerEntry(block, at)) {
      this.bytes = this.#text
      this.start = 0
      this.end = writeInt64(entryInteger(block, at), this.#text, 0)
    } else {
      this.bytes = block
      this.start = entryStringStart(block, at)
      this.end = this.start + contentBytes(block, at)
    }
  }
}

const NO_BYTES = Buffer.alloc(0)

/** Puts the entry of one string in the place of bytes[from, to), which are `replaced` entries. */
function splice(
  bytes: Buffer,
  start: number,
  from: number,
  to: number,
  replaced: number,
  value: Uint8Array,
  valueStart: number,
  valueEnd: number,
): number {
  const end = start + listpackBytes(bytes, start)
  const integer = parseInt64(value, valueStart, valueEnd)
  const length = integer === null ? stringEntryLength(valueEnd - valueStart) : integerEntryLength(integer)
  const after = from + length + backLengthBytes(length)
  if (after !== to) bytes.copyWithin(after, to, end)
  if (integer === null) writeString(bytes, from, value, valueStart, valueEnd)
  else writeInteger(bytes, from, integer)
  writeBackLength(bytes, from + length, length)
  return finish(bytes, start, end + after - to, 1 - replaced)
}

/** Brings the header up to date. */
function finish(bytes: Buffer, start: number, end: number, added: number): number {
  bytes.writeUInt32LE(end - start, start)
  const counted = bytes.readUInt16LE(start + 4)
  // As in Redis: what was too many to be counted stays uncounted.
  if (counted !== UNCOUNTED && added !== 0) bytes.writeUInt16LE(Math.min(counted + added, UNCOUNTED), start + 4)
  return end
}

function lengthToEncode(value: Uint8Array, start: number, end: number): number {
  const integer = parseInt64(value, start, end)
  return integer === null ? stringEntryLength(end - start) : integerEntryLength(integer)
}

function stringEntryLength(length: number): number {
  if (length < STRING_12_BITS_FROM) return 1 + length
  return length < STRING_32_BITS_FROM ? 2 + length : 5 + length
}

function integerEntryLength(value: Int64): number {
  if (typeof value === 'bigint') return 9
  if (value >= 0 && value <= 127) return 1
  if (value >= -4096 && value <= 4095) return 2
  if (value >= -0x8000 && value <= 0x7fff) return 3
  if (value >= -0x800000 && value <= 0x7fffff) return 4
  return value >= -0x80000000 && value <= 0x7fffffff ? 5 : 9
}

function writeString(bytes: Buffer, at: number, value: Uint8Array, start: number, end: number): void {
  const length = end - start
  let to = at
  if (length < STRING_12_BITS_FROM) {
    bytes[to++] = 0x80 | length
  } else if (length < STRING_32_BITS_FROM) {
    bytes[to++] = 0xe0 | (length >>> 8)
    bytes[to++] = length & 0xff
  } else {
    bytes[to++] = STRING_32
    bytes.writeUInt32LE(length, to)
    to += 4
  }
  if (length >= COPY_NATIVELY_FROM) copyNatively.call(value, bytes, to, start, end)
  else for (let from = start; from < end; from++) bytes[to++] = value[from]!
}

/** Up to this length a loop is faster than a call into native code. */
const COPY_NATIVELY_FROM = 24
const copyNatively = Buffer.prototype.copy

function writeInteger(bytes: Buffer, at: number, value: Int64): void {
  switch (integerEntryLength(value)) {
    case 1:
      bytes[at] = Number(value)
      break
    case 2: {
      const bits = Number(value) & 0x1fff
      bytes[at] = 0xc0 | (bits >>> 8)
      bytes[at + 1] = bits & 0xff
      break
    }
    case 3:
      bytes[at] = INT_16
      bytes.writeInt16LE(Number(value), at + 1)
      break
    case 4:
      bytes[at] = INT_24
      bytes.writeIntLE(Number(value), at + 1, 3)
      break
    case 5:
      bytes[at] = INT_32
      bytes.writeInt32LE(Number(value), at + 1)
      break
    default:
      bytes[at] = INT_64
      bytes.writeBigInt64LE(BigInt(value), at + 1)
  }
}

/** How many bytes of encoding and length are before the string or the integer; by the first byte of an entry. */
function headBytes(head: number): number {
  if (head < 0x80) return 0
  if (head < 0xe0) return 1
  if (head < STRING_32) return 2
  return head === STRING_32 ? 5 : 1
}

/** How many bytes the string or the integer of an entry takes. */
function contentBytes(bytes: Buffer, at: number): number {
  const head = bytes[at]!
  if (head < 0x80) return 1
  if (head < 0xc0) return head & 0x3f
  if (head < 0xe0) return 1
  if (head < STRING_32) return ((head & 0x0f) << 8) | bytes[at + 1]!
  switch (head) {
    case STRING_32:
      return bytes.readUInt32LE(at + 1)
    case INT_16:
      return 2
    case INT_24:
      return 3
    case INT_32:
      return 4
    default:
      return 8
  }
}

/** How many bytes it takes to write an entry's length backwards; the bounds are those of Redis. */
function backLengthBytes(length: number): number {
  if (length <= 127) return 1
  if (length < 16383) return 2
  if (length < 2097151) return 3
  return length < 268435455 ? 4 : 5
}

/** Seven bits to a byte, the highest first; all but the first byte have their bit 7 set: it is read from the end. */
function writeBackLength(bytes: Buffer, at: number, length: number): void {
  const count = backLengthBytes(length)
  let rest = length
  for (let i = at + count - 1; i > at; i--) {
    bytes[i] = (rest & 127) | 128
    rest = Math.floor(rest / 128)
  }
  bytes[at] = rest
}
