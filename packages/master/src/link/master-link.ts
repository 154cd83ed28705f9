import { timingSafeEqual } from 'node:crypto'
import type { Duplex } from 'node:stream'
import {
  Alarm,
  acceptLink,
  type BegunSnapshot,
  type Clock,
  type MasterMessage,
  type MessageConnection,
  type PingMessage,
  type SlaveMessage,
  type SnapshotRequestMessage,
  type Step,
} from '@repl/protocol'
import type { ChildLauncher, JournalReader, SnapshotFile } from '@repl/store'
import type { DigestListener } from '../digest/digest-announcer.ts'
import type { MasterError } from '../errors.ts'
import type { RateSharing } from '../sending/rate-sharing.ts'
import { type SnapshotSending, sendSnapshot } from '../sending/snapshot-sender.ts'
import type { OfferedSnapshot } from '../snapshots/offered-snapshot.ts'
import type { TransferLine, Turn } from '../snapshots/transfer-line.ts'
import { StreamPump } from '../streaming/stream-pump.ts'
import type { MasterLinkAction, MasterLinkInput, MasterLinkPhase, MasterLinkSetup } from './master-link-contract.ts'
import { MasterLinkState } from './master-link-state.ts'

/** What a link needs of the master that it belongs to. */
export interface MasterLinkOwner {
  readonly clock: Clock
  readonly randomBytes: (length: number) => Buffer
  /** Starts the sending child. */
  readonly children: ChildLauncher
  offerSnapshot(
    onProgress: (bytes: number) => void,
    begun: BegunSnapshot | null,
    signal: AbortSignal,
  ): Promise<OfferedSnapshot>
  compressionLevel(): number
  /** The longest that a piece of the stream waits for more, in ms. */
  streamDelay(): number
  /** How far the stream can be read. */
  readableOffset(): number
  readonly line: TransferLine
  readonly rates: RateSharing
  /** A slave says that what it got of the snapshot is damaged. */
  onDamaged(link: MasterLink, file: SnapshotFile): void
  openReader(offset: number): JournalReader
  onStep(link: MasterLink, step: Step): void
  /** The connection is for a snapshot; the link is over, and the stream belongs to the owner. */
  onFetch(link: MasterLink, stream: Duplex, request: SnapshotRequestMessage): void
  onDecision(link: MasterLink, kind: 'partial' | 'full'): void
  /** Something of what the link shows has changed. */
  onChange(link: MasterLink): void
  onAcknowledged(link: MasterLink): void
  /** Becomes the master in place of the one at the other end. Rejects with why not. */
  takeOver(replicationId: string, offset: number): Promise<void>
  onProgress(link: MasterLink, stage: 'persist' | 'send', bytes: number, size: number): void
  onTrouble(link: MasterLink, error: Error): void
  onClosed(link: MasterLink, error: MasterError): void
}

const TOKEN_BYTES = 32

/** The I/O of one slave's link: does what {@link MasterLinkState} says. */
export class MasterLink implements DigestListener {
  readonly state: MasterLinkState
  /** What the slave said of itself; null until it is known who it is. */
  ping: PingMessage | null = null
  readonly connectedAt: number
  private readonly owner: MasterLinkOwner
  private readonly connection: MessageConnection<MasterMessage, SlaveMessage>
  private readonly hasZstd: boolean
  private readonly alarm: Alarm
  private readonly setup: MasterLinkSetup
  private readonly queue: MasterLinkInput[] = []
  private isDispatching = false
  /** In the line for transfers: 1 is next, 0 for not in it. */
  place = 0
  private turn: Turn | null = null
  private snapshot: OfferedSnapshot | null = null
  private sending: SnapshotSending | null = null
  private pump: StreamPump | null = null
  /** 0 where this slave is sent nothing compressed. */
  private compressionLevel = 0
  private isClosed = false
  private readonly ended = new AbortController()

  constructor(stream: Duplex, setup: MasterLinkSetup, owner: MasterLinkOwner) {
    this.owner = owner
    this.setup = setup
    this.hasZstd = setup.capabilities.includes('zstd')
    this.connectedAt = owner.clock.now()
    this.state = new MasterLinkState(setup, this.connectedAt)
    this.alarm = new Alarm(owner.clock, () => this.dispatch({ type: 'tick' }))
    this.connection = acceptLink(stream, {
      onMessage: (message) => {
        if (message.type === 'snapshotRequest' && this.state.phase === 'connected') this.becomeFetch(message)
        else this.dispatch({ type: 'message', message })
      },
      onClose: (error) => this.dispatch({ type: 'disconnected', error }),
    })
    this.alarm.set(this.state.deadline)
  }

  /** Where the slave's connection comes from. */
  get slave(): string {
    return this.setup.slave
  }

  get phase(): MasterLinkPhase {
    return this.state.phase
  }

  /** Bytes sent on the link itself, frames included. */
  get bytesSent(): number {
    return this.connection.bytesSent
  }

