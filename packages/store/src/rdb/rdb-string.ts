const SMALLEST_SCRATCH = 64
/** Scratch space larger than this is not kept for the next string. */
const LARGEST_KEPT_SCRATCH = 1 << 20

/**
 * A string read from an RDB file: bytes[start, end). As a rule that is a range of the input; a string that was
 * compressed, or stored as an integer, lies in scratch space of its own. Filled again and again.
 */
export class RdbString {
  bytes: Buffer = EMPTY
  start = 0
  end = 0
  #scratch: Buffer = EMPTY

  /** Points at a range of someone else's bytes. */
  point(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes
    this.start = start
    this.end = end
  }

  /** Points at `length` bytes of scratch space, to be filled by the caller. */
  reserve(length: number): Buffer {
    if (this.#scratch.length < length || this.#scratch.length > LARGEST_KEPT_SCRATCH) {
      this.#scratch = Buffer.allocUnsafeSlow(Math.max(length, SMALLEST_SCRATCH))
    }
    this.point(this.#scratch, 0, length)
    return this.#scratch
  }

  /** Becomes the decimal digits of a 32-bit integer. */
  setInteger(value: number): void {
    const scratch = this.reserve(LONGEST_INTEGER)
    let at = LONGEST_INTEGER
    let rest = Math.abs(value)
    do {
      scratch[--at] = 0x30 + (rest % 10)
      rest = Math.floor(rest / 10)
    } while (rest > 0)
    if (value < 0) scratch[--at] = 0x2d
    this.point(scratch, at, LONGEST_INTEGER)
  }

  /** Copies the string out of the input, before the input goes away. */
  detach(): void {
    if (this.bytes === this.#scratch) return
    const { bytes, start, end } = this
    bytes.copy(this.reserve(end - start), 0, start, end)
  }

  /** A copy of the bytes. */
  copy(): Buffer {
    return Buffer.from(this.bytes.subarray(this.start, this.end))
  }

  /** The bytes as text. */
  toString(): string {
    return this.bytes.toString('utf8', this.start, this.end)
  }
}

const EMPTY = Buffer.alloc(0)
const LONGEST_INTEGER = '-2147483648'.length
