import { RdbFormatError } from './rdb-errors.ts'

/** Bytes before the first entry: the block's length, where its last entry is, and how many there are. */
const HEADER_BYTES = 10
/** The count of a block with more entries than it can say. */
const UNKNOWN_COUNT = 0xffff
const END = 0xff
/** A length of the previous entry that takes five bytes begins with this. */
const LONG_PREVIOUS = 0xfe
/** Twenty characters are the longest 64-bit integer. */
const LONGEST_INTEGER = 20

/**
 * Walks through a ziplist, the compact form of collections up to Redis 6.2 (ziplist.c), from its first entry to its
 * last. Integers are given as the text that they stand for.
 */
export class ZiplistCursor {
  /** The current entry is bytes[start, end), until the next call of `next`. */
  bytes: Buffer
  start = 0
  end = 0
  readonly #block: Buffer
  readonly #blockEnd: number
  readonly #filePosition: number
  readonly #digits = Buffer.allocUnsafe(LONGEST_INTEGER)
  #position: number
  #remaining: number

  /**
   * @param filePosition named in errors
   * @throws RdbFormatError where the block is none
   */
  constructor(block: Buffer, start: number, end: number, filePosition: number) {
    this.bytes = block
    this.#block = block
    this.#blockEnd = end - 1
    this.#filePosition = filePosition
    this.#position = start + HEADER_BYTES
    const isFramed = end - start > HEADER_BYTES && block.readUInt32LE(start) === end - start
    if (!isFramed || block[this.#blockEnd] !== END) throw this.#damage()
    const count = block.readUInt16LE(start + 8)
    this.#remaining = count === UNKNOWN_COUNT ? Number.POSITIVE_INFINITY : count
  }

  /** How many entries are still to come; infinite where the block does not say. */
  get remaining(): number {
    return this.#remaining
  }

  /** Goes to the next entry; false behind the last. @throws RdbFormatError */
  next(): boolean {
    if (this.#position === this.#blockEnd) {
      if (this.#remaining !== 0 && this.#remaining !== Number.POSITIVE_INFINITY) throw this.#damage()
      return false
    }
    if (this.#remaining === 0) throw this.#damage()
    this.#remaining--
    this.#take(this.#byte() === LONG_PREVIOUS ? 4 : 0)
    const encoding = this.#byte()
    if (encoding < 0x40) this.#string(encoding)
    else if (encoding < 0x80) this.#string(((encoding & 0x3f) << 8) | this.#byte())
    else if (encoding === 0x80) this.#string(this.#block.readUInt32BE(this.#take(4)))
    else this.#integer(encoding)
    return true
  }

  #string(length: number): void {
    this.start = this.#take(length)
    this.end = this.start + length
    this.bytes = this.#block
  }

  #integer(encoding: number): void {
    this.bytes = this.#digits
    this.start = 0
    this.end = this.#digits.write(this.#integerText(encoding), 'latin1')
  }

  #integerText(encoding: number): string {
    const block = this.#block
    switch (encoding) {
      case 0xc0:
        return String(block.readInt16LE(this.#take(2)))
      case 0xd0:
        return String(block.readInt32LE(this.#take(4)))
      case 0xe0:
        return String(block.readBigInt64LE(this.#take(8)))
      case 0xf0:
        return String(block.readIntLE(this.#take(3), 3))
      case 0xfe:
        return String(block.readInt8(this.#take(1)))
      default:
        // 0xf1 to 0xfd are the integers 0 to 12.
        if (encoding < 0xf1 || encoding > 0xfd) throw this.#damage()
        return String(encoding - 0xf1)
    }
  }

  #byte(): number {
    return this.#block[this.#take(1)]!
  }

  /** Passes over `length` bytes, which have to be there, and returns where they begin. */
  #take(length: number): number {
    const start = this.#position
    if (length > this.#blockEnd - start) throw this.#damage()
    this.#position = start + length
    return start
  }

  #damage(): RdbFormatError {
    return new RdbFormatError('a ziplist is damaged', this.#filePosition)
  }
}
