import type { CommandArguments } from '../commands/command-arguments.ts'
import { bodyLength, CommandStreamError, encodeBodyInto, MAX_COMMAND_BYTES } from './command-stream.ts'

/** What a chunk holds at most and at least, unless one command needs more. */
const MAX_CHUNK_BYTES = 1024 * 1024
const MIN_CHUNK_BYTES = 1024

interface Chunk {
  readonly startOffset: number
  readonly bytes: Buffer
  used: number
}

/**
 * The end of the stream, in memory. A command never lies in two chunks. Chunks are not used again: views of them may
 * still be queued on sockets.
 */
export class MemoryTail {
  readonly #chunks: Chunk[]
  readonly #chunkBytes: number
  #last: Chunk

  /** @param memoryBytes how much its owner means to keep; chunks are not larger than that */
  constructor(startOffset: number, memoryBytes: number) {
    this.#chunkBytes = Math.min(Math.max(memoryBytes, MIN_CHUNK_BYTES), MAX_CHUNK_BYTES)
    this.#last = { startOffset, bytes: Buffer.alloc(0), used: 0 }
    this.#chunks = [this.#last]
  }

  /** The oldest byte in memory. */
  get firstOffset(): number {
    return this.#chunks[0]!.startOffset
  }

  get endOffset(): number {
    return this.#last.startOffset + this.#last.used
  }

  /**
   * Encodes a command behind the last one. The hot path: makes no object unless a chunk is full.
   * @returns whether a new chunk was begun
   * @throws CommandStreamError for a command longer than MAX_COMMAND_BYTES
   */
  append(args: CommandArguments): boolean {
    const body = bodyLength(args)
    const last = this.#last
    // Five bytes are the most that the length before the body takes.
    if (last.used + body + 5 <= last.bytes.length) {
      last.used = encodeBodyInto(args, body, last.bytes, last.used)
      return false
    }
    checkLength(body)
    const chunk = this.#beginChunk(body + 5)
    chunk.used = encodeBodyInto(args, body, chunk.bytes, 0)
    return true
  }

  /** Copies whole commands behind the last one. */
  appendEncoded(bytes: Uint8Array, start: number, end: number): boolean {
    const length = end - start
    let chunk = this.#last
    const isFull = chunk.used + length > chunk.bytes.length
    if (isFull) {
      checkLength(length)
      chunk = this.#beginChunk(length)
    }
    chunk.bytes.set(bytes.subarray(start, end), chunk.used)
    chunk.used += length
    return isFull
  }

  /**
   * The bytes from `offset` on, in as few views as there are chunks; no more chunks than make `limit` bytes, but
   * at least one. They end where a command ends.
   */
  viewsFrom(offset: number, limit: number): Buffer[] {
    const views: Buffer[] = []
    let length = 0
    for (let i = this.#indexOf(offset); i < this.#chunks.length; i++) {
      const chunk = this.#chunks[i]!
      const view = chunk.bytes.subarray(Math.max(0, offset - chunk.startOffset), chunk.used)
      if (view.length === 0) continue
      if (length > 0 && length + view.length > limit) break
      views.push(view)
      length += view.length
    }
    return views
  }

  /** A view of up to `limit` bytes at `offset`, which is in memory, and before `end`. */
  read(offset: number, end: number, limit: number): Buffer {
    const chunk = this.#chunks[this.#indexOf(offset)]!
    const start = offset - chunk.startOffset
    return chunk.bytes.subarray(start, Math.min(chunk.used, end - chunk.startOffset, start + limit))
  }

  /** Forgets chunks that end at or before `offset`. */
  dropBefore(offset: number): void {
    let count = 0
    while (count < this.#chunks.length - 1 && this.#chunks[count + 1]!.startOffset <= offset) count++
    if (count > 0) this.#chunks.splice(0, count)
  }

  /** The chunk with the byte at `offset`, or the last one for the end. Most ask for what is new. */
  #indexOf(offset: number): number {
    let index = this.#chunks.length - 1
    while (index > 0 && this.#chunks[index]!.startOffset > offset) index--
    return index
  }

  #beginChunk(length: number): Chunk {
    const bytes = Buffer.allocUnsafeSlow(Math.max(length, this.#chunkBytes))
    const chunk = { startOffset: this.endOffset, bytes, used: 0 }
    if (this.#last.used === 0) this.#chunks.pop()
    this.#chunks.push(chunk)
    this.#last = chunk
    return chunk
  }
}

function checkLength(length: number): void {
  if (length <= MAX_COMMAND_BYTES) return
  throw new CommandStreamError('COMMAND_TOO_LONG', 0, `${length} bytes, the limit is ${MAX_COMMAND_BYTES}`)
}
