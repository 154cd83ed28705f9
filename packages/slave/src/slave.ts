import { EventEmitter } from 'node:events'
import { Alarm, isServerSignature, step } from '@repl/protocol'
import type { ReachedOptions, Store } from '@repl/store'
import { DigestCheck, type Divergence } from './digest/digest-check.ts'
import { DigestRecord } from './digest/digest-record.ts'
import { MasterRefusedError, NotFollowingError, type SlaveError, storageError } from './errors.ts'
import {
  type FollowingAction,
  type FollowingInput,
  FollowingState,
  type MasterAddress,
} from './following/following-state.ts'
import {
  checkMasterAddress,
  readMasterAddress,
  type SavedMaster,
  saveMasterAddress,
} from './following/master-address-file.ts'
import { mayTakeOver } from './following/take-over.ts'
import { whenOnline } from './following/when-online.ts'
import { SlaveLink, type SlaveLinkOwner } from './link/slave-link.ts'
import type { SlaveLinkPhase } from './link/slave-link-contract.ts'
import type { SlaveEvents, SlaveProgress, SlaveState, SlaveStatistics } from './slave-events.ts'
import { type ResolvedSlaveOptions, resolveSlaveOptions, type SlaveOptions } from './slave-options.ts'
import { BrokenTransfer } from './transfer/broken-transfer.ts'

const STATES: { readonly [Phase in SlaveLinkPhase]: SlaveState } = {
  connecting: 'connecting',
  pinging: 'handshake',
  proving: 'handshake',
  synchronizing: 'sync',
  waiting: 'sync',
  transferring: 'transfer',
  streaming: 'connected',
  closed: 'connect',
}

/** Keeps a store an exact copy of a master's. */
export class Slave extends EventEmitter<SlaveEvents> implements AsyncDisposable {
  readonly store: Store
  /** May be changed at any time; holds from the next link on. */
  readonly options: ResolvedSlaveOptions
  /** 40 hexadecimal digits: the store's, new whenever it is opened. */
  readonly runId: string
  readonly #following: FollowingState
  readonly #alarm: Alarm
  #link: SlaveLink | null = null
  /** What is left of links that are over; a new one begins when it is done. */
  #ending: Promise<void> = Promise.resolve()
  /** Tells the attempt in hand from those that are over. */
  #attempt = 0
  #attempts = 0
  #state: SlaveState = 'none'
  #isOnline = false
  #isClosed = false
  #lastError: SlaveError | null = null
  #progress: SlaveProgress | null = null
  #downSince: number | null = null
  #lastIoAt = 0
  #transferIoAt = 0
  /** The copy is known to be wrong, so that only a snapshot helps. */
  #isCopyUnusable = false
  #adoption: Promise<void> | null = null
  #isAdopting = false
  readonly #broken: BrokenTransfer
  #fullSynchronizations = 0
  #partialSynchronizations = 0
  #bytesReceived = 0
  readonly #digestCheck: DigestCheck
  readonly #digestRecord = new DigestRecord()
  #queuePlace = 0
  /** The node that is followed from here on is still to become the master. */
  #isHandingOver = false
  /** Also where it lacks something. */
  #acceptsLoss = false

