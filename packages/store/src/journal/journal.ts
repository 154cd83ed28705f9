import { randomBytes } from 'node:crypto'
import { EventEmitter } from 'node:events'
import type { CommandArguments } from '../commands/command-arguments.ts'
import type { Disk } from '../disk/disk.ts'
import { nodeDisk } from '../disk/node-disk.ts'
import { DurabilityWaiters } from './durability-waiters.ts'
import type { FsyncPolicy } from './fsync-policy.ts'
import { JournalClosedError, JournalRangeError, JournalWriteError } from './journal-errors.ts'
import type { JournalEvents, JournalOptions } from './journal-options.ts'
import { JournalReader, type JournalSource } from './journal-reader.ts'
import { type JournalCut, recoverSegments } from './journal-recovery.ts'
import { JournalAges, type JournalRetention, unretainedBefore } from './journal-retention.ts'
import { type JournalScheduler, nodeScheduler } from './journal-scheduler.ts'
import { JournalWriter } from './journal-writer.ts'
import { MemoryTail } from './memory-tail.ts'
import { SEGMENT_HEADER_BYTES } from './segment-format.ts'

export type { FsyncPolicy } from './fsync-policy.ts'
export type { JournalEvents, JournalOptions } from './journal-options.ts'

/** With this much in memory that the disk does not have yet, whoever feeds the journal should stop for a while. */
export const PENDING_LIMIT = 128 * 1024 * 1024
/** With this much, `append` writes before it returns: the event loop never got to it. */
export const HARD_PENDING_LIMIT = 256 * 1024 * 1024
/** Without a folder, open readers that fall behind keep this much more in memory than `memoryBytes`; then they lose it. */
export const READER_HOLD_BYTES = 256 * 1024 * 1024

/**
 * The stream of one history, append-only: commands as length-delimited protobuf messages, its end in memory, all of
 * it in segment files. Offsets count bytes of the stream. Between two turns of the event loop what was appended goes
 * to disk in one batch; while a batch is on its way the next one gathers.
 */
export class Journal extends EventEmitter<JournalEvents> {
  /** What recovery cut off; null where the files were whole. */
  readonly recoveryCut: JournalCut | null

  readonly #scheduler: JournalScheduler
  readonly #tail: MemoryTail
  /** Null for a journal in memory. */
  readonly #writer: JournalWriter | null
  readonly #source: JournalSource
  readonly #readers = new Set<JournalReader>()
  readonly #waiters = new DurabilityWaiters()
  #fsync: FsyncPolicy
  #memoryBytes: number
  #readableOffset: number
  #announcedDurableOffset: number
  #retention: JournalRetention
  readonly #ages: JournalAges
  #trimOffset: number
  /** What lies before has been found to be damaged. */
  #givenUpBefore = 0
  #trimming: Promise<void> = Promise.resolve()
  #isFlushScheduled = false
  #isClosed = false
  readonly #flushAfterTurn = () => this.flush()

