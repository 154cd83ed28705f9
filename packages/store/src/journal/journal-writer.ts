import type { Disk } from '../disk/disk.ts'
import type { FsyncPolicy } from './fsync-policy.ts'
import { type Batch, closingMark, nextBatch } from './journal-batch.ts'
import { JournalWriteError } from './journal-errors.ts'
import type { JournalScheduler } from './journal-scheduler.ts'
import type { MemoryTail } from './memory-tail.ts'
import type { Segment } from './segment.ts'
import { SegmentFiles } from './segment-files.ts'
import { SEGMENT_HEADER_BYTES } from './segment-format.ts'

/** How often `everysec` syncs. */
const SYNC_PERIOD = 1000
/** `everysec` and `no` sync when this much waits for it: memory keeps it for a rewrite after a failed sync. */
const MAX_UNSYNCED_BYTES = 8 * 1024 * 1024
/** How long after a failure the same bytes are tried again. */
export const RETRY_PERIOD = 1000

/** What a writer works on, and whom it tells. */
export interface JournalWriterOptions {
  readonly disk: Disk
  readonly scheduler: JournalScheduler
  readonly directory: string
  readonly replicationId: string
  readonly segmentBytes: number
  readonly random: () => number
  readonly tail: MemoryTail
  /** What recovery found, in order. Owned by the writer from now on. */
  readonly segments: Segment[]
  readonly fsync: FsyncPolicy
  /** writtenOffset or durableOffset grew. */
  readonly onProgress: () => void
  readonly onSegment: () => void
  readonly onFailure: (failure: JournalWriteError) => void
  readonly onHealed: () => void
}

/**
 * Takes the memory tail to disk. One loop does everything that changes the files: it begins segments, writes batches
 * one at a time (what is appended meanwhile is the next batch), syncs under `always`, and repairs after a failure.
 * Beside it at most one sync runs, for the other policies, so that a slow sync does not hold up the writes.
 */
export class JournalWriter {
  readonly segments: Segment[]
  /** Up to here the operating system has the stream. Goes back when a sync failed, because nobody knows then what the disk has. */
  writtenOffset: number
  durableOffset: number
  failure: JournalWriteError | null = null

  #fsync: FsyncPolicy
  readonly #options: JournalWriterOptions
  readonly #files: SegmentFiles
  readonly #tail: MemoryTail
  #active: Segment | null = null
  /** Open segments that hold bytes that may not be durable, the active one last. */
  #unsynced: Segment[] = []
  /** Where in its segment durableOffset lies, for a rewrite from there. */
  #durablePosition = SEGMENT_HEADER_BYTES
  #loop: Promise<void> | null = null
  #syncing: Promise<void> | null = null
  #inFlight: Batch | null = null
  /** A sync failed; what lies behind durableOffset must be written again, to new files. */
  #needsRewrite = false
  /** Whatever the policy, sync after the next write: someone waits for this offset, or a sync had failed. */
  #wantedDurableOffset = 0
  /** Once this is written (and synced, where it was a sync that failed) the disk is taken for healed. */
  #provingOffset = 0
  #cancelSyncTimer: (() => void) | null = null
  #cancelRetryTimer: (() => void) | null = null
  #isClosing = false

  constructor(options: JournalWriterOptions) {
    this.#options = options
    this.#files = new SegmentFiles(options, () => this.writtenOffset)
    this.#tail = options.tail
    this.segments = options.segments
    this.#fsync = options.fsync
    this.writtenOffset = options.tail.endOffset
    this.durableOffset = options.tail.endOffset
  }

  get fsync(): FsyncPolicy {
    return this.#fsync
  }

  /**
   * What the files keep when this process is killed: all that is written, except while they are to be cut back to what
   * is durable, since a sync has failed.
   */
  get survivingOffset(): number {
    return this.#needsRewrite ? this.durableOffset : this.writtenOffset
  }

  /** May be changed at any time; what is not durable by then is treated as if it had always been so. */
  set fsync(policy: FsyncPolicy) {
    this.#fsync = policy
    this.start()
    this.#syncInBackground()
  }

