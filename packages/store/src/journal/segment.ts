import type { DiskFile } from '../disk/disk.ts'
import { SEGMENT_HEADER_BYTES } from './segment-format.ts'

/** How far apart in a file the known batches lie at least; a reader walks through that much to find its offset. */
const INDEX_INTERVAL_BYTES = 256 * 1024

/** One file of the journal. */
export class Segment {
  readonly path: string
  readonly salt: number
  /** The offset of its first byte of the stream. */
  readonly startOffset: number
  /** Where its part of the stream ends. */
  endOffset: number
  /** Its good bytes; more may be in the file while a write is under way or after one has failed. */
  size: number
  /** Open for writing; null once it is complete and synced, and for what was found on disk. */
  file: DiskFile | null
  /** Its name in the folder has been synced. */
  isNameDurable = false
  /** A write failed: the file may be longer than `size`. */
  hasTornTail = false

  // Some batches of the file, in order: the offset of the payload and the position of the batch header.
  readonly #offsets: number[]
  readonly #positions: number[]

  constructor(path: string, salt: number, startOffset: number, file: DiskFile | null) {
    this.path = path
    this.salt = salt
    this.startOffset = startOffset
    this.endOffset = startOffset
    this.size = SEGMENT_HEADER_BYTES
    this.file = file
    this.#offsets = [startOffset]
    this.#positions = [SEGMENT_HEADER_BYTES]
  }

  get isEmpty(): boolean {
    return this.endOffset === this.startOffset
  }

  /** Remembers where a batch begins, if no known one is near before it. Batches may be noted again and again. */
  note(offset: number, position: number): void {
    if (position - this.#positions.at(-1)! < INDEX_INTERVAL_BYTES) return
    this.#offsets.push(offset)
    this.#positions.push(position)
  }

  /** The nearest known batch at or before `offset`. */
  locate(offset: number): { offset: number; position: number } {
    let low = 0
    let high = this.#offsets.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.#offsets[middle]! <= offset) low = middle
      else high = middle - 1
    }
    return { offset: this.#offsets[low]!, position: this.#positions[low]! }
  }
}
