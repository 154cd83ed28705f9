import type { Disk, DiskFile } from '../disk/disk.ts'
import { JournalClosedError, JournalDamagedError, JournalRangeError } from './journal-errors.ts'
import type { MemoryTail } from './memory-tail.ts'
import type { Segment } from './segment.ts'
import { readSegmentBlock } from './segment-block.ts'

/** What a reader needs of its journal. */
export interface JournalSource {
  readonly disk: Disk
  readonly tail: MemoryTail
  readonly firstOffset: number
  readonly endOffset: number
  readonly readableOffset: number
  /** The file that holds this offset, or null where there is none. */
  segmentAt(offset: number): Segment | null
  /** Bytes before this offset are damaged on disk: nobody should ask for them again. */
  giveUpBefore(offset: number): void
  release(reader: JournalReader): void
}

/**
 * Reads the stream from any offset that the journal holds, and on as it grows: out of memory where that has it, off
 * the disk where not. While it is open the files that it still needs are kept.
 */
export class JournalReader implements Disposable {
  readonly #source: JournalSource
  readonly #includesUnwritten: boolean
  #offset: number
  #isClosed = false
  #isReading = false
  // A run of checked bytes from disk, not handed out yet in full.
  #block: Buffer = Buffer.alloc(0)
  #blockOffset = 0
  // Where the next batch begins on disk.
  #segment: Segment | null = null
  #file: DiskFile | null = null
  #batchOffset = 0
  #batchPosition = 0

  /** Use `Journal.reader`. */
  constructor(source: JournalSource, offset: number, includesUnwritten: boolean) {
    this.#source = source
    this.#offset = offset
    this.#includesUnwritten = includesUnwritten
  }

  /** The first byte that `next` has not answered yet. */
  get offset(): number {
    return this.#offset
  }

  /**
   * Up to `limit` bytes from `offset`, or null where it has answered all that may be read by now (the journal's
   * `readable` event says when there is more). Memory answers at once, the disk by a promise. The bytes are a view of
   * memory that is never written again, so they may be queued on a socket. One call at a time.
   * @throws JournalRangeError where a journal without a folder has forgotten the bytes; JournalDamagedError for bad
   * bytes on disk; JournalClosedError after `close`; an error of the disk
   */
  next(limit: number): Buffer | null | Promise<Buffer | null> {
    if (this.#isClosed) throw new JournalClosedError()
    if (this.#isReading) throw new Error('JournalReader.next was called while an earlier call is under way')
    const readable = this.#readableOffset
    if (this.#offset >= readable) return null
    const fromBlock = this.#takeFromBlock(limit, readable)
    if (fromBlock !== null) return fromBlock
    const { tail } = this.#source
    if (this.#offset >= tail.firstOffset) {
      const bytes = tail.read(this.#offset, readable, limit)
      this.#offset += bytes.length
      return bytes
    }
    return this.#readFromDisk(limit)
  }

  /** Idempotent. A call of `next` that is under way still answers. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#source.release(this)
    if (!this.#isReading) void this.#closeFile()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  get #readableOffset(): number {
    return this.#includesUnwritten ? this.#source.endOffset : this.#source.readableOffset
  }

  #takeFromBlock(limit: number, readable: number): Buffer | null {
    const start = this.#offset - this.#blockOffset
    if (start >= this.#block.length) return null
    const end = Math.min(this.#block.length, start + limit, readable - this.#blockOffset)
    this.#offset = this.#blockOffset + end
    const bytes = this.#block.subarray(start, end)
    if (end === this.#block.length) this.#block = Buffer.alloc(0)
    return bytes
  }

  async #readFromDisk(limit: number): Promise<Buffer | null> {
    this.#isReading = true
    try {
      // Memory has the rest; the files there may just be written anew.
      const endOffset = Math.min(this.#source.tail.firstOffset, this.#readableOffset)
      await this.#findBatch()
      while (this.#blockOffset + this.#block.length <= this.#offset) await this.#readBlock(endOffset)
      return this.#takeFromBlock(limit, this.#readableOffset)
    } finally {
      this.#isReading = false
      if (this.#isClosed || this.#offset >= this.#source.tail.firstOffset) await this.#closeFile()
    }
  }

  /** Goes to the nearest known batch at or before `offset`, unless the next batch is it. */
  async #findBatch(): Promise<void> {
    const segment = this.#segment
    if (segment !== null && this.#file !== null && this.#batchOffset === this.#offset) return
    await this.#openSegmentAt(this.#offset)
    const batch = this.#segment!.locate(this.#offset)
    this.#batchOffset = batch.offset
    this.#batchPosition = batch.position
  }

  async #openSegmentAt(offset: number): Promise<void> {
    await this.#closeFile()
    const segment = this.#source.segmentAt(offset)
    if (segment === null) throw new JournalRangeError(offset, this.#source.firstOffset, this.#source.endOffset)
    this.#segment = segment
    this.#file = await this.#source.disk.open(segment.path, 'read')
    const { offset: batchOffset, position } = segment.locate(offset)
    this.#batchOffset = batchOffset
    this.#batchPosition = position
  }

  async #readBlock(endOffset: number): Promise<void> {
    let segment = this.#segment!
    if (this.#batchOffset === segment.endOffset) {
      await this.#openSegmentAt(segment.endOffset)
      segment = this.#segment!
    }
    const position = this.#batchPosition
    const offset = this.#batchOffset
    const block = await readSegmentBlock(this.#file!, segment, position, offset, segment.size, endOffset)
    const { fault } = block
    const isStuck = fault === null && block.nextPosition === position
    if (block.bytes.length === 0 && (fault !== null || isStuck)) {
      const reason = fault?.reason ?? 'the file ends early'
      this.#source.giveUpBefore(Math.min(segment.endOffset, this.#source.tail.firstOffset))
      throw new JournalDamagedError('JOURNAL_DAMAGED_BATCH', segment.path, fault?.position ?? position, offset, reason)
    }
    this.#block = block.bytes
    this.#blockOffset = offset
    this.#batchOffset = offset + block.bytes.length
    this.#batchPosition = block.nextPosition
  }

  async #closeFile(): Promise<void> {
    const file = this.#file
    this.#file = null
    this.#segment = null
    await file?.close()
  }
}
