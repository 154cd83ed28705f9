import type { Duplex } from 'node:stream'
import {
  Alarm,
  type AuthenticationChallengeMessage,
  answerChallenge,
  type Clock,
  connectLink,
  type MasterMessage,
  type MessageConnection,
  type SlaveMessage,
  type Step,
} from '@repl/protocol'
import type { Store } from '@repl/store'
import { MasterUnprovenError, type SlaveError, storageError } from '../errors.ts'
import { SnapshotTransfer } from '../transfer/snapshot-transfer.ts'
import type { SlaveLinkAction, SlaveLinkInput, SlaveLinkPhase, SlaveLinkSetup } from './slave-link-contract.ts'
import { SlaveLinkState } from './slave-link-state.ts'

/** While so many bytes of the stream wait for the local disk, nothing more is read from the master. */
export const PENDING_JOURNAL_LIMIT = 16 * 1024 * 1024

/** What a link needs of the slave that it belongs to. */
export interface SlaveLinkOwner {
  readonly clock: Clock
  readonly store: Store
  /** Between two connections for the same snapshot, in ms. */
  readonly retryPeriod: number
  readonly compression: boolean
  /** Whether a snapshot that begins now is loaded while it is received. */
  loadsWhileReceiving(): boolean
  /** Opens a connection to the master; it emits 'connect'. */
  connect(): Duplex
  onStep(step: Step): void
  /** A phase, an offset or the progress may have changed. */
  onChange(): void
  onDecision(kind: 'partial' | 'full', reason: string): void
  onProgress(bytes: number, size: number): void
  onBytesReceived(bytes: number): void
  onAdopted(loaded: Promise<void>): void
  onOnline(): void
  /** The master will have digests compared. */
  onDigestsPromised(): void
  /** The stream is at `offset`, where the master's data set has this digest. */
  onDigest(offset: number, digest: string): void
  /** Waits in the master's line; 1 is next. */
  onQueued(place: number): void
  /** The copy can't go on from where it is. */
  onCopyUnusable(): void
  /** The link is over; the connection is closed, and `stop` tells when everything else is. */
  onFailed(error: SlaveError): void
}

/** The I/O of one link: does what {@link SlaveLinkState} says. */
export class SlaveLink {
  readonly state: SlaveLinkState
  /** When the master was last heard, in ms; 0 for never. */
  lastIoAt = 0
  masterRunId = ''
  private readonly setup: SlaveLinkSetup
  private readonly owner: SlaveLinkOwner
  private readonly alarm: Alarm
  private readonly connection: MessageConnection<SlaveMessage, MasterMessage>
  private readonly queue: SlaveLinkInput[] = []
  private isDispatching = false
  private hasAgreedOnCompression = false
  private transfer: SnapshotTransfer | null = null
  private stopping: Promise<void> | null = null
  private roomWaiter: (() => void) | null = null

  /** Begins to connect. `isLoading`: the store still loads what came over an earlier link. */
  constructor(setup: SlaveLinkSetup, owner: SlaveLinkOwner, isLoading: boolean) {
    this.setup = setup
    this.owner = owner
    this.state = new SlaveLinkState(setup, owner.clock.now(), isLoading)
    this.alarm = new Alarm(owner.clock, () => this.dispatch({ type: 'tick' }))
    const stream = owner.connect()
    this.connection = connectLink(stream, {
      onMessage: (message) => {
        this.lastIoAt = owner.clock.now()
        this.dispatch({ type: 'message', message })
        return this.waitForRoom()
      },
      onClose: (error) => this.dispatch({ type: 'disconnected', error }),
    })
    stream.once('connect', () => this.dispatch({ type: 'opened' }))
    this.alarm.set(this.state.deadline)
  }

  get phase(): SlaveLinkPhase {
    return this.state.phase
  }

