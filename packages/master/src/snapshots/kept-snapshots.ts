import { Alarm, type Clock } from '@repl/protocol'
import type { JournalReader, SnapshotFile, Store } from '@repl/store'

/** So many files of broken transfers are kept at a time, beside those that are being sent; the oldest goes first. */
export const MAX_KEPT_SNAPSHOTS = 4

interface Kept {
  readonly file: SnapshotFile
  readonly hold: Disposable
  /** Keeps the journal from the snapshot's offset on. */
  readonly reader: JournalReader
  /** Transfers of it that are under way. */
  transfers: number
  /** Whether somebody has a part of it and may come back for the rest. */
  isBegun: boolean
  /** When the last of its transfers that broke did so, in ms. */
  brokenAt: number
}

/**
 * The snapshots that slaves are being sent, or have a part of: their files and the journal since stay, though newer
 * ones have come, until nobody has asked for the rest of one for a time.
 */
export class KeptSnapshots implements Disposable {
  private readonly store: Store
  private readonly clock: Clock
  private readonly retention: () => number
  private readonly alarm: Alarm
  private readonly kept = new Map<string, Kept>()

  /** `retention`: in ms since the last transfer of a file broke. Asked each time. */
  constructor(store: Store, clock: Clock, retention: () => number) {
    this.store = store
    this.clock = clock
    this.retention = retention
    this.alarm = new Alarm(clock, () => this.update())
  }

  /** The files, newest first. */
  get files(): readonly SnapshotFile[] {
    return [...this.kept.values()].map(({ file }) => file).sort((left, right) => right.offset - left.offset)
  }

  /** A transfer of this file begins. Its journal must reach back to it. */
  begin(file: SnapshotFile): void {
    this.entry(file).transfers++
  }

  /** It has ended. `isComplete`: the slave has it all. */
  end(file: SnapshotFile, isComplete: boolean): void {
    const kept = this.kept.get(file.path)
    // Its history may be over meanwhile, or the file be damaged.
    if (kept === undefined || kept.file.id !== file.id) return
    kept.transfers--
    if (!isComplete) this.expect(kept)
    else if (kept.transfers === 0 && !kept.isBegun) this.remove(kept)
  }

  /** A transfer of this file broke before this node was started: somebody may come back for the rest. */
  keep(file: SnapshotFile): void {
    this.expect(this.entry(file))
  }

  /** Lets go of all, or of one file. */
  forget(file: SnapshotFile | null = null): void {
    for (const kept of [...this.kept.values()]) if (file === null || kept.file.path === file.path) this.remove(kept)
  }

  [Symbol.dispose](): void {
    this.forget()
    this.alarm[Symbol.dispose]()
  }

  private entry(file: SnapshotFile): Kept {
    const present = this.kept.get(file.path)
    if (present !== undefined) return present
    const reader = this.store.journal.reader(file.offset)
    const hold = this.store.holdSnapshot(file)
    const kept = { file, hold, reader, transfers: 0, isBegun: false, brokenAt: 0 }
    this.kept.set(file.path, kept)
    return kept
  }

  private expect(kept: Kept): void {
    kept.isBegun = true
    kept.brokenAt = this.clock.now()
    const idle = [...this.kept.values()].filter(({ transfers }) => transfers === 0)
    if (idle.length > MAX_KEPT_SNAPSHOTS)
      this.remove(idle.reduce((first, next) => (next.brokenAt < first.brokenAt ? next : first)))
    this.update()
  }

  /** Removes what has been kept long enough. To be called when `retention` has changed. */
  update(): void {
    const brokenBefore = this.clock.now() - this.retention()
    for (const kept of [...this.kept.values()]) {
      if (!kept.isBegun || kept.brokenAt > brokenBefore) continue
      // Who fetches it now may break off again.
      if (kept.transfers > 0) kept.isBegun = false
      else this.remove(kept)
    }
    this.setAlarm()
  }

  private setAlarm(): void {
    const waiting = [...this.kept.values()].filter(({ isBegun }) => isBegun)
    this.alarm.set(Math.min(Number.POSITIVE_INFINITY, ...waiting.map(({ brokenAt }) => brokenAt + this.retention())))
  }

  private remove(kept: Kept): void {
    this.kept.delete(kept.file.path)
    kept.reader[Symbol.dispose]()
    kept.hold[Symbol.dispose]()
    this.setAlarm()
  }
}
