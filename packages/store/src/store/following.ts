import type { Journal } from '../journal/journal.ts'
import {
  IncomingSnapshot,
  type IncomingSnapshotDescription,
  removeIncomingParts,
} from '../persistence/incoming-snapshot.ts'
import type { SnapshotFile } from '../persistence/snapshot-file.ts'
import { Adoption } from './adoption.ts'
import type { DataSet } from './data-set.ts'
import type { Executor } from './executor.ts'
import { branchHistory, continueHistory, type FormerHistory, type History, type ReplicationId } from './history.ts'
import type { NodeFiles } from './node-files.ts'
import type { SnapshotKeeper } from './snapshot-keeper.ts'
import { StagedSnapshot } from './staged-snapshot.ts'
import { StoreError } from './store-error.ts'
import type { ResolvedStoreOptions } from './store-options.ts'
import { StreamApplier } from './stream-applier.ts'
import { StreamAssembler } from './stream-assembler.ts'

/** What a client that waits for keys is told when the node becomes a slave, in Redis's words. */
const UNBLOCKED_BY_ROLE = 'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)'

/** What following needs of its store. */
export interface FollowingOwner {
  readonly options: ResolvedStoreOptions
  readonly files: NodeFiles
  readonly executor: Executor
  readonly snapshots: SnapshotKeeper
  readonly isClosed: boolean
  /** The present journal; another one takes its place with a snapshot. */
  journal: Journal
  /** Memory shows other data from here on. */
  onDataSet(dataSet: DataSet): void
  /** Memory shows the stream farther than before. */
  onApplied(): void
  onRole(isReadOnly: boolean): void
  onHistory(history: History): void
  onSnapshotFailed(error: Error): void
}

/** What makes a store a slave or a master: its role, the stream that it takes, and the snapshots that it adopts. */
export class Following {
  readonly #owner: FollowingOwner
  readonly #assembler = new StreamAssembler()
  readonly #applier: StreamApplier
  #adoption: Adoption | null = null
  /** What is loaded of snapshots that are being received; each ends with its snapshot. */
  readonly #staged = new WeakMap<IncomingSnapshot, StagedSnapshot>()
  /** A snapshot is being made this node's state on disk. */
  #adopting: Promise<Adoption> | null = null
  /** The promotion that waits for the end of a loading; another one, or `follow`, takes its place. */
  #promoting: symbol | null = null

  constructor(owner: FollowingOwner) {
    this.#owner = owner
    this.#applier = new StreamApplier(owner.executor)
  }

  /** Whether memory still shows the data from before a snapshot that has been adopted. */
  get isLoading(): boolean {
    return this.#adoption !== null
  }

  /** Whether a snapshot is being adopted or loaded, so that what memory shows is not what the files will be. */
  get isChangingOver(): boolean {
    return this.#adoption !== null || this.#adopting !== null
  }

  /** How much of the stream the data in memory shows. */
  get appliedOffset(): number {
    return this.#adoption?.appliedOffset ?? this.#owner.journal.endOffset
  }

  follow(): void {
    const { executor, files } = this.#owner
    this.#promoting = null
    if (executor.isReadOnly) return
    files.commitRole(true, files.history)
    executor.isReadOnly = true
    executor.waitingClients.releaseAll(UNBLOCKED_BY_ROLE)
    this.#owner.onRole(true)
  }

