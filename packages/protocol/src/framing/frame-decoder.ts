import { ProtocolError } from '../protocol-error.ts'
import { decompressBody } from './compression.ts'
import { FLAG_COMPRESSED, FRAME_HEADER_LENGTH, isFrameStart } from './frame.ts'

/** A body up to this long is given its whole space at once; a longer one gets space as its bytes arrive, so that a stranger's header costs little. */
const INITIAL_BODY_SPACE = 256 * 1024

/** Bytes of what is no frame that are shown in the error. */
const EXCERPT_LENGTH = 64

/**
 * Cuts a byte stream into frames. What it holds is at most the bytes of one unfinished frame, in at most twice their
 * space, and the rest of the last chunk.
 */
export class FrameDecoder {
  /** The longest body accepted, before and after decompression. */
  maxFrameLength: number
  /** Whether compressed frames are accepted. */
  acceptsCompression = false

  /** What was pushed last, consumed up to `#at`. */
  #chunk: Buffer = EMPTY
  #at = 0
  /** A header that came in pieces. */
  readonly #header = Buffer.alloc(FRAME_HEADER_LENGTH)
  #headerLength = 0
  /** The body of the frame being read; -1 while its header is. */
  #bodyLength = -1
  #flags = 0
  /** A body that came in pieces. */
  #body: Buffer = EMPTY
  #bodyFilled = 0

  constructor(maxFrameLength: number) {
    this.maxFrameLength = maxFrameLength
  }

  /** Gives it bytes, which must not be written to afterwards. Call `next` until it returns null before the next push. */
  push(chunk: Buffer): void {
    this.#chunk = this.#at < this.#chunk.length ? Buffer.concat([this.#chunk.subarray(this.#at), chunk]) : chunk
    this.#at = 0
  }

  /** The body of the next whole frame, decompressed; a view where it lay in one chunk. Null: more bytes are needed. Throws {@link ProtocolError}, after which the decoder is of no more use. */
  next(): Buffer | null {
    if (this.#bodyLength < 0 && !this.#readHeader()) return null
    const body = this.#readBody()
    if (body === null) return null
    this.#bodyLength = -1
    return this.#flags === FLAG_COMPRESSED ? decompressBody(body, this.maxFrameLength) : body
  }

  /** What was pushed and is in no frame yet, for whoever takes the stream over. Only between frames: throws where a frame has begun to be read. */
  takeRest(): Buffer {
    if (this.isInsideFrame) throw new Error('a frame has been read in part')
    const rest = this.#chunk.subarray(this.#at)
    this.#chunk = EMPTY
    this.#at = 0
    return rest
  }

  /** Whether a frame has begun and not ended in what was taken by `next`. */
  get isInsideFrame(): boolean {
    return this.#headerLength > 0 || this.#bodyLength >= 0
  }

  /** Throws ProtocolError `TRUNCATED_FRAME` if the stream may not end here. */
  end(): void {
    if (!this.isInsideFrame) return
    throw new ProtocolError(
      'TRUNCATED_FRAME',
      this.#bodyLength < 0
        ? `the connection ended after ${this.#headerLength} of the ${FRAME_HEADER_LENGTH} bytes of a frame's header`
        : `the connection ended after ${this.#bodyFilled} of the ${this.#bodyLength} bytes of a frame`,
    )
  }

  #readHeader(): boolean {
    const chunk = this.#chunk
    if (this.#at === chunk.length) return false
    if (this.#headerLength === 0) {
      this.#checkFlags(chunk[this.#at]!)
      if (chunk.length - this.#at >= FRAME_HEADER_LENGTH) {
        this.#begin(chunk, this.#at)
        this.#at += FRAME_HEADER_LENGTH
        return true
      }
    }
    const taken = Math.min(FRAME_HEADER_LENGTH - this.#headerLength, chunk.length - this.#at)
    chunk.copy(this.#header, this.#headerLength, this.#at, this.#at + taken)
    this.#headerLength += taken
    this.#at += taken
    if (this.#headerLength < FRAME_HEADER_LENGTH) return false
    this.#begin(this.#header, 0)
    this.#headerLength = 0
    return true
  }

  #checkFlags(flags: number): void {
    if (!isFrameStart(flags)) {
      const excerpt = JSON.stringify(this.#chunk.toString('latin1', this.#at, this.#at + EXCERPT_LENGTH))
      throw new ProtocolError(
        'NOT_A_FRAME',
        `expected a frame's flags (0 or 1), got 0x${flags.toString(16).padStart(2, '0')}, beginning with ${excerpt}`,
      )
    }
    if (flags === FLAG_COMPRESSED && !this.acceptsCompression) {
      throw new ProtocolError('COMPRESSION_NOT_NEGOTIATED', 'a compressed frame, though compression was not agreed on')
    }
  }

  #begin(header: Buffer, at: number): void {
    const length = header.readUInt32BE(at + 1)
    if (length > this.maxFrameLength) {
      throw new ProtocolError(
        'FRAME_TOO_LONG',
        `a frame of ${length} bytes is over the limit of ${this.maxFrameLength} bytes`,
      )
    }
    this.#flags = header[at]!
    this.#bodyLength = length
    this.#bodyFilled = 0
  }

  #readBody(): Buffer | null {
    const chunk = this.#chunk
    const available = chunk.length - this.#at
    if (this.#bodyFilled === 0 && available >= this.#bodyLength) {
      const body = chunk.subarray(this.#at, this.#at + this.#bodyLength)
      this.#at += this.#bodyLength
      return body
    }
    const taken = Math.min(this.#bodyLength - this.#bodyFilled, available)
    if (taken > 0) {
      this.#reserve(this.#bodyFilled + taken)
      chunk.copy(this.#body, this.#bodyFilled, this.#at, this.#at + taken)
      this.#bodyFilled += taken
      this.#at += taken
    }
    if (this.#bodyFilled < this.#bodyLength) return null
    const body = this.#body
    this.#body = EMPTY
    return body
  }

  #reserve(length: number): void {
    if (this.#body.length >= length) return
    const space = Math.min(this.#bodyLength, Math.max(INITIAL_BODY_SPACE, length, this.#body.length * 2))
    // Not from the shared pool: bodies are handed out and may be kept.
    const body = Buffer.allocUnsafeSlow(space)
    this.#body.copy(body, 0, 0, this.#bodyFilled)
    this.#body = body
  }
}

const EMPTY = Buffer.alloc(0)
