import type { JournalReader, SnapshotFile } from '@repl/store'

/** A snapshot that stays on disk, with the journal from its offset on, until it is released. */
export interface HeldSnapshot {
  readonly file: SnapshotFile
  /** Stands at the snapshot's offset. Belongs to the holder; closed by `release` unless it was taken by `takeReader`. */
  takeReader(): JournalReader
  /** For people: whether it was made for this or was there. */
  readonly origin: string
  release(): void
}