  get bytesReceived(): number {
    return this.connection.bytesReceived
  }

  /** Bytes of the stream and of snapshots that were sent, before compression. */
  get bytesCarried(): number {
    return this.streamCarried + this.snapshotCarried
  }

  /** Bytes that the sending children have sent, frames included, after compression. */
  snapshotBytesOnWire = 0
  private snapshotCarried = 0
  private streamCarried = 0

  /** The process that sends the snapshot; undefined where none does. */
  get sendingProcessId(): number | undefined {
    return this.sending?.processId
  }

  /** Feeds the link's state machine and does what it says. */
  dispatch(input: MasterLinkInput): void {
    if (input.type === 'acknowledgementWanted') this.pump?.hurry(input.offset)
    this.queue.push(input)
    if (this.isDispatching) return
    this.isDispatching = true
    try {
      for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) {
        for (const action of this.state.handle(next, this.owner.clock.now())) {
          // A listener may have closed the master in the middle.
          if (this.isClosed) break
          this.perform(action)
        }
      }
    } finally {
      this.isDispatching = false
    }
    this.alarm.set(this.state.deadline)
  }

  /** Whether the stream flows to a slave that compares digests. */
  get takesDigests(): boolean {
    return this.pump !== null && (this.ping?.capabilities.includes('digest') ?? false)
  }

  /**
   * Tells the slave the digest of the data set at this offset when the stream has come there; not while it has still to
   * come to the one before, which a slow slave would otherwise never reach.
   */
  announceDigest(offset: number, digest: string): void {
    if (this.pump === null || this.pump.hasMark) return
    this.pump.mark(offset, () => this.connection.send({ type: 'digestCheckpoint', offset, digest }))
  }

  /** Sends what waits for more at once: the delay has changed. */
  flush(): void {
    this.pump?.hurry(this.owner.readableOffset())
  }

  /** More of the journal can be read. */
  wake(): void {
    this.pump?.wake()
  }

  /** Whether a FetchSnapshot request is for the snapshot that this link was offered. */
  isOffered(snapshotId: string, token: Uint8Array): boolean {
    const { offer } = this.state
    if (this.state.phase !== 'sending' || offer === null || offer.id !== snapshotId) return false
    return token.length === offer.token.length && timingSafeEqual(token, offer.token)
  }

  /** Whether the offered snapshot has this byte, or ends there; of one that is being written nobody can tell. */
  hasByte(position: number): boolean {
    const size = this.state.offer?.size ?? 0
    return size === 0 || position <= size
  }

  /** Sends the offered snapshot from a byte on over another connection. */
  sendSnapshot(stream: Duplex, from: number): void {
    const { offer } = this.state
    if (offer === null || this.snapshot === null || this.isClosed) {
      stream.destroy()
      return
    }
    // The slave opens a new connection when it has given the old one up.
    this.sending?.abort()
    const task = {
      paths: this.snapshot.paths,
      size: offer.size,
      ...(offer.size === 0 && { written: this.snapshot.whole.then(({ file }) => file.size) }),
      from,
      timeout: this.setup.timeout,
      compressionLevel: this.compressionLevel,
    }
    let carriedTo = from
    let wireTo = 0
    const onProgress = (bytes: number, wireBytes: number): void => {
      this.snapshotCarried += bytes - carriedTo
      this.snapshotBytesOnWire += wireBytes - wireTo
      carriedTo = bytes
      wireTo = wireBytes
      this.onSent(sending, bytes)
    }
    // From its first byte on: a rate that is told later comes too late for a small file.
    const { shareOfNext } = this.owner.rates
    const sending = sendSnapshot(this.owner.children, stream, task, onProgress, shareOfNext)
    this.sending = sending
    this.owner.rates.add(sending)
    this.dispatch({ type: 'transferProgress', bytes: from })
    sending.done.then(
      () => this.onSendingEnded(sending, null),
      (error: Error) => this.onSendingEnded(sending, error),
    )
  }

  /** The first message says that this connection is no link: it is let go. */
  private becomeFetch(request: SnapshotRequestMessage): void {
    const stream = this.connection.detach()
    this.isClosed = true
    this.state.phase = 'closed'
    this.alarm[Symbol.dispose]()
    this.owner.onFetch(this, stream, request)
  }

  private onSent(sending: SnapshotSending, bytes: number): void {
    if (sending !== this.sending || this.isClosed) return
    this.dispatch({ type: 'transferProgress', bytes })
    this.owner.onProgress(this, 'send', bytes, this.state.offer?.size ?? 0)
  }

  private onSendingEnded(sending: SnapshotSending, error: Error | null): void {
    this.owner.rates.remove(sending)
    if (sending === this.sending) this.sending = null
    // The slave notices by itself that its connection is gone, and comes back for the rest.
    if (error !== null && !this.isClosed) this.owner.onTrouble(this, error)
  }

  private perform(action: MasterLinkAction): void {
    switch (action.type) {
      case 'send':
        this.connection.send(action.message)
        return
      case 'established':
        this.ping = action.ping
        if (this.hasZstd && action.ping.capabilities.includes('zstd')) {
          this.compressionLevel = this.owner.compressionLevel()
          this.connection.enableCompression({ level: this.compressionLevel })
        }
        return
      case 'takeOver':
        this.owner.takeOver(action.replicationId, action.offset).then(
          () => this.dispatch({ type: 'tookOver' }),
          (error: Error) => this.dispatch({ type: 'refuse', code: 'TAKE_OVER_REFUSED', reason: error.message }),
        )
        return
      case 'persist':
        this.persist(action.begun)
        this.owner.onChange(this)
        return
      case 'damaged':
        this.snapshot?.whole.then(
          ({ file }) => this.owner.onDamaged(this, file),
          // It is still being written, and fails: `awaitWhole` tells.
          () => undefined,
        )
        return
      case 'partial':
        this.owner.onDecision(this, 'partial')
        return
      case 'full':
        this.owner.onDecision(this, 'full')
        return
      case 'stream':
        this.stream(action.from)
        this.owner.onChange(this)
        return
      case 'acknowledged':
        this.owner.onAcknowledged(this)
        return
      case 'step':
        this.owner.onStep(this, action.step)
        return
      case 'close':
        this.close(action.refusal, action.error)
    }
  }

  /** Waits for its turn, and then for the snapshot. */
  private persist(begun: BegunSnapshot | null): void {
    this.turn = this.owner.line.enter((place) => this.onPlace(place))
    void this.turn.granted.then(() => {
      this.place = 0
      if (!this.isClosed) this.acquire(begun)
    })
  }

  private onPlace(place: number): void {
    if (place === this.place) return
    this.place = place
    if (this.ping?.capabilities.includes('queue')) this.connection.send({ type: 'queuePlace', place })
  }

  private acquire(begun: BegunSnapshot | null): void {
    const onProgress = (bytes: number) => this.owner.onProgress(this, 'persist', bytes, 0)
    this.owner.offerSnapshot(onProgress, begun, this.ended.signal).then(
      (snapshot) => {
        if (this.isClosed) {
          snapshot.release()
          return
        }
        this.snapshot = snapshot
        const { id, offset, size, origin } = snapshot
        // It may have been begun under an earlier id, and is the beginning of the present history all the same.
        const { replicationId } = this.setup.facts()
        const token = this.owner.randomBytes(TOKEN_BYTES)
        const offer = { id, replicationId, offset, size, token, origin }
        this.dispatch({ type: 'snapshotReady', offer })
        this.owner.onChange(this)
        // Before any child hears of it: a slave that has stored it all is then not too early.
        if (size === 0) this.awaitWhole(snapshot)
      },
      (error: Error) => this.dispatch({ type: 'snapshotFailed', error }),
    )
  }

  private awaitWhole(snapshot: OfferedSnapshot): void {
    snapshot.whole.then(
      ({ file, origin }) => this.dispatch({ type: 'snapshotWhole', size: file.size, origin }),
      (error: Error) => this.dispatch({ type: 'snapshotFailed', error }),
    )
  }

  private stream(from: number): void {
    try {
      const reader = this.snapshot?.takeReader() ?? this.owner.openReader(from)
      this.releaseSnapshot()
      this.pump = new StreamPump(
        reader,
        this.connection,
        from,
        (offset, bytes) => {
          this.streamCarried += bytes
          this.dispatch({ type: 'streamed', offset })
        },
        (error) => this.onStreamFailed(error),
        {
          clock: this.owner.clock,
          delay: () => this.owner.streamDelay(),
          readableOffset: () => this.owner.readableOffset(),
        },
      )
    } catch (error) {
      this.onStreamFailed(error instanceof Error ? error : new Error(String(error)))
      return
    }
    this.pump.wake()
  }

  private onStreamFailed(error: Error): void {
    this.owner.onTrouble(this, error)
    this.dispatch({ type: 'refuse', code: 'JOURNAL_UNREADABLE', reason: `the journal can't be read: ${error.message}` })
  }

  private releaseSnapshot(): void {
    this.turn?.[Symbol.dispose]()
    this.turn = null
    this.snapshot?.release()
    this.snapshot = null
  }

  private close(refusal: { code: string; reason: string } | null, error: MasterError): void {
    this.isClosed = true
    this.ended.abort(error)
    this.alarm[Symbol.dispose]()
    if (refusal === null) {
      this.connection.destroy()
    } else {
      this.connection.send({ type: 'refusal', ...refusal })
      this.connection.close()
    }
    this.sending?.abort()
    this.sending = null
    this.pump?.[Symbol.dispose]()
    this.pump = null
    this.releaseSnapshot()
    this.owner.onClosed(this, error)
  }
}