  /** @throws RangeError for an option out of its range. */
  constructor(store: Store, options: SlaveOptions = {}) {
    super()
    this.store = store
    this.options = resolveSlaveOptions(options)
    const { clock, retryPeriod } = this.options
    this.#broken = new BrokenTransfer(store, this.options, (error) => this.#report(error))
    this.runId = store.runId
    this.#following = new FollowingState(retryPeriod)
    this.#digestCheck = new DigestCheck({
      store,
      now: () => clock.now(),
      memoryPeriod: () => this.options.memoryCheckPeriod,
      onChecked: (offset, isOfMemory) => this.#digestRecord.noteEqual(offset, isOfMemory),
      onDivergence: (divergence) => this.#onDivergence(divergence),
    })
    this.#alarm = new Alarm(clock, () => this.#handle({ type: 'tick' }))
    store.on('readable', this.#onJournalMoved)
    store.on('durable', this.#onJournalMoved)
    store.on('journalFailed', this.#onJournalFailed)
    store.on('journalHealed', this.#onJournalHealed)
  }

  /** The master that is followed, reached or not. */
  get master(): MasterAddress | null {
    return this.#following.master
  }

  /** Looks at the time again, after `options` have changed. */
  refresh(): void {
    this.#link?.dispatch({ type: 'tick' })
  }

  get state(): SlaveState {
    return this.#state
  }

  /** Whether the link stands and has brought all that the master had when its stream began. */
  get isOnline(): boolean {
    return this.#isOnline
  }

  /** Why the last attempt or link failed; null since the slave was last online. */
  get lastError(): SlaveError | null {
    return this.#lastError
  }

  /** How far the transfer is; null where there is none. */
  get progress(): SlaveProgress | null {
    return this.#state === 'transfer' || this.#state === 'loading' ? this.#progress : null
  }

  /** When the last piece of a snapshot came; unix milliseconds, 0 for never. */
  get transferIoAt(): number {
    return this.#transferIoAt
  }

  /** When the master was last heard; unix milliseconds, 0 for never. */
  get lastIoAt(): number {
    return this.#link?.lastIoAt || this.#lastIoAt
  }

  /** Since when the slave has not been in step with its master; null while it is, or follows nobody. */
  get downSince(): number | null {
    return this.#downSince
  }

  get statistics(): SlaveStatistics {
    return {
      attempts: this.#attempts,
      fullSynchronizations: this.#fullSynchronizations,
      partialSynchronizations: this.#partialSynchronizations,
      bytesReceived: this.#bytesReceived,
      digestChecks: this.#digestRecord.checks,
      digestMismatches: this.#digestRecord.mismatches,
      memoryChecks: this.#digestRecord.memoryChecks,
    }
  }

  /** The offset at which the data set was last found equal to the master's; -1 for never. */
  get lastCheckedOffset(): number {
    return this.#digestRecord.lastEqualOffset
  }

  /**
   * Reads your writes: resolves with true when this node shows what the master had written at `offset` (its
   * `store.offset` after the write), or with false when `timeout` ms are over first.
   */
  reached(offset: number, options: ReachedOptions = {}): Promise<boolean> {
    return this.store.reached(offset, options)
  }

  /** The last difference that was found; null where none was. */
  get lastDivergence(): Divergence | null {
    return this.#digestRecord.lastDivergence
  }

  /** The place in the master's line for a transfer, 1 for next; 0 where the slave waits in none. */
  get queuePlace(): number {
    return this.#state === 'sync' ? this.#queuePlace : 0
  }

  /**
   * Follows a master, in place of another or of none: its address is saved at once, the rest goes on by itself.
   * @param options.takeOver the one at that address is a slave of this node, and is asked to become the master first
   *   (see the events `handedOver` and `takeOverRefused`); until it has, there is none
   * @param options.acceptsLoss it may also do so where it lacks some of what this node has, which is lost then
   */
  slaveof(host: string, port: number, options?: { takeOver?: boolean; acceptsLoss?: boolean }): void
  /** Follows no one: ends whatever goes on, in any state, and takes writes from here on. */
  slaveof(none: null): void
  slaveof(host: string | null, port?: number, options: { takeOver?: boolean; acceptsLoss?: boolean } = {}): void {
    if (this.#isClosed) throw new NotFollowingError('the slave is closed')
    const master = host === null ? null : checkMasterAddress(host, port)
    const startedAt = this.options.clock.now()
    const isHandingOver = master !== null && (options.takeOver ?? false)
    const saved = this.#save(isHandingOver ? { ...master, takeOver: true } : master)
    if (master !== null) {
      const text = `${master.host}:${master.port} ${saved ? 'saved on disk' : 'kept in memory'}`
      this.emit('step', step(1, startedAt, this.options.clock.now(), 0, text))
    }
    this.#isHandingOver = isHandingOver
    this.#acceptsLoss = options.acceptsLoss ?? false
    this.#handle({ type: 'slaveof', master })
  }

  /**
   * Takes the place of the master, which asks for it and has stopped writing: for a Master's option `takeOver`. When
   * it resolves, all that this node has is durable and it is the master.
   * @param offset the end of the master's history
   * @throws TakeOverRefusedError where the master's history is not the one that this node follows, or not all of it is
   *   here: this node may have lost the end when it was killed
   */
  async takeOver(replicationId: string, offset: number): Promise<void> {
    const { store } = this
    if (!mayTakeOver(store, replicationId, offset)) return
    await store.whenDurable()
    this.slaveof(null)
    await store.promote()
  }

  /**
   * Follows the master whose address was saved before the restart, if one was.
   * @returns the address, or null
   * @throws MasterAddressDamagedError
   */
  restore(): MasterAddress | null {
    const master = this.store.isPersistent ? readMasterAddress(this.store.disk, this.store.directory) : null
    if (master === null) return null
    const { host, port, takeOver = false } = master
    this.slaveof(host, port, { takeOver })
    // Nobody is left who could call the hand-over off: then it is a master like any other.
    if (takeOver) this.once('takeOverRefused', () => this.#endHandover())
    return { host, port }
  }

  /**
   * Resolves when the slave is online, at once if it is. Failures in between are tried again and don't reject it.
   * Rejects with NotFollowingError where it follows no one (any more), or with the signal's reason.
   */
  online(options: { signal?: AbortSignal } = {}): Promise<void> {
    return whenOnline(this, options.signal ?? null)
  }

  /**
   * Stops following without becoming a master: the store stays a slave's, and the saved address stays. No timer,
   * socket or file operation is left when it resolves. Idempotent.
   */
  async close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true
      this.#alarm[Symbol.dispose]()
      this.store.off('readable', this.#onJournalMoved)
      this.store.off('durable', this.#onJournalMoved)
      this.store.off('journalFailed', this.#onJournalFailed)
      this.store.off('journalHealed', this.#onJournalHealed)
      this.#endLink(false)
      this.#setState('none')
    }
    await this.#ending
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #handle(input: FollowingInput): void {
    try {
      for (const action of this.#following.handle(input, this.options.clock.now())) this.#perform(action)
    } finally {
      if (!this.#isClosed) this.#alarm.set(this.#following.deadline)
      this.#updateState()
    }
  }

  #perform(action: FollowingAction): void {
    switch (action.type) {
      case 'stop':
        this.#endLink(action.discard)
        return
      case 'promote':
        this.#promote()
        return
      case 'attempt':
        this.#begin(action.master)
    }
  }

  /** At once where nothing is in the way; a snapshot that the store is just taking over is finished first. */
  #promote(): void {
    const attempt = this.#attempt
    this.#downSince = null
    this.#lastError = null
    this.#isCopyUnusable = false
    const report = (error: unknown) => this.#report(storageError('the slave can not become a master', error))
    const promotion = this.#isAdopting
      ? this.#ending.then(() => (attempt === this.#attempt ? this.store.promote() : false))
      : this.store.promote()
    this.#adoption = null
    this.#ending = Promise.all([this.#ending, promotion]).then(() => undefined, report)
  }

  #begin(master: MasterAddress): void {
    const attempt = ++this.#attempt
    this.#attempts++
    this.#downSince ??= this.options.clock.now()
    try {
      this.store.follow()
    } catch (error) {
      // The disk may be full. As with every other failure, the next tick tries again.
      this.#handle({ type: 'ended' })
      this.#report(storageError('the slave can not write down that it is one', error))
      return
    }
    // Files of the link before may still be closing.
    const begun = this.#ending.then(() => this.#broken.find(this.#transferIoAt))
    this.#ending = begun.then(() => undefined)
    void begun.then((begun) => {
      if (attempt !== this.#attempt || this.master === null || this.#isClosed) return
      const { options } = this
      this.#link = new SlaveLink(
        {
          master: `${master.host}:${master.port}`,
          password: options.password,
          capabilities: options.compression ? ['zstd', 'digest', 'queue'] : ['digest', 'queue'],
          clientNonce: options.randomBytes(24).toString('base64'),
          announcedHost: options.announcedHost,
          announcedPort: options.announcedPort,
          runId: this.runId,
          takeOver: this.#isHandingOver,
          acceptsLoss: this.#acceptsLoss,
          begun,
          get timeout() {
            return options.timeout
          },
          acknowledgementPeriod: options.acknowledgementPeriod,
          position: () => ({
            replicationId: this.#isCopyUnusable ? '' : this.store.history.replicationId,
            former: this.#isCopyUnusable ? [] : this.store.history.former,
            received: this.store.offset,
            applied: this.store.appliedOffset,
            durable: this.store.journal.durableOffset,
          }),
          isServerSignature,
        },
        this.#ownerOfLink(master, attempt, begun !== null),
        this.#adoption !== null,
      )
      this.#updateState()
    })
  }

  #ownerOfLink(master: MasterAddress, attempt: number, hasBegun: boolean): SlaveLinkOwner {
    const { clock, retryPeriod, compression } = this.options
    return {
      clock,
      store: this.store,
      retryPeriod,
      compression,
      loadsWhileReceiving: () => {
        const { disklessLoad } = this.options
        return disklessLoad === 'swapdb' || (disklessLoad === 'on-empty-db' && this.store.dataSet.size === 0)
      },
      connect: () => this.options.connect(master),
      onStep: (step) => this.emit('step', step),
      onChange: () => this.#updateState(),
      onDecision: (kind, reason) => {
        if (kind === 'partial') {
          this.#partialSynchronizations++
          // Nobody needs the rest of a snapshot any more.
          if (hasBegun) this.#discardBroken()
        } else {
          this.#fullSynchronizations++
          this.emit('fullSynchronization', reason)
        }
        if (!this.#isHandingOver) return
        this.#endHandover()
        this.emit('handedOver')
      },
      onProgress: (bytes, size) => {
        this.#progress = { bytes, size }
        this.#transferIoAt = clock.now()
        this.#updateState()
        this.emit('progress', this.#progress)
      },
      onBytesReceived: (bytes) => {
        this.#bytesReceived += bytes
      },
      onAdopted: (loaded) => this.#watch(loaded),
      onOnline: () => this.#onOnline(),
      onDigestsPromised: () => this.#digestCheck.begin(),
      onDigest: (offset, digest) => this.#digestCheck.compare(offset, digest),
      onQueued: (place) => {
        this.#queuePlace = place
        this.emit('queued', place)
      },
      onCopyUnusable: () => {
        this.#isCopyUnusable = true
      },
      onFailed: (error) => this.#onLinkFailed(error, attempt),
    }
  }

  /** Waits for a snapshot to be loaded, which goes on although its link breaks. */
  #watch(loaded: Promise<void>): void {
    this.#isCopyUnusable = false
    this.#adoption = loaded
    loaded.then(
      () => {
        if (this.#adoption !== loaded) return
        this.#adoption = null
        this.#link?.dispatch({ type: 'loaded' })
      },
      (error: unknown) => {
        if (this.#adoption !== loaded) return
        this.#adoption = null
        if (this.master === null || this.#isClosed) return
        // Memory shows the old data and the journal belongs to the new: only another snapshot brings them together.
        this.#isCopyUnusable = true
        const failure = storageError("the snapshot can't be loaded", error)
        if (this.#link === null) this.#report(failure)
        else this.#link.dispatch({ type: 'failed', error: failure })
      },
    )
  }

  #onDivergence(divergence: Divergence): void {
    // The copy that was compared may be replaced already.
    if (this.master === null || this.#isClosed || this.#isCopyUnusable || this.store.isLoading) return
    const error = this.#digestRecord.noteDivergence(divergence)
    this.emit('divergence', divergence)
    if (this.options.digestMismatchAction === 'none') {
      this.#report(error)
      return
    }
    this.#isCopyUnusable = true
    if (this.#link === null) this.#report(error)
    else this.#link.dispatch({ type: 'failed', error })
  }

  #onOnline(): void {
    this.#isOnline = true
    this.#lastError = null
    this.#downSince = null
    this.#updateState()
    this.emit('online')
  }

  #onLinkFailed(error: SlaveError, attempt: number): void {
    if (attempt !== this.#attempt) return
    this.#lastError = error
    this.#endLink(false)
    this.#downSince ??= this.options.clock.now()
    this.#handle({ type: 'ended' })
    this.#report(error)
    const isRefused = error instanceof MasterRefusedError && error.code.startsWith('TAKE_OVER_')
    if (this.#isHandingOver && isRefused) this.emit('takeOverRefused', error)
  }

  #endLink(discard: boolean): void {
    const link = this.#link
    this.#queuePlace = 0
    if (this.master === null || this.#isClosed) this.#digestCheck[Symbol.dispose]()
    this.#attempt++
    this.#isOnline = false
    if (link !== null) this.#stopLink(link, discard)
    // What an earlier link had received would only be of use to another link to the same master.
    if (discard) this.#discardBroken()
  }

  #stopLink(link: SlaveLink, discard: boolean): void {
    this.#link = null
    this.#lastIoAt = link.lastIoAt || this.#lastIoAt
    this.#isAdopting = link.isAdopting
    const ending = link.stop(discard).then(() => {
      this.#isAdopting = false
    })
    this.#ending = Promise.all([this.#ending, ending]).then(
      () => undefined,
      (error: unknown) => this.#report(storageError('the file of a broken transfer', error)),
    )
  }

  #discardBroken(): void {
    this.#ending = this.#ending.then(() => this.#broken.discard())
  }

  #endHandover(): void {
    this.#isHandingOver = false
    this.#save(this.master)
  }

  #save(master: SavedMaster | null): boolean {
    if (!this.store.isPersistent) return false
    try {
      saveMasterAddress(this.store.disk, this.store.directory, master)
      return true
    } catch (error) {
      // Following goes on: an address that a restart forgets is better than no copy at all.
      this.#report(storageError("the master's address can't be saved", error))
      return false
    }
  }

  #updateState(): void {
    if (!this.#isClosed) this.#setState(this.#currentState())
  }

  #currentState(): SlaveState {
    if (this.master === null) return 'none'
    if (this.#link === null) return this.#following.isAttempting ? 'connecting' : 'connect'
    const state = STATES[this.#link.phase]
    return state === 'connected' && this.#adoption !== null ? 'loading' : state
  }

  #setState(state: SlaveState): void {
    if (state === this.#state) return
    this.#state = state
    this.emit('state', state)
  }

  readonly #onJournalMoved = (): void => this.#link?.wake()

  readonly #onJournalFailed = (error: Error): void => {
    if (this.master !== null) this.#report(storageError("the slave's journal can't be written", error))
  }

  readonly #onJournalHealed = (): void => {
    if (this.#isOnline) this.#lastError = null
    this.#link?.wake()
  }

  /** An 'error' event that nobody listens to would end the process. */
  #report(error: SlaveError): void {
    this.#lastError = error
    if (this.listenerCount('error') > 0) this.emit('error', error)
  }
}
