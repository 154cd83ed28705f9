import { Alarm, type Clock } from '@repl/protocol'
import { isPrefixOf, type JournalReader, type SnapshotFile, type Store } from '@repl/store'

/** A snapshot is always served again while the journal since it is no longer than this many bytes. */
export const REUSE_MINIMUM_BYTES = 1024 * 1024

/**
 * Beyond that, while the journal since it is at most this part of the file: a slave replays a byte of the journal in
 * about the time in which a master persists four bytes of a new snapshot (measured).
 */
export const REUSE_FRACTION = 1 / 4

/** A snapshot that stays on disk, with the journal from its offset on, until it is released. */
export interface HeldSnapshot {
  readonly file: SnapshotFile
  /** Stands at the snapshot's offset. Belongs to the holder; closed by `release` unless it was taken by `takeReader`. */
  takeReader(): JournalReader
  /** For people: whether it was made for this or was there. */
  readonly origin: string
  release(): void
}

/**
 * Gives every slave that needs a full resynchronisation a snapshot: the last one where its journal is still there and
 * is shorter than a new copy would be, otherwise one new snapshot for all who wait.
 */
export class SnapshotShelf implements Disposable {
  private readonly store: Store
  private readonly clock: Clock
  private readonly retention: () => number
  private readonly alarm: Alarm
  /** The one that is kept for whoever comes back for the rest of it. */
  private kept: { file: SnapshotFile; hold: Disposable; reader: JournalReader } | null = null

  /** `retention`: how long the file of a broken transfer is kept, in ms since somebody last held it. Asked each time. */
  constructor(store: Store, clock: Clock, retention: () => number) {
    this.store = store
    this.clock = clock
    this.retention = retention
    this.alarm = new Alarm(clock, () => this.forget())
  }

  /** Rejects with what the store says where no snapshot can be made. */
  async acquire(onProgress: (bytes: number) => void): Promise<HeldSnapshot> {
    const present = this.servable()
    if (present !== null) {
      const age = Math.max(0, Math.round((Date.now() - present.createdAt) / 1000))
      return this.hold(present, `the snapshot of ${age} s ago serves`)
    }
    const startedAt = this.clock.now()
    const file = await this.store.persistSnapshot((progress) => onProgress(progress.bytes))
    if (!isPrefixOf(this.store.history, file.replicationId, file.offset)) {
      throw new Error(`the history has changed while the snapshot at offset ${file.offset} was made`)
    }
    return this.hold(file, `persisted by a child process in ${this.clock.now() - startedAt} ms`)
  }

  /** Lets go of what is kept: its history is over. With a file: only of that one, which is of no use. */
  forget(file: SnapshotFile | null = null): void {
    if (file !== null && this.kept?.file.path !== file.path) return
    this.alarm.set(Number.POSITIVE_INFINITY)
    this.kept?.reader[Symbol.dispose]()
    this.kept?.hold[Symbol.dispose]()
    this.kept = null
  }

  [Symbol.dispose](): void {
    this.forget()
    this.alarm[Symbol.dispose]()
  }

  private servable(): SnapshotFile | null {
    const { journal, history } = this.store
    for (const file of [this.store.latestSnapshot, this.kept?.file ?? null]) {
      if (file === null || !isPrefixOf(history, file.replicationId, file.offset)) continue
      if (file.offset < journal.firstOffset || file.offset > journal.readableOffset) continue
      if (journal.endOffset - file.offset <= Math.max(file.size * REUSE_FRACTION, REUSE_MINIMUM_BYTES)) return file
    }
    return null
  }

  private hold(file: SnapshotFile, origin: string): HeldSnapshot {
    const reader = this.store.journal.reader(file.offset)
    const hold = this.store.holdSnapshot(file)
    this.keep(file)
    let isReaderOurs = true
    let isHeld = true
    return {
      file,
      origin,
      takeReader: () => {
        isReaderOurs = false
        return reader
      },
      release: () => {
        if (!isHeld) return
        isHeld = false
        if (isReaderOurs) reader[Symbol.dispose]()
        hold[Symbol.dispose]()
        if (this.kept?.file.path === file.path) this.alarm.set(this.clock.now() + this.retention())
      },
    }
  }

  private keep(file: SnapshotFile): void {
    this.alarm.set(this.clock.now() + this.retention())
    if (this.kept?.file.path === file.path) return
    this.forget()
    const reader = this.store.journal.reader(file.offset)
    this.kept = { file, hold: this.store.holdSnapshot(file), reader }
    this.alarm.set(this.clock.now() + this.retention())
  }
}
