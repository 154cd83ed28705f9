/** The size of the chunks that replies are written to: what a socket takes at once. */
export const CHUNK_LENGTH = 64 * 1024
/** The most bytes of replies that may wait for one client: one command's answer, since a client that does not read is not served. */
export const MAXIMUM_OUTPUT = 1024 * 1024 * 1024
/** How many empty chunks are kept for the next turn, all connections together. */
const POOLED_CHUNKS = 64

const pool: Buffer[] = []
const NONE: Buffer = Buffer.alloc(0)

/**
 * The bytes that one connection has still to send. Chunks come from a pool that all connections share, so an idle
 * connection holds none, and a busy server writes the same few hot chunks over and over.
 */
export class OutputBuffer {
  /** The chunk that is written to, and how far. Public for the reply writer, which writes its bytes in place. */
  bytes: Buffer = NONE
  length = 0
  /** More than MAXIMUM_OUTPUT was written. All of it is thrown away, and the client has to be closed. */
  hasOverflowed = false
  /** Full chunks before `bytes`. */
  readonly #full: Buffer[] = []
  #fullLength = 0

  /** All bytes that wait. */
  get size(): number {
    return this.#fullLength + this.length
  }

  /** Makes room for `needed` bytes in one piece at `length` of `bytes`, which may be another chunk afterwards. */
  reserve(needed: number): void {
    if (this.length + needed <= this.bytes.length) return
    if (this.#fullLength > MAXIMUM_OUTPUT) {
      this.hasOverflowed = true
      this.clear()
    }
    if (this.length > 0) {
      this.#full.push(this.bytes.subarray(0, this.length))
      this.#fullLength += this.length
    } else if (this.bytes.length > 0) release(this.bytes)
    this.bytes =
      needed <= CHUNK_LENGTH ? (pool.pop() ?? Buffer.allocUnsafeSlow(CHUNK_LENGTH)) : Buffer.allocUnsafeSlow(needed)
    this.length = 0
  }

  /**
   * Hands everything to `write`, piece by piece, and is empty afterwards.
   * @param write returns true where the piece has left already, so that its memory may be used again
   */
  drainTo(write: (piece: Buffer) => boolean): void {
    for (const piece of this.#full) write(piece)
    this.#full.length = 0
    this.#fullLength = 0
    if (this.length > 0) {
      const hasLeft = write(this.length === this.bytes.length ? this.bytes : this.bytes.subarray(0, this.length))
      if (hasLeft) release(this.bytes)
    } else if (this.bytes.length > 0) release(this.bytes)
    this.bytes = NONE
    this.length = 0
  }

  /** Forgets everything. */
  clear(): void {
    this.drainTo(() => true)
  }
}

function release(chunk: Buffer): void {
  if (chunk.length === CHUNK_LENGTH && pool.length < POOLED_CHUNKS) pool.push(chunk)
}
