import { MAX_COMMAND_BYTES } from '../journal/command-stream.ts'
import { StoreError } from './store-error.ts'

/** A varint of a length up to MAX_COMMAND_BYTES takes at most so many bytes. */
const MAX_LENGTH_BYTES = 5

/**
 * Cuts the replication stream, which arrives in pieces of any size, at the ends of commands. Bytes of a command that
 * is not whole yet are kept and joined once, when the rest is there, however many pieces that takes.
 */
export class StreamAssembler {
  #pieces: Buffer[] = []
  #kept = 0
  #needed = 0

  /** Bytes of an incomplete command that wait for the rest. */
  get keptBytes(): number {
    return this.#kept
  }

  /**
   * Adds a piece.
   * @returns bytes that begin with a command and end with one, or null where no command is whole yet. They may be
   *   the piece itself.
   * @throws StoreError STREAM_DAMAGED
   */
  add(piece: Buffer): Buffer | null {
    let bytes = piece
    if (this.#kept > 0) {
      this.#pieces.push(piece)
      this.#kept += piece.length
      if (this.#kept < this.#needed) return null
      bytes = Buffer.concat(this.#pieces, this.#kept)
      this.discard()
    }
    const end = this.#endOfWholeCommands(bytes)
    if (end < bytes.length) {
      // A copy, so that a few bytes do not keep a whole read buffer in memory.
      this.#pieces = [Buffer.from(bytes.subarray(end))]
      this.#kept = bytes.length - end
    }
    return end === 0 ? null : bytes.subarray(0, end)
  }

  /** Forgets the incomplete command: the link broke, and the stream will begin again at the end of the last whole one. */
  discard(): void {
    this.#pieces = []
    this.#kept = 0
    this.#needed = 0
  }

  #endOfWholeCommands(bytes: Buffer): number {
    let position = 0
    while (position < bytes.length) {
      const end = endOfCommand(bytes, position)
      if (end > bytes.length) {
        this.#needed = end - position
        break
      }
      position = end
    }
    return position
  }
}

/** Where the command at `start` ends; beyond the bytes if it isn't whole. A length that is cut counts as one byte more. */
function endOfCommand(bytes: Buffer, start: number): number {
  let length = 0
  let scale = 1
  for (let position = start; position < start + MAX_LENGTH_BYTES; position++) {
    if (position === bytes.length) return position + 1
    const byte = bytes[position]!
    length += (byte & 0x7f) * scale
    if (byte < 0x80) {
      if (length > MAX_COMMAND_BYTES) break
      return position + 1 + length
    }
    scale *= 0x80
  }
  throw new StoreError(
    'STREAM_DAMAGED',
    `a command of the stream is longer than the limit of ${MAX_COMMAND_BYTES} bytes`,
  )
}
