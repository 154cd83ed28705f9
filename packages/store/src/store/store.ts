import { randomBytes } from 'node:crypto'
import { EventEmitter } from 'node:events'
import type { ChildLauncher } from '../children/child-launcher.ts'
import { ProcessLauncher } from '../children/process-launcher.ts'
import type { CompactLimits } from '../collections/compact-limits.ts'
import type { Command } from '../commands/command.ts'
import { CommandArguments } from '../commands/command-arguments.ts'
import type { CommandContext } from '../commands/command-context.ts'
import { CommandLookup } from '../commands/command-lookup.ts'
import { storeCommands } from '../commands/command-table.ts'
import type { Reply } from '../commands/reply.ts'
import { ReplyError, type ReplyValue, ValueReply } from '../commands/value-reply.ts'
import type { Disk } from '../disk/disk.ts'
import type { FsyncPolicy, Journal } from '../journal/journal.ts'
import type { JournalRetention } from '../journal/journal-retention.ts'
import {
  findIncomingPart,
  type IncomingSnapshot,
  type IncomingSnapshotDescription,
  removeIncomingParts,
} from '../persistence/incoming-snapshot.ts'
import type { SnapshotDraft, SnapshotFile } from '../persistence/snapshot-file.ts'
import type { PersistingProgress } from '../persistence/snapshot-persister.ts'
import { isSnapshotSound } from '../persistence/snapshot-soundness.ts'
import type { Adoption } from './adoption.ts'
import { AppliedWaiters, type ReachedOptions } from './applied-waiters.ts'
import type { DataSet } from './data-set.ts'
import { digestDataSet, RunningDataSetDigest } from './data-set-digest.ts'
import { Executor, type KeyspaceListener, type MessageListener } from './executor.ts'
import { Following } from './following.ts'
import type { FormerHistory, History, ReplicationId } from './history.ts'
import { NodeFiles, type RecoveredState } from './node-files.ts'
import { type PersistenceStatus, SnapshotKeeper, type SnapshotUnderWay } from './snapshot-keeper.ts'
import { StoreError } from './store-error.ts'
import type { StoreEvents } from './store-events.ts'
import { type ResolvedStoreOptions, resolveStoreOptions, type StoreOptions } from './store-options.ts'
import { Upkeep } from './upkeep.ts'
import type { WaitingClient, WaitingClients } from './waiting-clients.ts'
import type { Watch } from './watched-keys.ts'

/** What a write on a slave is answered with, in Redis's words. */
export const READONLY_REFUSAL = "READONLY You can't write against a read only replica."

/** What a write is answered with while the roles of master and slave change. */
export const HELD_REFUSAL = 'TRYAGAIN the master hands over to a slave: write again in a moment'

const commands = new CommandLookup(storeCommands.values())

/**
 * One node's state: the data in memory, the journal and snapshots that make it durable, and the history that it is a
 * prefix of. Knows nothing of the network; a Master and a Slave attach to it.
 */
export class Store extends EventEmitter<StoreEvents> implements AsyncDisposable {
  readonly options: ResolvedStoreOptions
  /** Tells this opened store from all others: 40 hexadecimal digits. A chain of nodes knows its members by it. */
  readonly runId = randomBytes(20).toString('hex')
  /**
   * Asked before every write of a client of a master: the error to refuse it with, or null. A master sets it, for
   * writes that too few slaves would get.
   */
  writeGuard: (() => string | null) | null = null
  /** Starts the processes of this store, and of a master that is attached to it. Closed with the store. */
  readonly children: ChildLauncher
  readonly #files: NodeFiles
  readonly #executor: Executor
  readonly #following: Following
  readonly #snapshots: SnapshotKeeper
  readonly #upkeep: Upkeep
  readonly #valueReply = new ValueReply()
  #journal: Journal
  readonly #appliedWaiters = new AppliedWaiters()
  #digest: RunningDataSetDigest | null = null
  #digestUsers = 0
  #isClosed = false
  #upstream: readonly string[] = []
  #writeHolds = 0
  #isExpiryHeld = false

