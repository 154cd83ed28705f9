import { decompressLzf, LZF_MAXIMUM_RATIO } from './lzf.ts'
import { RdbFormatError, RdbTruncatedError } from './rdb-errors.ts'
import type { RdbString } from './rdb-string.ts'

/** What `readLength` and `readByte` answer when the input ends too early. */
export const INCOMPLETE = -1

/** Strings longer than this are taken for damage: Redis's own limit (`proto-max-bulk-len`). */
export const RDB_MAXIMUM_STRING_LENGTH = 512 * 1024 * 1024

/**
 * The part of an RDB file that has arrived and has not been read. Readers take one item after another; where the input
 * ends inside an item they stop, and begin that item again when there is more. `commit` says that an item is done.
 */
export class RdbInput {
  bytes: Buffer = Buffer.alloc(0)
  /** The next byte to read. */
  position = 0
  /** Where the last item that is done ended. */
  mark = 0
  end = 0
  /** The file's size, where it is known. */
  readonly size: number
  /** After a read that found too little: how many bytes from `mark` on it needs at the least. */
  wanted = 0
  /** Where in the file bytes[0] is. */
  #base = 0

  constructor(size = Number.POSITIVE_INFINITY) {
    this.size = size
  }

  /** Reads on in bytes[0, end), whose first byte is the one at the mark. */
  continueWith(bytes: Buffer, end: number): void {
    this.#base += this.mark
    this.bytes = bytes
    this.mark = 0
    this.position = 0
    this.end = end
    this.wanted = 0
  }

  commit(): void {
    this.mark = this.position
  }

  rewind(): void {
    this.position = this.mark
  }

  /** Where in the file the next byte is. */
  get filePosition(): number {
    return this.#base + this.position
  }

  /** Whether the next `count` bytes are there. @throws RdbTruncatedError if the file has not so many. */
  has(count: number): boolean {
    if (this.position + count <= this.end) return true
    if (this.filePosition + count > this.size) {
      throw new RdbTruncatedError(
        `${count} bytes are announced, the file has ${this.size - this.filePosition} left`,
        this.filePosition,
      )
    }
    this.wanted = this.position + count - this.mark
    return false
  }

  readByte(): number {
    return this.has(1) ? this.bytes[this.position++]! : INCOMPLETE
  }

  /** Passes over `count` bytes; false if they are not all there. */
  skip(count: number): boolean {
    if (!this.has(count)) return false
    this.position += count
    return true
  }

  /** Passes over a number in RDB's variable form, of any size; false if it is not all there. */
  skipNumber(): boolean {
    if (!this.has(1)) return false
    const first = this.bytes[this.position]!
    return this.skip(first < 0x40 ? 1 : first < 0x80 ? 2 : first === 0x80 ? 5 : 9)
  }

  /** A length or a number in RDB's variable form. @throws RdbFormatError where the bytes are an encoded string. */
  readLength(): number {
    const length = this.#readLengthOrEncoding()
    if (length < INCOMPLETE) {
      throw new RdbFormatError('a length is expected, not an encoded string', this.filePosition - 1)
    }
    return length
  }

  /** Reads a string in any of its forms; false if the input ends too early. */
  readString(into: RdbString): boolean {
    const length = this.#readLengthOrEncoding()
    if (length >= 0) {
      this.#checkStringLength(length)
      if (!this.has(length)) return false
      into.point(this.bytes, this.position, this.position + length)
      this.position += length
      return true
    }
    switch (length) {
      case INCOMPLETE:
        return false
      case INTEGER_8_BITS:
        if (!this.has(1)) return false
        into.setInteger(this.bytes.readInt8(this.position))
        this.position += 1
        return true
      case INTEGER_16_BITS:
        if (!this.has(2)) return false
        into.setInteger(this.bytes.readInt16LE(this.position))
        this.position += 2
        return true
      case INTEGER_32_BITS:
        if (!this.has(4)) return false
        into.setInteger(this.bytes.readInt32LE(this.position))
        this.position += 4
        return true
      case COMPRESSED:
        return this.#readCompressedString(into)
      default:
        throw new RdbFormatError(`a string has the unknown encoding ${FIRST_ENCODING - length}`, this.filePosition - 1)
    }
  }

  #readCompressedString(into: RdbString): boolean {
    const compressedLength = this.readLength()
    if (compressedLength === INCOMPLETE) return false
    const length = this.readLength()
    if (length === INCOMPLETE) return false
    this.#checkStringLength(compressedLength)
    this.#checkStringLength(length)
    // Before any memory is set aside for what a damaged length claims.
    if (length > compressedLength * LZF_MAXIMUM_RATIO) {
      throw new RdbFormatError(`${compressedLength} compressed bytes can't stand for ${length}`, this.filePosition)
    }
    if (!this.has(compressedLength)) return false
    const end = this.position + compressedLength
    if (!decompressLzf(this.bytes, this.position, end, into.reserve(length), length)) {
      throw new RdbFormatError(`a compressed string of ${compressedLength} bytes is damaged`, this.filePosition)
    }
    this.position = end
    return true
  }

  #checkStringLength(length: number): void {
    if (length <= RDB_MAXIMUM_STRING_LENGTH) return
    throw new RdbFormatError(
      `a string of ${length} bytes is announced, ${RDB_MAXIMUM_STRING_LENGTH} are allowed`,
      this.filePosition,
    )
  }

  /** A length from 0 on, INCOMPLETE, or FIRST_ENCODING - n for a string in special encoding n. */
  #readLengthOrEncoding(): number {
    if (!this.has(1)) return INCOMPLETE
    const bytes = this.bytes
    const at = this.position
    const first = bytes[at]!
    if (first < 0x40) {
      this.position = at + 1
      return first
    }
    if (first < 0x80) {
      if (!this.has(2)) return INCOMPLETE
      this.position = at + 2
      return ((first & 0x3f) << 8) | bytes[at + 1]!
    }
    if (first >= 0xc0) {
      this.position = at + 1
      return FIRST_ENCODING - (first & 0x3f)
    }
    if (first === 0x80) {
      if (!this.has(5)) return INCOMPLETE
      this.position = at + 5
      return bytes.readUInt32BE(at + 1)
    }
    if (first === 0x81) {
      if (!this.has(9)) return INCOMPLETE
      const length = bytes.readUInt32BE(at + 1) * 0x100000000 + bytes.readUInt32BE(at + 5)
      if (!Number.isSafeInteger(length)) throw new RdbFormatError('a length is over 2^53', this.filePosition)
      this.position = at + 9
      return length
    }
    throw new RdbFormatError(`a length can't begin with byte ${first}`, this.filePosition)
  }
}

const FIRST_ENCODING = -2
const INTEGER_8_BITS = -2
const INTEGER_16_BITS = -3
const INTEGER_32_BITS = -4
const COMPRESSED = -5