  async promote(): Promise<boolean> {
    const owner = this.#owner
    const { executor, files, options } = owner
    this.#assembler.discard()
    const promotion = Symbol('promotion')
    this.#promoting = promotion
    // Where it fails, nothing has changed.
    if (this.#adopting !== null) await this.#adopting.catch(() => undefined)
    const adoption = this.#adoption
    if (adoption !== null) await (adoption.hasFailed ? this.#load(adoption.file) : adoption).loaded
    if (this.#promoting !== promotion || owner.isClosed) return false
    this.#promoting = null
    if (!executor.isReadOnly) return true
    const history = branchHistory(files.history, owner.journal.endOffset)
    files.commitRole(false, history)
    executor.isReadOnly = false
    owner.onRole(false)
    owner.onHistory(history)
    // One that can't be removed does no harm, and goes when the next one begins.
    if (!executor.isReadOnly) await removeIncomingParts(files.directory, options.disk).catch(() => undefined)
    return true
  }

  continueHistory(replicationId: ReplicationId, former: readonly FormerHistory[]): void {
    const { files, journal } = this.#owner
    const before = files.history
    const history = continueHistory(before, { replicationId, former }, journal.endOffset)
    if (history === before) return
    files.commitRole(true, history)
    // Those who are fed from here know all they need where only earlier ids became known.
    if (history.replicationId !== before.replicationId) this.#owner.onHistory(history)
  }

  applyStream(piece: Buffer): number {
    const { journal } = this.#owner
    const bytes = this.#assembler.add(piece)
    if (bytes === null) return journal.endOffset
    if (this.#adoption !== null) {
      journal.appendEncoded(bytes, 0, bytes.length)
    } else {
      try {
        this.#applier.apply(bytes, 0, bytes.length)
      } finally {
        // Memory and journal agree even where a command in the middle can't be applied.
        if (this.#applier.position > 0) journal.appendEncoded(bytes, 0, this.#applier.position)
      }
    }
    this.#owner.onApplied()
    return journal.endOffset
  }

  discardIncomplete(): void {
    this.#assembler.discard()
  }

  async receive(description: IncomingSnapshotDescription, loads: boolean): Promise<IncomingSnapshot> {
    const { executor, files, options } = this.#owner
    const incoming = await IncomingSnapshot.open(files.directory, description, options.disk)
    if (loads) this.#staged.set(incoming, new StagedSnapshot(options.disk, incoming, executor.dataSet.limits))
    return incoming
  }

  async adopt(incoming: IncomingSnapshot): Promise<Adoption> {
    const adopting = this.#adopt(incoming)
    this.#adopting = adopting
    try {
      return await adopting
    } finally {
      if (this.#adopting === adopting) this.#adopting = null
    }
  }

  /**
   * Stops loading. What was begun stays: memory still shows the old data, and no snapshot may be made of that, until
   * the next one is loaded.
   */
  async cancelLoading(reason: Error): Promise<void> {
    await this.#adoption?.cancel(reason)
  }

  async #adopt(incoming: IncomingSnapshot): Promise<Adoption> {
    const owner = this.#owner
    const { executor, files, snapshots } = owner
    using _place = await snapshots.reserve(incoming.path)
    const file = await incoming.complete()
    await this.cancelLoading(new Error('another snapshot is adopted'))
    snapshots.abort(new Error('a snapshot from the master is adopted'))
    await snapshots.settled()
    if (owner.isClosed) throw new StoreError('STORE_CLOSED', 'the store is closed')
    if (!executor.isReadOnly) throw new StoreError('NOT_FOLLOWING', 'only a slave takes the snapshot of a master')
    const previous = owner.journal
    owner.journal = await files.beginJournal(file, incoming.description.former ?? [])
    this.#assembler.discard()
    const adoption = this.#load(file, this.#staged.get(incoming) ?? null)
    owner.onHistory(files.history)
    // What is done is done, whether the file gets its second name and the old journal goes, or not.
    await snapshots.replaceLatest(file).catch((error: Error) => owner.onSnapshotFailed(error))
    await files.removeJournal(previous).catch(() => undefined)
    return adoption
  }

  /** A loading that fails stays: memory is then not what is on disk, and the stream goes to the journal only. */
  #load(file: SnapshotFile, staged: StagedSnapshot | null = null): Adoption {
    const { executor, journal, options } = this.#owner
    const { limits } = executor.dataSet
    const adoption = new Adoption(options.disk, file, journal, limits, staged, (dataSet, streamDatabase) => {
      executor.dataSet = dataSet
      executor.streamDatabase = streamDatabase
      this.#adoption = null
      this.#owner.onDataSet(dataSet)
      this.#owner.onApplied()
    })
    this.#adoption = adoption
    return adoption
  }
}