  /**
   * Opens a store and recovers what its folder holds: the snapshot, then the journal from its offset.
   * @throws StoreError STORE_LOCKED, NO_GOOD_SNAPSHOT; JournalDamagedError; ManifestDamagedError. Nothing is changed
   *   on disk then.
   */
  static async open(options: StoreOptions = {}): Promise<Store> {
    const resolved = resolveStoreOptions(options)
    const files = await NodeFiles.open(resolved)
    let store: Store | null = null
    const children = resolved.children ?? new ProcessLauncher((error) => store?.emit('launcherDied', error))
    try {
      // Now, before the data makes this process large. Without a folder only a master has need of it.
      if (resolved.dir !== null) children.prepare()
      store = new Store(resolved, children, files, await files.recover())
      return store
    } catch (error) {
      await children.close()
      await files.close(null)
      throw error
    }
  }

  private constructor(
    options: ResolvedStoreOptions,
    children: ChildLauncher,
    files: NodeFiles,
    recovered: RecoveredState,
  ) {
    super()
    this.options = options
    this.children = children
    this.#files = files
    this.#executor = new Executor(recovered.dataSet, recovered.streamDatabase)
    this.#executor.isReadOnly = files.isFollowing
    this.#journal = recovered.journal
    this.#attachJournal(recovered.journal)
    const store = this
    this.#snapshots = new SnapshotKeeper(
      {
        children,
        disk: options.disk,
        directory: files.directory,
        get dataSet() {
          return store.#executor.dataSet
        },
        get journal() {
          return store.#journal
        },
        get replicationId() {
          return store.history.replicationId
        },
        get streamDatabase() {
          return store.#executor.streamDatabase
        },
        commit: async (file, older) => files.commitSnapshot(file, older),
      },
      recovered.snapshot,
      recovered.olderSnapshots,
    )
    this.#following = new Following({
      options,
      files,
      executor: this.#executor,
      snapshots: this.#snapshots,
      get isClosed() {
        return store.#isClosed
      },
      get journal() {
        return store.#journal
      },
      set journal(journal) {
        store.#journal = journal
        store.#attachJournal(journal)
      },
      onDataSet: (dataSet) => {
        if (this.#digest === null) return
        this.#digest[Symbol.dispose]()
        this.#digest = new RunningDataSetDigest(dataSet)
      },
      onApplied: () => this.#appliedWaiters.check(this.appliedOffset),
      onRole: (isReadOnly) => this.emit('role', isReadOnly),
      onHistory: (history) => this.emit('history', history),
      onSnapshotFailed: (error) => this.emit('snapshotFailed', error),
    })
    this.#upkeep = new Upkeep(this.#executor)
  }

  /** The folder of the files; a temporary one where the store was opened without `dir`. */
  get directory(): string {
    return this.#files.directory
  }

  /** Where the files are; whoever keeps one of its own beside them goes through it too. */
  get disk(): Disk {
    return this.options.disk
  }

  /** Whether the store keeps its data across restarts. */
  get isPersistent(): boolean {
    return this.options.dir !== null
  }

  get history(): History {
    return this.#files.history
  }

  /** The end of this node's stream: the offset of the first byte that it lacks. */
  get offset(): number {
    return this.#journal.endOffset
  }

  /** Up to where collections stay compact; a change holds for the writes that follow. */
  get limits(): CompactLimits {
    return this.#executor.dataSet.limits
  }

  /** How much of the stream the data in memory shows; less than `offset` only while a snapshot is being loaded. */
  get appliedOffset(): number {
    return this.#following.appliedOffset
  }

  /** The stream. Another one after a full resynchronisation, see the event `history`. */
  get journal(): Journal {
    return this.#journal
  }

  /** Whether this node is a slave: only the stream of its master changes it. */
  get isReadOnly(): boolean {
    return this.#executor.isReadOnly
  }

  /** Whether the data set of a full resynchronisation is being loaded; reads still see the old one. */
  get isLoading(): boolean {
    return this.#following.isLoading
  }

  /** The data, for whoever reads it without a command: digests, snapshots, statistics. */
  get dataSet(): DataSet {
    return this.#executor.dataSet
  }

  /** Counters for INFO. */
  get statistics(): Pick<Executor, 'changes' | 'expiredKeys' | 'keyspaceHits' | 'keyspaceMisses'> {
    return this.#executor
  }

  get appendfsync(): FsyncPolicy {
    return this.#journal.fsync
  }

  set appendfsync(policy: FsyncPolicy) {
    this.#files.fsync = policy
    this.#journal.fsync = policy
  }

  /**
   * Carries out one command of a client. A write that may not be is answered with READONLY or MISCONF and changes
   * nothing. The number of arguments has been checked against the arity.
   * @param database the one that the client has selected
   * @param client who may wait for keys; without one nobody waits
   */
  execute(
    command: Command<CommandContext>,
    args: CommandArguments,
    reply: Reply,
    database = 0,
    client: WaitingClient | null = null,
  ): void {
    const refusal = command.propagation === 'none' ? null : this.writeRefusal
    if (refusal !== null) reply.error(refusal)
    else this.#executor.execute(command, args, reply, database, client)
  }

  /** Why no write may be carried out right now, as the error to answer one with; null where it may. */
  get writeRefusal(): string | null {
    if (this.#executor.isReadOnly) return READONLY_REFUSAL
    const { failure } = this.#journal
    if (failure !== null) return `MISCONF Errors writing to the AOF file: ${failure.message}`
    if (this.#writeHolds > 0) return HELD_REFUSAL
    return this.writeGuard === null ? null : this.writeGuard()
  }

  /** Whether the writes of clients are held: a server has them wait, and the store refuses them. */
  get areWritesHeld(): boolean {
    return this.#writeHolds > 0
  }

  /**
   * Lets nothing but a master's stream change the data or the stream, not even the clock, until the hold is disposed
   * of: the end of the stream stays where it is, so that a slave can reach it.
   */
  holdWrites(): Disposable {
    this.#writeHolds++
    this.#executor.isExpiryHeld = true
    let isHeld = true
    return {
      [Symbol.dispose]: () => {
        if (!isHeld) return
        isHeld = false
        this.#writeHolds--
        this.#executor.isExpiryHeld = this.#isExpiryHeld || this.#writeHolds > 0
      },
    }
  }

  /** The run ids of the nodes that the stream comes through, nearest first; none for a master. */
  get upstream(): readonly string[] {
    return this.#upstream
  }

  set upstream(runIds: readonly string[]) {
    const before = this.#upstream
    if (before.length === runIds.length && before.every((runId, i) => runId === runIds[i])) return
    this.#upstream = runIds
    this.emit('upstream')
  }

  /** Bytes of the stream kept in memory for partial resynchronisation. May be changed at any time. */
  get backlogBytes(): number {
    return this.#files.backlogBytes
  }

  /** How much of the journal stays on disk for slaves that were away. */
  get journalRetention(): JournalRetention {
    return this.#files.retention
  }

  set journalRetention(retention: JournalRetention) {
    this.#files.retention = retention
    this.#journal.retention = retention
  }

  set backlogBytes(bytes: number) {
    this.#files.backlogBytes = bytes
    this.#journal.memoryBytes = bytes
  }

  /**
   * Carries several commands out as one atomic unit: `action` calls `execute` for each, in this turn. What they write
   * is in the journal and on every slave as a whole or not at all.
   */
  inUnit(action: () => void): void {
    this.#executor.inUnit(action)
  }

  /** Adds a key to those that a client relies on: WATCH. */
  watch(watch: Watch, database: number, key: Buffer): void {
    this.#executor.watchedKeys.add(watch, database, key)
    this.#executor.observe(database)
  }

  /** Forgets what a client relies on. */
  unwatch(watch: Watch): void {
    this.#executor.watchedKeys.remove(watch)
  }

  /** Whether a key that was watched has changed or expired since. */
  isWatchBroken(watch: Watch): boolean {
    return this.#executor.watchedKeys.isBroken(watch)
  }

  /** The clients whose commands wait for keys. */
  get waitingClients(): Pick<WaitingClients, 'has' | 'release' | 'remove' | 'size'> {
    return this.#executor.waitingClients
  }

  /** Tells of what happens to keys: by the commands of clients and of the stream, and by the clock. */
  set keyspaceListener(listener: KeyspaceListener | null) {
    this.#executor.onKeyspaceEvent = listener
  }

  /** Has the listener also hear of keys asked for in vain, and of new ones. */
  reportKeyspaceEvents(ofMisses: boolean, ofNewKeys: boolean): void {
    this.#executor.reportEvents(ofMisses, ofNewKeys)
  }

  /** Gets the messages that a master's clients have published. */
  set messageListener(listener: MessageListener | null) {
    this.#executor.onMessage = listener
  }

  /**
   * Lets the stream carry a message (`PUBLISH channel message`) to the slaves' subscribers. Nothing on a slave, while
   * the disk refuses, and while writes are held.
   */
  propagateMessage(args: CommandArguments): void {
    if (!this.isReadOnly && this.#writeHolds === 0) this.#executor.propagateMessage(args)
  }

  /** While true nothing is deleted for its age, so that the data stays as it is while no client writes. */
  set isExpiryHeld(isHeld: boolean) {
    this.#isExpiryHeld = isHeld
    this.#executor.isExpiryHeld = isHeld || this.#writeHolds > 0
  }

  /**
   * Carries out a command from the application itself: `store.call('INCRBY', 'visits', 2)`.
   * @throws ReplyError where the command answers with an error
   */
  call(...words: readonly (string | Uint8Array | number)[]): ReplyValue {
    this.#refuseClosed()
    const args = CommandArguments.of(...words)
    const command = commands.find(args)
    const refusal = commands.refusal(args, command)
    if (refusal !== null || command === undefined) throw new ReplyError(refusal ?? 'ERR unknown command')
    const reply = this.#valueReply
    reply.reset()
    this.execute(command, args, reply)
    const value = reply.take()
    if (value instanceof ReplyError) throw value
    return value
  }

  /** The string at `key`, or null. @throws ReplyError WRONGTYPE */
  get(key: string | Uint8Array): Buffer | null {
    return this.call('GET', key) as Buffer | null
  }

  /** Sets a string, for good or for `expiresIn` ms. @throws ReplyError READONLY, MISCONF */
  set(key: string | Uint8Array, value: string | Uint8Array | number, options: { expiresIn?: number } = {}): void {
    if (options.expiresIn === undefined) this.call('SET', key, value)
    else this.call('SET', key, value, 'PX', options.expiresIn)
  }

  /** Deletes keys and returns how many there were. @throws ReplyError READONLY, MISCONF */
  delete(...keys: readonly (string | Uint8Array)[]): number {
    return keys.length === 0 ? 0 : (this.call('DEL', ...keys) as number)
  }

  /** Resolves when everything written so far is on disk, whatever `appendfsync` is. */
  whenDurable(offset = this.#journal.endOffset): Promise<void> {
    return this.#journal.whenDurable(offset)
  }

  // Snapshots

  /** The newest snapshot on disk. */
  get latestSnapshot(): SnapshotFile | null {
    return this.#snapshots.latest
  }

  /** Those before it that are still there: somebody holds them, or did so before the restart. */
  get olderSnapshots(): readonly SnapshotFile[] {
    return this.#snapshots.older
  }

  /** How persisting is going. */
  get persistence(): PersistenceStatus {
    return this.#snapshots.status
  }

  /** Persists a snapshot of this moment through a child process, or shares the one that is being made. */
  async persistSnapshot(onProgress?: (progress: PersistingProgress) => void): Promise<SnapshotFile> {
    return this.beginSnapshot(onProgress).file
  }

  /**
   * The same, for who reads the file while it is being written.
   * @throws StoreError STORE_CLOSED, SNAPSHOT_IN_THE_WAY
   */
  beginSnapshot(onProgress?: (progress: PersistingProgress) => void): SnapshotUnderWay {
    this.#refuseClosed()
    if (this.#following.isChangingOver) {
      // What memory shows then is not what the files will be.
      throw new StoreError('SNAPSHOT_IN_THE_WAY', 'no snapshot can be made while one from the master is being loaded')
    }
    return this.#snapshots.begin(onProgress)
  }

  /** The snapshot file that is being written; null where none is. */
  get snapshotDraft(): SnapshotDraft | null {
    return this.#snapshots.draft
  }

  /** Keeps the file of a snapshot on disk, though newer ones come, until the hold is disposed of. */
  holdSnapshot(file: SnapshotFile): Disposable {
    return this.#snapshots.hold(file)
  }

  /** Whether the file of a snapshot is as it was written: reads it all, in slices. False also where it can't be read. */
  isSnapshotSound(file: SnapshotFile): Promise<boolean> {
    return isSnapshotSound(file, this.options.disk)
  }

  /** Takes a damaged file for gone and persists another snapshot in its place, also where nothing was written since. */
  async replaceSnapshot(file: SnapshotFile): Promise<void> {
    this.#refuseClosed()
    await this.#snapshots.replace(file)
  }

  /**
   * Waits until the data in memory shows the stream up to an offset of the master's (its `offset` after a write): then
   * this node reads what was written. Resolves with false when the time is over first, or the store closed; at once on
   * a node that is no slave. An offset counts in one history: after a failover, ask the new master.
   */
  reached(offset: number, options: ReachedOptions = {}): Promise<boolean> {
    if (this.appliedOffset >= offset) return Promise.resolve(true)
    if (!this.isReadOnly || this.#isClosed) return Promise.resolve(false)
    return this.#appliedWaiters.wait(offset, options)
  }

  // Digests

  /** Keeps a running digest of the data set, which costs each write a few hashes of what it changes, until disposed of. */
  keepDigest(): Disposable {
    this.#refuseClosed()
    this.#digestUsers++
    this.#digest ??= new RunningDataSetDigest(this.dataSet)
    let isKept = true
    return {
      [Symbol.dispose]: () => {
        if (!isKept) return
        isKept = false
        if (--this.#digestUsers > 0) return
        this.#digest?.[Symbol.dispose]()
        this.#digest = null
      },
    }
  }

  /**
   * The digest of the data set at this moment, at `appliedOffset`: 32 hexadecimal digits, equal on two nodes exactly
   * when their data is. Null where none is kept, or what was there when `keepDigest` was called has not been read yet.
   */
  get digest(): string | null {
    return this.#digest?.present ?? null
  }

  /**
   * The same of this moment, though the promise settles later, without `keepDigest`: reads every byte in memory, so
   * that it notices memory that changed by itself.
   */
  digestMemory(): Promise<string> {
    return digestDataSet(this.dataSet)
  }

  // Following a master, see Following

  /** Becomes a slave: refuses the writes of clients and takes a master's stream. Remembered across restarts. */
  follow(): void {
    this.#refuseClosed()
    this.#following.follow()
  }

  /**
   * Becomes a master from here on: a new replication id at this offset; the old one stays valid up to it. While a
   * snapshot from the master is being adopted or loaded that waits for the end of the loading, since what is on disk
   * is the new state already; a loading that has failed is tried again.
   * @returns true once it is done; false where it was called off by `follow` or `close`
   * @throws the file system's error where the change can't be written down; the node stays a slave then
   */
  async promote(): Promise<boolean> {
    this.#refuseClosed()
    return this.#following.promote()
  }

  /**
   * Goes on under the master's present id, after a partial resynchronisation at the end of the own stream.
   * @param former the master's former ids: with them this node can feed whoever knows one of them
   */
  continueHistory(replicationId: ReplicationId, former: readonly FormerHistory[] = []): void {
    this.#refuseSlaveless()
    this.#following.continueHistory(replicationId, former)
  }

  /**
   * Takes the next piece of the master's stream into the journal and applies it. A command that is not whole yet
   * waits for the next piece.
   * @returns the offset up to which whole commands have been taken
   * @throws StoreError STREAM_DAMAGED, STREAM_COMMAND_UNKNOWN, CommandStreamError: only a full resynchronisation helps
   */
  applyStream(piece: Buffer): number {
    this.#refuseSlaveless()
    return this.#following.applyStream(piece)
  }

  /** Forgets the beginning of a command whose rest will not come: the link is down. */
  discardIncomplete(): void {
    this.#following.discardIncomplete()
  }

  /** What is there of a snapshot whose transfer broke; null where there is none. */
  begunSnapshot(): Promise<{ readonly snapshotId: string; readonly bytes: number } | null> {
    return findIncomingPart(this.directory, this.options.disk)
  }

  /** Removes that: nobody will ask for the rest. */
  discardBegunSnapshot(): Promise<void> {
    return removeIncomingParts(this.directory, this.options.disk)
  }

  /**
   * Begins, or goes on with, receiving the file of a snapshot.
   * @param options.loads whether it is loaded while it is received, beside what memory shows; false by default
   */
  async incomingSnapshot(
    description: IncomingSnapshotDescription,
    options: { loads?: boolean } = {},
  ): Promise<IncomingSnapshot> {
    this.#refuseSlaveless()
    return this.#following.receive(description, options.loads ?? false)
  }

  /**
   * Takes a received snapshot as this node's data. When the promise resolves, the file and an empty journal that
   * begins at its offset are this node's state on disk, and `applyStream` takes the stream from there. Memory shows
   * the old data until `loaded` resolves, and then the new, in one step. Where `loaded` rejects, only another
   * snapshot helps.
   * @throws IncomingSnapshotError where the file is not what was announced; nothing has changed then.
   */
  async adopt(incoming: IncomingSnapshot): Promise<Pick<Adoption, 'loaded'>> {
    this.#refuseSlaveless()
    return this.#following.adopt(incoming)
  }

  // Upkeep

  #attachJournal(journal: Journal): void {
    this.#executor.journal = journal
    journal.on('readable', () => {
      if (journal !== this.#journal) return
      this.emit('readable')
      this.#snapshotIfDue()
    })
    journal.on('durable', () => journal === this.#journal && this.emit('durable'))
    journal.on('error', (error) => journal === this.#journal && this.emit('journalFailed', error))
    journal.on('healed', () => journal === this.#journal && this.emit('journalHealed'))
  }

  /** Recovery reads the journal since the last snapshot: when that gets long, a new snapshot makes it short again. */
  #snapshotIfDue(): void {
    const { autoSnapshotBytes } = this.options
    if (!this.isPersistent || autoSnapshotBytes === 0 || this.#isClosed) return
    if (this.#following.isChangingOver) return
    const latest = this.#snapshots.latest
    const grown = this.#journal.endOffset - (latest?.offset ?? this.#files.journalStartOffset)
    if (grown < Math.max(autoSnapshotBytes, latest?.size ?? 0)) return
    if (!this.#snapshots.mayRunUnasked) return
    this.#snapshots.persist().catch((error: Error) => this.emit('snapshotFailed', error))
  }

  /** Closes the store: what was written is on disk when this resolves. Idempotent. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#executor.waitingClients.releaseAll('ERR the server ends')
    this.#upkeep[Symbol.dispose]()
    this.#snapshots.abort(new StoreError('STORE_CLOSED', 'the store was closed'))
    this.#digest?.[Symbol.dispose]()
    this.#appliedWaiters.giveUp()
    await this.#following.cancelLoading(new StoreError('STORE_CLOSED', 'the store was closed'))
    await this.#snapshots.settled()
    await this.children.close()
    await this.#files.close(this.#journal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #refuseClosed(): void {
    if (this.#isClosed) throw new StoreError('STORE_CLOSED', 'the store is closed')
  }

  #refuseSlaveless(): void {
    this.#refuseClosed()
    if (!this.isReadOnly) throw new StoreError('NOT_FOLLOWING', 'only a slave takes the stream or snapshot of a master')
  }
}