  /** Feeds the link's state machine and does what it says. */
  dispatch(input: SlaveLinkInput): void {
    this.queue.push(input)
    if (this.isDispatching) return
    this.isDispatching = true
    try {
      for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) {
        this.performAll(this.state.handle(next, this.owner.clock.now()))
      }
    } finally {
      this.isDispatching = false
    }
    this.alarm.set(this.state.deadline)
    this.owner.onChange()
  }

  /** The journal has written, failed or healed: reading may go on. */
  wake(): void {
    if (this.roomWaiter !== null && this.hasRoom) this.roomWaiter()
  }

  /** Ends the link in any phase, without a word to the master; resolves when nothing of it goes on. */
  stop(discard: boolean): Promise<void> {
    this.state.phase = 'closed'
    this.cease(discard)
    return this.stopping ?? Promise.resolve()
  }

  /** Whether the store is being given a snapshot at this moment, which can't be stopped half-way. */
  get isAdopting(): boolean {
    return this.transfer?.isAdopting ?? false
  }

  private performAll(actions: readonly SlaveLinkAction[]): void {
    for (const action of actions) {
      // A listener may have said "slaveof no one" in the middle.
      if (this.stopping !== null) return
      this.perform(action)
    }
  }

  private perform(action: SlaveLinkAction): void {
    switch (action.type) {
      case 'send':
        this.connection.send(action.message)
        return
      case 'answer':
        this.answer(action.challenge)
        return
      case 'established':
        this.masterRunId = action.masterRunId
        if (action.capabilities.includes('digest')) this.owner.onDigestsPromised()
        if (this.owner.compression && action.capabilities.includes('zstd')) {
          this.hasAgreedOnCompression = true
          this.connection.enableCompression()
        }
        return
      case 'upstream':
        this.owner.store.upstream = action.runIds
        return
      case 'continue':
        this.attempt('the history', () => this.owner.store.continueHistory(action.replicationId, action.former))
        this.owner.onDecision('partial', '')
        return
      case 'resynchronize':
        this.owner.onDecision('full', action.reason)
        return
      case 'transfer':
        this.transfer = new SnapshotTransfer(
          {
            master: this.setup.master,
            snapshot: action.snapshot,
            timeout: this.setup.timeout,
            retryPeriod: this.owner.retryPeriod,
          },
          {
            clock: this.owner.clock,
            store: this.owner.store,
            acceptsCompression: this.hasAgreedOnCompression,
            loads: this.owner.loadsWhileReceiving(),
            connect: () => this.owner.connect(),
            onProgress: (bytes, size) => this.owner.onProgress(bytes, size),
            onBytesReceived: (bytes) => this.owner.onBytesReceived(bytes),
            onAdopted: (loaded, size) => {
              this.owner.onAdopted(loaded)
              this.dispatch({ type: 'adopted', size })
            },
            onFailed: (error) => this.dispatch({ type: 'failed', error }),
          },
        )
        this.transfer.start()
        return
      case 'apply':
        this.apply(action.data)
        return
      case 'digest':
        this.owner.onDigest(action.offset, action.digest)
        return
      case 'queued':
        this.owner.onQueued(action.place)
        return
      case 'online':
        this.owner.onOnline()
        return
      case 'awaitDurable':
        this.owner.store.whenDurable().then(
          () => this.dispatch({ type: 'durable' }),
          () => undefined, // The journal was closed or replaced: then there is nothing to acknowledge.
        )
        return
      case 'step':
        this.owner.onStep(action.step)
        return
      case 'fail':
        this.cease(false)
        this.owner.onFailed(action.error)
    }
  }

  private answer(challenge: AuthenticationChallengeMessage): void {
    const { password, clientNonce, master } = this.setup
    if (password === null) return
    answerChallenge(password, clientNonce, challenge).then(
      ({ proof, serverSignature }) => this.dispatch({ type: 'answered', proof, serverSignature }),
      (error: Error) => {
        const text = `${master} sent a challenge that can't be answered: ${error.message}`
        this.dispatch({ type: 'failed', error: new MasterUnprovenError(text, { cause: error }) })
      },
    )
  }

  private apply(data: Buffer): void {
    this.owner.onBytesReceived(data.length)
    try {
      this.owner.store.applyStream(data)
    } catch (error) {
      this.owner.onCopyUnusable()
      this.dispatch({ type: 'failed', error: storageError("the master's stream can't be applied", error) })
      return
    }
    this.performAll(this.state.applied(this.owner.clock.now()))
  }

  private attempt(what: string, operation: () => void): void {
    try {
      operation()
    } catch (error) {
      this.dispatch({ type: 'failed', error: storageError(`${what} can't be written`, error) })
    }
  }

  private get hasRoom(): boolean {
    return this.stopping !== null || this.owner.store.journal.pendingBytes <= PENDING_JOURNAL_LIMIT
  }

  /** Backpressure: a slave whose disk is slow or full leaves the bytes with the master, whose journal has them anyway. */
  private waitForRoom(): Promise<void> | undefined {
    if (this.hasRoom) return undefined
    this.state.setReading(false, this.owner.clock.now())
    // The next sync of `everysec` may be a second away: with one at once the disk's speed is the limit, and not the clock.
    this.owner.store.whenDurable().catch(() => undefined)
    return new Promise((resolve) => {
      this.roomWaiter = () => {
        this.roomWaiter = null
        this.state.setReading(true, this.owner.clock.now())
        resolve()
      }
    })
  }

  private cease(discard: boolean): void {
    if (this.stopping !== null) return
    this.alarm[Symbol.dispose]()
    this.connection.destroy()
    this.owner.store.upstream = []
    this.stopping = this.transfer?.stop(discard) ?? Promise.resolve()
    this.roomWaiter?.()
    this.owner.store.discardIncomplete()
  }
}
