import { RdbFormatError } from './rdb-errors.ts'

const END = 0xff
/** A length that takes five bytes begins with this. */
const LONG_LENGTH = 0xfe

/** Walks through a zipmap, the compact form of hashes up to Redis 2.4 (zipmap.c): field, value, field, value. */
export class ZipmapCursor {
  readonly bytes: Buffer
  /** The current field is bytes[fieldStart, fieldEnd), its value bytes[valueStart, valueEnd). */
  fieldStart = 0
  fieldEnd = 0
  valueStart = 0
  valueEnd = 0
  readonly #end: number
  readonly #filePosition: number
  #position: number

  /**
   * @param filePosition named in errors
   * @throws RdbFormatError where the block is none
   */
  constructor(block: Buffer, start: number, end: number, filePosition: number) {
    this.bytes = block
    this.#end = end - 1
    this.#filePosition = filePosition
    // The first byte counts the pairs, where they are few; they are counted anyway.
    this.#position = start + 1
    if (end - start < 2 || block[this.#end] !== END) throw this.#damage()
  }

  /** Goes to the next pair; false behind the last. @throws RdbFormatError */
  next(): boolean {
    if (this.#position === this.#end) return false
    const fieldLength = this.#length()
    this.fieldStart = this.#take(fieldLength)
    this.fieldEnd = this.#position
    const valueLength = this.#length()
    const free = this.bytes[this.#take(1)]!
    this.valueStart = this.#take(valueLength)
    this.valueEnd = this.#position
    this.#take(free)
    return true
  }

  #length(): number {
    const length = this.bytes[this.#take(1)]!
    if (length < LONG_LENGTH) return length
    if (length === END) throw this.#damage()
    return this.bytes.readUInt32LE(this.#take(4))
  }

  #take(length: number): number {
    const start = this.#position
    if (length > this.#end - start) throw this.#damage()
    this.#position = start + length
    return start
  }

  #damage(): RdbFormatError {
    return new RdbFormatError('a zipmap is damaged', this.#filePosition)
  }
}
