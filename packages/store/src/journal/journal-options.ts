import type { Disk } from '../disk/disk.ts'
import type { FsyncPolicy } from './fsync-policy.ts'
import type { JournalWriteError } from './journal-errors.ts'
import type { JournalScheduler } from './journal-scheduler.ts'

/** Where a journal lies and how much it keeps. */
export interface JournalOptions {
  /** The folder of the segment files, made where it is missing; null: in memory only. */
  readonly directory: string | null
  /** The history that the files belong to, 40 hexadecimal digits: the replication id that it began with. */
  readonly replicationId: string
  readonly fsync: FsyncPolicy
  /** How much of the stream's end stays in memory at least; Redis's `repl-backlog-size`. */
  readonly memoryBytes: number
  /** A file that has reached this size is followed by another. */
  readonly segmentBytes: number
  /** How much `trimBefore` leaves at least, for partial resynchronisations. */
  readonly retainBytes: number
  /** And all that is younger than so many ms, but for that not more than `retainLimitBytes`. Defaults 0 and no limit. */
  readonly retainMilliseconds?: number
  readonly retainLimitBytes?: number
  /** The offset of the snapshot that this journal goes on from. Where there are no files, the stream begins here. */
  readonly startOffset: number
  /**
   * Files of another history in the folder: `refuse` (as by default) throws JournalForeignSegmentError, `remove`
   * deletes them, for a caller whose manifest says that they were given up.
   */
  readonly foreignSegments?: 'refuse' | 'remove'
  readonly disk?: Disk
  readonly scheduler?: JournalScheduler
  /** A random unsigned 32-bit number. */
  readonly random?: () => number
}

/** What a journal tells. */
export interface JournalEvents {
  /** readableOffset grew. */
  readable: []
  /** durableOffset grew. */
  durable: []
  /** The disk refused; `failure` says so until it is `healed`, except where only removing an old file failed. */
  error: [JournalWriteError]
  /** The disk works again and nothing was lost. */
  healed: []
}