  /** Sees to it that what was appended gets written, unless the disk is refusing; then the timer sees to it. */
  start(): void {
    if (this.#loop === null && this.failure === null && this.#hasWork()) this.#loop = this.#run()
  }

  /** `start`, and answers when there is nothing left to do, or when it failed. */
  async settle(): Promise<void> {
    this.start()
    while (this.#loop !== null || this.#syncing !== null) {
      await this.#loop
      await this.#syncing
    }
  }

  /** Asks for a sync that covers `offset` as soon as it is written, whatever the policy. */
  requestDurable(offset: number): void {
    this.#wantedDurableOffset = Math.max(this.#wantedDurableOffset, offset)
    this.#syncInBackground()
  }

  /**
   * Writes all there is before it returns (and syncs it, so that memory may forget it), for a caller
   * that appends without end in one turn. Does nothing while the disk refuses.
   */
  writeNow(): void {
    const segment = this.#active
    if (segment === null || segment.file === null || this.failure !== null || this.#needsRewrite) return
    let batch: Batch | null = null
    try {
      // What is under way may or may not have happened: the same bytes at the same place do no harm.
      batch = this.#inFlight ?? this.#nextBatch(segment)
      while (batch !== null) {
        segment.file.writeSync(batch.buffers, batch.position)
        this.#completeBatch(batch)
        batch = this.#nextBatch(segment)
      }
    } catch (error) {
      segment.hasTornTail = true
      this.#fail(new JournalWriteError('write', segment.path, this.writtenOffset, error))
      return
    }
    try {
      for (const { file } of this.#unsynced) file?.datasyncSync()
      if (this.#unsynced.some(({ isNameDurable }) => !isNameDurable)) {
        this.#options.disk.syncDirectorySync(this.#options.directory)
        for (const unsynced of this.#unsynced) unsynced.isNameDurable = true
      }
    } catch (error) {
      this.#needsRewrite = true
      this.#fail(new JournalWriteError('fdatasync', segment.path, this.writtenOffset, error))
      return
    }
    this.durableOffset = this.writtenOffset
    this.#durablePosition = segment.size
    this.#options.onProgress()
  }

  /** Removes whole segments that end at or before `offset` and are durable, the oldest first. */
  async trimBefore(offset: number): Promise<void> {
    const limit = Math.min(offset, this.durableOffset)
    for (let first = this.segments[0]; first !== undefined && first !== this.#active; first = this.segments[0]) {
      if (first.endOffset > limit || this.#unsynced.includes(first)) return
      await this.#files.remove(first)
      if (this.segments[0] === first) this.segments.shift()
    }
  }

  /**
   * Writes and syncs everything, marks the end, closes the files.
   * @throws JournalWriteError where the disk refuses; the files are closed all the same
   */
  async close(): Promise<void> {
    this.#isClosing = true
    this.#cancelTimers()
    await this.settle()
    this.#wantedDurableOffset = this.#tail.endOffset
    if (this.failure !== null || this.#hasWork()) {
      this.#loop = this.#run()
      await this.settle()
    }
    try {
      if (this.failure === null) await this.#writeClosingMark()
    } finally {
      for (const segment of this.#unsynced) await this.#files.close(segment)
      this.#unsynced = []
      this.#active = null
    }
    if (this.failure !== null) throw this.failure
  }

  #hasWork(): boolean {
    if (this.#active === null || this.#active.hasTornTail || this.#needsRewrite) return true
    return this.writtenOffset < this.#tail.endOffset || this.#mustSync()
  }

  #mustSync(): boolean {
    if (this.durableOffset >= this.writtenOffset) return false
    return this.#fsync === 'always' || (this.#isSyncRequired() && this.durableOffset < this.#wantedDurableOffset)
  }

  /** The loop itself has to sync: on the way out, and to prove that a failed sync has been made good. */
  #isSyncRequired(): boolean {
    return this.#isClosing || this.failure !== null
  }

  async #run(): Promise<void> {
    const isRetry = this.failure !== null
    // So that the caller has set #loop before it can end.
    await Promise.resolve()
    try {
      if (isRetry && this.#syncing !== null) await this.#syncing
      // A failure that comes up beside the loop stops it; only a retry goes on in spite of one.
      while ((isRetry || this.failure === null) && this.#hasWork()) {
        await this.#step()
        if (this.failure !== null && isRetry && this.#isRepaired()) this.#heal()
      }
      if (this.failure !== null && isRetry && this.#isRepaired()) this.#heal()
    } catch (error) {
      if (!(error instanceof JournalWriteError)) throw error
      this.#fail(error)
    } finally {
      this.#loop = null
    }
    this.start()
    this.#syncInBackground()
  }

  /** What had failed works again: the bytes are where they were to go. */
  #isRepaired(): boolean {
    if (this.#active === null || this.#active.hasTornTail || this.#needsRewrite || this.#mustSync()) return false
    return this.writtenOffset >= Math.min(this.#provingOffset, this.#tail.endOffset)
  }

  async #step(): Promise<void> {
    const segment = this.#active
    if (this.#needsRewrite) await this.#prepareRewrite()
    // Before another file is begun: only the last one may end in part of a batch.
    else if (segment?.hasTornTail) await this.#truncateTornTail(segment)
    else if (segment === null || segment.size >= this.#options.segmentBytes) await this.#beginSegment()
    else {
      await this.#writeBatch(segment)
      if (this.#mustSync()) await this.#syncExclusively()
    }
  }

  async #beginSegment(): Promise<void> {
    const startOffset = this.writtenOffset
    const segment = await this.#files.create(startOffset, this.durableOffset, this.segments.at(-1) ?? null)
    if (this.writtenOffset !== startOffset || this.#active?.hasTornTail) {
      // writeNow went on in the file before: this one would begin in the wrong place, or behind a torn tail.
      await this.#files.discard(segment)
      return
    }
    const previous = this.#active
    this.segments.push(segment)
    this.#unsynced.push(segment)
    this.#active = segment
    // A complete segment gets synced under every policy, so that what is not durable is bounded.
    if (previous !== null) this.requestDurable(previous.endOffset)
    this.#options.onSegment()
  }

  async #writeBatch(segment: Segment): Promise<void> {
    const batch = this.#nextBatch(segment)
    if (batch === null) return
    this.#inFlight = batch
    try {
      await this.#files.write(segment, batch.buffers, batch.position)
      if (this.writtenOffset < batch.endOffset) this.#completeBatch(batch)
    } catch (error) {
      // writeNow has written it meanwhile.
      if (this.writtenOffset >= batch.endOffset) return
      segment.hasTornTail = true
      throw error
    } finally {
      this.#inFlight = null
    }
  }

  #nextBatch(segment: Segment): Batch | null {
    return nextBatch(this.#tail, segment, this.writtenOffset, this.durableOffset)
  }

  #completeBatch(batch: Batch): void {
    const { segment } = batch
    segment.note(batch.startOffset, batch.position)
    segment.size = batch.position + batch.size
    segment.endOffset = batch.endOffset
    this.writtenOffset = batch.endOffset
    this.#syncInBackground()
    this.#options.onProgress()
  }

  /** `everysec` and requests: syncs beside the loop, now or when the second is over. */
  #syncInBackground(): void {
    if (this.#fsync === 'always' || this.#syncing !== null || this.#isSyncRequired()) return
    const waiting = this.writtenOffset - this.durableOffset
    if (waiting <= 0) return
    const isWanted = this.durableOffset < this.#wantedDurableOffset
    if (isWanted || waiting >= MAX_UNSYNCED_BYTES) this.#beginBackgroundSync()
    else if (this.#fsync === 'everysec') {
      this.#cancelSyncTimer ??= this.#options.scheduler.after(SYNC_PERIOD, false, () => {
        this.#cancelSyncTimer = null
        this.requestDurable(this.writtenOffset)
      })
    }
  }

  #beginBackgroundSync(): void {
    this.#syncing = this.#sync()
      .catch((error: unknown) => {
        if (!(error instanceof JournalWriteError)) throw error
        this.#fail(error)
      })
      .finally(() => {
        this.#syncing = null
        this.#syncInBackground()
      })
  }

  async #syncExclusively(): Promise<void> {
    while (this.#syncing !== null) await this.#syncing
    // The one that was waited for may have failed.
    if (this.#needsRewrite) return
    const sync = this.#sync()
    // For whoever waits for its end only; this call is the one that hears of a failure.
    this.#syncing = sync.catch(() => {})
    try {
      await sync
    } finally {
      this.#syncing = null
    }
  }

  /** Makes what is written by now durable. Never twice at a time. */
  async #sync(): Promise<void> {
    const target = this.writtenOffset
    const active = this.#active
    const position = active?.size ?? 0
    const files = this.#unsynced.slice()
    for (const segment of files) {
      try {
        await this.#files.sync(segment)
      } catch (error) {
        // After a failed sync the system may call the lost pages clean: another sync would prove nothing.
        this.#needsRewrite = true
        throw error
      }
    }
    if (target > this.durableOffset) {
      this.durableOffset = target
      this.#durablePosition = position
    }
    for (const segment of files) {
      if (segment === active) continue
      this.#unsynced.splice(this.#unsynced.indexOf(segment), 1)
      await this.#files.close(segment)
    }
    this.#options.onProgress()
  }

  /** Cuts the files back to durableOffset; a new file then takes what comes after, from memory. */
  async #prepareRewrite(): Promise<void> {
    const from = this.durableOffset
    this.#wantedDurableOffset = Math.max(this.#wantedDurableOffset, this.writtenOffset)
    for (let last = this.segments.at(-1); last !== undefined && last.endOffset > from; last = this.segments.at(-1)) {
      const segment = last
      if (segment.startOffset >= from) {
        await this.#files.remove(segment)
        this.segments.pop()
      } else {
        segment.size = this.#durablePosition
        await this.#files.cut(segment)
        await this.#files.syncBytes(segment)
        segment.endOffset = from
      }
    }
    // A removed file that came back would not fit behind the new one.
    await this.#files.syncFolder(this.segments.at(-1) ?? null)
    for (const segment of this.#unsynced) await this.#files.close(segment)
    this.#unsynced = []
    this.#active = null
    this.writtenOffset = from
    this.#needsRewrite = false
  }

  async #truncateTornTail(segment: Segment): Promise<void> {
    await this.#files.cut(segment)
    segment.hasTornTail = false
  }

  /** An empty batch behind the last one bears witness that all of it was durable. */
  async #writeClosingMark(): Promise<void> {
    const segment = this.#active
    if (segment === null || segment.file === null || segment.isEmpty) return
    const { file } = segment
    try {
      await file.write([closingMark(segment, this.durableOffset)], segment.size)
      await file.datasync()
    } catch {
      // All is durable without it. Recovery cuts the part of a mark off.
    }
  }

  #fail(failure: JournalWriteError): void {
    this.#cancelSyncTimer?.()
    this.#cancelSyncTimer = null
    const isNew = this.failure === null
    this.failure = failure
    if (isNew) this.#provingOffset = this.writtenOffset + 1
    if (!this.#isClosing) {
      this.#cancelRetryTimer ??= this.#options.scheduler.after(RETRY_PERIOD, true, () => {
        this.#cancelRetryTimer = null
        if (this.failure !== null && this.#loop === null) this.#loop = this.#run()
        else if (this.failure !== null) this.#fail(this.failure)
      })
    }
    if (isNew) this.#options.onFailure(failure)
  }

  #heal(): void {
    this.failure = null
    this.#options.onHealed()
  }

  #cancelTimers(): void {
    this.#cancelSyncTimer?.()
    this.#cancelRetryTimer?.()
    this.#cancelSyncTimer = null
    this.#cancelRetryTimer = null
  }
}