  private constructor(options: JournalOptions, endOffset: number, recovered: RecoveredFiles | null) {
    super()
    this.#scheduler = options.scheduler ?? nodeScheduler
    this.#fsync = options.fsync
    this.#memoryBytes = options.memoryBytes
    this.#tail = new MemoryTail(endOffset, options.memoryBytes)
    this.#readableOffset = endOffset
    this.#announcedDurableOffset = endOffset
    this.#retention = {
      bytes: options.retainBytes,
      milliseconds: options.retainMilliseconds ?? 0,
      limitBytes: options.retainLimitBytes ?? Number.POSITIVE_INFINITY,
    }
    this.#ages = new JournalAges(Date.now(), endOffset)
    this.#trimOffset = 0
    this.recoveryCut = recovered?.cut ?? null
    const disk = options.disk ?? nodeDisk
    this.#writer =
      recovered === null
        ? null
        : new JournalWriter({
            disk,
            scheduler: this.#scheduler,
            directory: recovered.directory,
            replicationId: options.replicationId,
            segmentBytes: Math.max(options.segmentBytes, SEGMENT_HEADER_BYTES + 1),
            random: options.random ?? (() => randomBytes(4).readUInt32LE(0)),
            tail: this.#tail,
            segments: recovered.segments,
            fsync: options.fsync,
            onProgress: () => this.#onProgress(),
            onSegment: () => void this.#trimInBackground(),
            onFailure: (failure) => this.#emitError(failure),
            onHealed: () => this.emit('healed'),
          })
    this.#source = this.#makeSource(disk)
  }

  /**
   * Opens the journal of a history. Recovers its files: a torn end is cut off (see `recoveryCut`). A disk that refuses
   * to take a new file is no error here, but a `failure` that heals.
   * @throws JournalDamagedError for damage that no crash explains, JournalForeignSegmentError, JournalVersionError, or
   * an error of the disk for files that can't be read
   */
  static async open(options: JournalOptions): Promise<Journal> {
    const { directory, replicationId, startOffset } = options
    if (!/^[0-9a-f]{40}$/.test(replicationId)) {
      throw new TypeError(`a replication id has 40 hexadecimal digits: ${JSON.stringify(replicationId)}`)
    }
    if (directory === null) return new Journal(options, startOffset, null)
    const { segments, endOffset, cut } = await recoverSegments({
      disk: options.disk ?? nodeDisk,
      directory,
      replicationId,
      startOffset,
      foreignSegments: options.foreignSegments ?? 'refuse',
    })
    const journal = new Journal(options, endOffset, { directory, segments, cut })
    await journal.#writer!.settle()
    return journal
  }

  /** The oldest byte that can still be read, from memory or disk. */
  get firstOffset(): number {
    return Math.max(this.#writer?.segments[0]?.startOffset ?? this.#tail.firstOffset, this.#givenUpBefore)
  }

  /** The end of the stream. */
  get endOffset(): number {
    return this.#tail.endOffset
  }

  /** The operating system has the stream up to here; it survives the death of this process. */
  get writtenOffset(): number {
    return this.#writer?.writtenOffset ?? this.#tail.endOffset
  }

  /** The disk has the stream up to here; it survives a loss of power. */
  get durableOffset(): number {
    return this.#writer?.durableOffset ?? this.#tail.endOffset
  }

  /**
   * How far readers may read: what is durable under `always`, what is written otherwise, everything without a folder.
   * So a slave never has what its master, killed, would not recover. Never goes back.
   */
  get readableOffset(): number {
    return this.#writer === null ? this.#tail.endOffset : this.#readableOffset
  }

  /** Appended, and not yet as safe as the policy wants before memory may forget it. See PENDING_LIMIT. */
  get pendingBytes(): number {
    return this.#tail.endOffset - this.#safeOffset
  }

  /** Why the disk refuses, while it does. Nothing is lost, but no further write should be let in. */
  get failure(): JournalWriteError | null {
    return this.#writer?.failure ?? null
  }

  /** May be changed at any time. */
  get fsync(): FsyncPolicy {
    return this.#fsync
  }

  set fsync(policy: FsyncPolicy) {
    this.#fsync = policy
    if (this.#writer === null) return
    this.#writer.fsync = policy
    this.#onProgress()
  }

  /** How much of the stream's end stays in memory at least. May be changed at any time. */
  get memoryBytes(): number {
    return this.#memoryBytes
  }

  set memoryBytes(bytes: number) {
    this.#memoryBytes = bytes
    this.#dropMemory()
  }

  /** The oldest byte that can be read without the disk. */
  get firstOffsetInMemory(): number {
    return this.#tail.firstOffset
  }

  /**
   * Appends a command: encodes it, once, into memory. Allocates nothing but a chunk for every megabyte.
   * @throws CommandStreamError for a command longer than MAX_COMMAND_BYTES; JournalClosedError
   */
  append(args: CommandArguments): void {
    if (!this.#isFlushScheduled) this.#scheduleFlush()
    if (this.#tail.append(args)) this.#onChunk()
  }

  /** Appends bytes[start, end) as they are: whole commands of the same stream, on a slave. They are copied. */
  appendEncoded(bytes: Uint8Array, start: number, end: number): void {
    if (!this.#isFlushScheduled) this.#scheduleFlush()
    if (this.#tail.appendEncoded(bytes, start, end)) this.#onChunk()
  }

  /** Begins to write what was appended. Called by itself after a turn of the event loop in which something was. */
  flush(): void {
    this.#isFlushScheduled = false
    if (this.#isClosed) return
    if (this.#writer === null) this.#onProgress()
    else this.#writer.start()
  }

  /**
   * When the disk has the stream up to `offset`. Under `everysec` and `no` this asks for a sync.
   * @throws JournalClosedError where the journal is closed first; JournalRangeError for an offset beyond the end
   */
  whenDurable(offset: number): Promise<void> {
    if (offset <= this.durableOffset) return Promise.resolve()
    if (offset > this.endOffset) return Promise.reject(new JournalRangeError(offset, this.firstOffset, this.endOffset))
    if (this.#isClosed) return Promise.reject(new JournalClosedError())
    const waiting = this.#waiters.wait(offset)
    this.#writer?.requestDurable(offset)
    return waiting
  }

  /**
   * Reads from `from` on. The caller closes the reader.
   * @param options.includesUnwritten reads to `endOffset`, beyond what is safe to show to other nodes: for this node's
   *   own memory
   * @throws JournalRangeError outside [firstOffset, endOffset]
   */
  reader(from: number, options: { readonly includesUnwritten?: boolean } = {}): JournalReader {
    if (this.#isClosed) throw new JournalClosedError()
    if (!(from >= this.firstOffset && from <= this.endOffset)) {
      throw new JournalRangeError(from, this.firstOffset, this.endOffset)
    }
    const reader = new JournalReader(this.#source, from, options.includesUnwritten ?? false)
    this.#readers.add(reader)
    return reader
  }

  /** What `trimBefore` leaves; may be changed at any time. */
  get retention(): JournalRetention {
    return this.#retention
  }

  set retention(retention: JournalRetention) {
    this.#retention = retention
    if (!this.#isClosed) void this.#trimInBackground()
  }

  /**
   * A snapshot has everything before `offset`: files that lie before it altogether may go, now or later, except for
   * what `retention` says and what an open reader has still to read.
   * @throws JournalWriteError where a file can't be removed
   */
  trimBefore(offset: number): Promise<void> {
    this.#trimOffset = Math.max(this.#trimOffset, offset)
    return this.#trim()
  }

  /**
   * Writes and syncs everything, whatever the policy, and closes the files. Readers end; whoever waits is told.
   * @throws JournalWriteError where the disk refuses: then the end of the stream is lost with this process
   */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    // The next append then notices.
    this.#isFlushScheduled = false
    try {
      await this.#writer?.close()
    } finally {
      for (const reader of [...this.#readers]) reader.close()
      this.#waiters.rejectAll(() => new JournalClosedError())
      await this.#trimming
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #makeSource(disk: Disk): JournalSource {
    const journal = this
    return {
      disk,
      tail: this.#tail,
      get firstOffset() {
        return journal.firstOffset
      },
      get endOffset() {
        return journal.endOffset
      },
      get readableOffset() {
        return journal.readableOffset
      },
      segmentAt: (offset) =>
        this.#writer?.segments.find((segment) => segment.startOffset <= offset && offset < segment.endOffset) ?? null,
      giveUpBefore: (offset) => {
        this.#givenUpBefore = Math.max(this.#givenUpBefore, offset)
      },
      release: (reader) => {
        this.#readers.delete(reader)
        if (!this.#isClosed && this.#writer !== null) void this.#trimInBackground()
      },
    }
  }

  #scheduleFlush(): void {
    if (this.#isClosed) throw new JournalClosedError()
    this.#isFlushScheduled = true
    this.#scheduler.afterTurn(this.#flushAfterTurn)
  }

  /** Memory keeps what lies behind it: after a failed sync nobody knows what the disk has, and it is written again. */
  get #safeOffset(): number {
    return this.durableOffset
  }

  #onChunk(): void {
    const writer = this.#writer
    if (writer !== null && this.#tail.endOffset - writer.writtenOffset > HARD_PENDING_LIMIT) writer.writeNow()
    this.#dropMemory()
  }

  #onProgress(): void {
    const writer = this.#writer
    let isMoreReadable = true
    if (writer !== null) {
      const readable = this.#fsync === 'always' ? writer.durableOffset : writer.survivingOffset
      isMoreReadable = readable > this.#readableOffset
      if (isMoreReadable) this.#readableOffset = readable
    }
    this.#ages.note(Date.now(), this.endOffset, this.#retention.milliseconds)
    const durable = this.durableOffset
    const isMoreDurable = durable > this.#announcedDurableOffset
    this.#announcedDurableOffset = durable
    this.#dropMemory()
    if (isMoreReadable) this.emit('readable')
    if (!isMoreDurable) return
    this.#waiters.settle(durable)
    this.emit('durable')
  }

  #dropMemory(): void {
    const end = this.#tail.endOffset
    let offset = Math.min(end - this.#memoryBytes, this.#safeOffset)
    if (this.#writer === null) {
      const held = Math.min(offset, this.#firstNeededOffset())
      offset = Math.max(held, end - this.#memoryBytes - READER_HOLD_BYTES)
    }
    this.#tail.dropBefore(offset)
  }

  #firstNeededOffset(): number {
    let first = Number.POSITIVE_INFINITY
    for (const reader of this.#readers) first = Math.min(first, reader.offset)
    return first
  }

  #trim(): Promise<void> {
    const writer = this.#writer
    if (writer === null) return Promise.resolve()
    const trimming = this.#trimming.then(() => {
      const retained = unretainedBefore(this.#retention, this.#ages, this.endOffset, Date.now())
      const limit = Math.min(this.#trimOffset, retained, this.#firstNeededOffset())
      return writer.trimBefore(limit)
    })
    // One at a time; the caller hears of a failure, the next one tries again.
    this.#trimming = trimming.catch(() => {})
    return trimming
  }

  async #trimInBackground(): Promise<void> {
    try {
      await this.#trim()
    } catch (error) {
      if (!(error instanceof JournalWriteError)) throw error
      this.#emitError(error)
    }
  }

  /** Without a listener Node.js would throw; `failure` says it all the same. */
  #emitError(failure: JournalWriteError): void {
    if (this.listenerCount('error') > 0) this.emit('error', failure)
  }
}

interface RecoveredFiles {
  readonly directory: string
  readonly segments: ConstructorParameters<typeof JournalWriter>[0]['segments']
  readonly cut: JournalCut | null
}
