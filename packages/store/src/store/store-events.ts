import type { ChildLaunchError } from '../children/child-launcher.ts'
import type { JournalWriteError } from '../journal/journal-errors.ts'
import type { History } from './history.ts'

/** What a store tells those who attach to it. */
export interface StoreEvents {
  /** More of the journal may be read: feed the slaves. Once per turn of the event loop at most. */
  readable: []
  /** More of the journal is safe: answer the writers. */
  durable: []
  /**
   * The history or the data changed in another way than by the stream going on: a new id, or a snapshot adopted.
   * Whoever feeds others from this store has to ask them to synchronise again.
   */
  history: [History]
  /** Read-only (a slave) or not (a master). */
  role: [isReadOnly: boolean]
  /** The nodes that this one is fed through are others now. */
  upstream: []
  /** The disk refuses the journal; writes are refused until `journalHealed`. Nothing is lost. */
  journalFailed: [JournalWriteError]
  journalHealed: []
  /** A snapshot that nobody waits for could not be persisted. */
  snapshotFailed: [Error]
  /**
   * The process that starts children has died. The next child gets a new one; starting that one holds this process up
   * in proportion to its memory.
   */
  launcherDied: [ChildLaunchError]
}
