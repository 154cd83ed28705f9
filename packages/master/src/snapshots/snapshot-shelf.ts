import type { BegunSnapshot, Clock } from '@repl/protocol'
import { isPrefixOf, type SnapshotFile, type Store } from '@repl/store'
import type { HeldSnapshot } from './held-snapshot.ts'
import { KeptSnapshots } from './kept-snapshots.ts'
import { type OfferedSnapshot, offerDraft, offerWhole } from './offered-snapshot.ts'
import { SnapshotGathering } from './snapshot-gathering.ts'

/** A snapshot is always served again while the journal since it is no longer than this many bytes. */
export const REUSE_MINIMUM_BYTES = 1024 * 1024

/**
 * Beyond that, while the journal since it is at most this part of the file: a slave replays a byte of the journal in
 * about the time in which a master persists four bytes of a new snapshot (measured).
 */
export const REUSE_FRACTION = 1 / 4

/**
 * Gives every slave that needs a full resynchronisation a snapshot: the one that it has begun to fetch, where that is
 * still there; or else the last one, where its journal is still there and is shorter than a new copy would be; or else
 * one new snapshot for all who wait.
 */
export class SnapshotShelf implements Disposable {
  private readonly store: Store
  private readonly clock: Clock
  private readonly kept: KeptSnapshots
  private readonly gathering: SnapshotGathering

  /**
   * @param retention how long the file of a broken transfer is kept, in ms since the last one broke; asked each time
   * @param gathering has those wait who need a new snapshot; belongs to the shelf. By default nobody waits.
   */
  constructor(
    store: Store,
    clock: Clock,
    retention: () => number,
    gathering = new SnapshotGathering(clock, zero, zero),
  ) {
    this.gathering = gathering
    this.store = store
    this.clock = clock
    this.kept = new KeptSnapshots(store, clock, retention)
    for (const file of store.olderSnapshots) if (this.obstacle(file) === null) this.kept.keep(file)
  }

  /**
   * Rejects with what the store says where no snapshot can be made.
   * @param begun what the slave has of a snapshot already; null for nothing
   */
  async acquire(onProgress: (bytes: number) => void, begun: BegunSnapshot | null = null): Promise<HeldSnapshot> {
    return (await this.offer(onProgress, begun, false)).whole
  }

  /**
   * The same; with `whileWritten` a new snapshot is given as soon as it begins to be written.
   * @param signal aborted when the slave has gone
   */
  async offer(
    onProgress: (bytes: number) => void,
    begun: BegunSnapshot | null,
    whileWritten: boolean,
    signal: AbortSignal = NEVER,
  ): Promise<OfferedSnapshot> {
    const { store } = this
    const isBeingWritten = begun !== null && store.snapshotDraft?.id === begun.snapshotId
    let { file, text } = isBeingWritten ? { file: null, text: '' } : this.choose(begun)
    if (file === null && store.snapshotDraft === null) {
      await this.gathering.join(signal)
      signal.throwIfAborted()
      ;({ file, text } = this.choose(begun))
    }
    if (file !== null) return offerWhole(this.hold(file, text))
    const startedAt = this.clock.now()
    const underWay = store.beginSnapshot((progress) => onProgress(progress.bytes))
    const whole = underWay.file.then((written) => {
      this.checkHistory(written)
      return this.hold(written, `persisted by a child process in ${this.clock.now() - startedAt} ms${text}`)
    })
    const draft = whileWritten ? await underWay.draft : null
    if (draft === null) return offerWhole(await whole)
    // Where the check fails, nobody else waits for it.
    whole.catch(() => undefined)
    this.checkHistory(draft)
    return offerDraft(draft, whole, `sent while a child process writes it${text}`)
  }

  /** Lets go of what is kept: its history is over. With a file: only of that one, which is of no use. */
  forget(file: SnapshotFile | null = null): void {
    this.kept.forget(file)
  }

  /** To be called when a setting has changed. */
  update(): void {
    this.kept.update()
    this.gathering.update()
  }

  [Symbol.dispose](): void {
    this.kept[Symbol.dispose]()
    this.gathering[Symbol.dispose]()
  }

  /** A file that is there and serves; or null, and why it is not the one that the slave has begun. */
  private choose(begun: BegunSnapshot | null): { file: SnapshotFile | null; text: string } {
    const { latestSnapshot } = this.store
    const files = [...(latestSnapshot === null ? [] : [latestSnapshot]), ...this.kept.files]
    const resumed = begun === null ? undefined : files.find(({ id }) => id === begun.snapshotId)
    const obstacle = begun === null ? null : this.obstacleToResuming(resumed, begun.bytes)
    if (resumed !== undefined && obstacle === null) {
      return { file: resumed, text: `the slave goes on at byte ${begun?.bytes}` }
    }
    const note = obstacle === null ? '' : `; not the one that the slave has begun, since ${obstacle}`
    const present = files.find((file) => this.obstacle(file) === null && this.journalSince(file) <= reuseLimit(file))
    if (present === undefined) return { file: null, text: note }
    const age = Math.max(0, Math.round((Date.now() - present.createdAt) / 1000))
    return { file: present, text: `the snapshot of ${age} s ago serves${note}` }
  }

  private checkHistory({ replicationId, offset }: Pick<SnapshotFile, 'replicationId' | 'offset'>): void {
    if (isPrefixOf(this.store.history, replicationId, offset)) return
    throw new Error(`the history has changed while the snapshot at offset ${offset} was made`)
  }

  private obstacleToResuming(file: SnapshotFile | undefined, bytes: number): string | null {
    if (file === undefined) return 'its file is no longer here'
    if (bytes > file.size) return `it has ${file.size} bytes and no ${bytes}`
    const obstacle = this.obstacle(file)
    if (obstacle !== null) return obstacle
    // What is there already is not sent again: the stream since may be as much longer.
    const limit = reuseLimit(file) + bytes
    const since = this.journalSince(file)
    return since <= limit ? null : `${since} bytes were written since, which is more than ${Math.floor(limit)}`
  }

  /** Why nobody can go on from a snapshot; null where one can. */
  private obstacle({ replicationId, offset }: SnapshotFile): string | null {
    const { journal, history } = this.store
    if (!isPrefixOf(history, replicationId, offset)) return 'its history is over'
    if (offset < journal.firstOffset) return `the journal begins at ${journal.firstOffset}, behind its offset`
    return offset > journal.readableOffset ? `the journal has not come to its offset` : null
  }

  private journalSince({ offset }: SnapshotFile): number {
    return this.store.journal.endOffset - offset
  }

  private hold(file: SnapshotFile, origin: string): HeldSnapshot {
    const reader = this.store.journal.reader(file.offset)
    const hold = this.store.holdSnapshot(file)
    this.kept.begin(file)
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
        // The reader is taken when the slave has stored the whole file.
        this.kept.end(file, !isReaderOurs)
        hold[Symbol.dispose]()
      },
    }
  }
}

const NEVER = new AbortController().signal
const zero = (): number => 0

/** A snapshot serves who has nothing of it while so many bytes of journal have come since, or fewer. */
function reuseLimit({ size }: SnapshotFile): number {
  return Math.max(size * REUSE_FRACTION, REUSE_MINIMUM_BYTES)
}
