import {
  type AcknowledgementMessage,
  type AuthenticationChallengeMessage,
  type AuthenticationProofMessage,
  type MasterMessage,
  type PingMessage,
  PROTOCOL_VERSION,
  type SlaveMessage,
  type SynchronizationRequestMessage,
  step,
} from '@repl/protocol'
import { type MasterError, SlaveLostError, SlaveRefusedError, SlaveSilentError } from '../errors.ts'
import { decideSynchronization } from '../synchronization-decision.ts'
import type {
  MasterLinkAction,
  MasterLinkInput,
  MasterLinkPhase,
  MasterLinkSetup,
  SnapshotOffer,
} from './master-link-contract.ts'

/** One slave's link, from its first message until it is closed, without any I/O. */
export class MasterLinkState {
  phase: MasterLinkPhase = 'connected'
  /** What the slave acknowledged last. */
  receivedOffset = 0
  appliedOffset = 0
  durableOffset = 0
  /** When it did, in ms. */
  acknowledgedAt: number
  /** Where the slave asked to go on. */
  requestedOffset = 0
  /** What it was offered; null where it needs no snapshot. */
  offer: SnapshotOffer | null = null
  /** Bytes of the snapshot that have been sent. */
  snapshotBytesSent = 0
  /** How far the stream has been sent. */
  streamedOffset = 0
  private readonly setup: MasterLinkSetup
  private phaseSince: number
  /** When a snapshot was asked for; it may be whole only while it is being sent. */
  private persistingSince = 0
  private lastHeardAt: number
  private lastSentAt: number
  private ping: PingMessage | null = null
  private challenge: AuthenticationChallengeMessage | null = null
  /** What waits for this node to become the master. */
  private request: SynchronizationRequestMessage | null = null
  private transferMovedAt = 0
  /** Acknowledgements are wanted from this offset on, and not asked for yet; -1 for none. */
  private wantedOffset = -1
  private streamStart = 0
  private target = 0
  private hasRestored = false
  private isCaughtUp = false

  constructor(setup: MasterLinkSetup, now: number) {
    this.setup = setup
    this.phaseSince = now
    this.lastHeardAt = now
    this.lastSentAt = now
    this.acknowledgedAt = now
  }

  /** When the next `tick` is due; infinite for never. */
  get deadline(): number {
    if (this.phase === 'closed') return Number.POSITIVE_INFINITY
    let deadline = this.lastHeardAt + this.setup.timeout
    if (this.mayHeartbeat) deadline = Math.min(deadline, this.lastSentAt + this.setup.pingPeriod)
    if (this.isTransferAwaited) deadline = Math.min(deadline, this.transferMovedAt + this.setup.timeout)
    return deadline
  }

  /** Takes one input at time `now` (ms, never going back) and says what to do. */
  handle(input: MasterLinkInput, now: number): MasterLinkAction[] {
    const actions: MasterLinkAction[] = []
    if (this.phase === 'closed') return actions
    switch (input.type) {
      case 'message':
        this.lastHeardAt = now
        this.onMessage(input.message, now, actions)
        break
      case 'tookOver':
        if (this.phase === 'takingOver' && this.request !== null) this.onRequest(this.request, now, actions)
        break
      case 'upstreamChanged':
        if (this.mayHeartbeat) this.heartbeat(now, actions)
        break
      case 'snapshotReady':
        if (this.phase === 'persisting') this.onSnapshotReady(input.offer, now, actions)
        break
      case 'snapshotWhole':
        if (this.phase === 'sending' && this.offer !== null) this.onSnapshotWhole(this.offer, input, now, actions)
        break
      case 'snapshotFailed': {
        if (this.phase !== 'persisting' && !this.isBeingWritten) break
        this.refuse('PERSISTING_FAILED', `no snapshot could be made: ${input.error.message}`, actions, input.error)
        break
      }
      case 'transferProgress':
        this.snapshotBytesSent = input.bytes
        this.transferMovedAt = now
        break
      case 'acknowledgementWanted':
        if (this.phase !== 'streaming') break
        this.wantedOffset = Math.max(this.wantedOffset, input.offset)
        this.askForAcknowledgement(now, actions)
        break
      case 'streamed':
        this.streamedOffset = input.offset
        this.lastSentAt = now
        if (this.wantedOffset >= 0) this.askForAcknowledgement(now, actions)
        break
      case 'disconnected': {
        const why = input.error === null ? 'the slave closed the connection' : input.error.message
        const options = input.error === null ? undefined : { cause: input.error }
        this.close(null, new SlaveLostError(`${this.setup.slave}: ${why} (${this.phase})`, options), actions)
        break
      }
      case 'refuse':
        this.refuse(input.code, input.reason, actions)
        break
      case 'tick':
        this.onTick(now, actions)
        break
    }
    return actions
  }

  private onMessage(message: SlaveMessage, now: number, actions: MasterLinkAction[]): void {
    if (this.isExpected(message)) this.onExpected(message, now, actions)
    else this.refuse('UNEXPECTED_MESSAGE', `${message.type} was not expected while ${this.phase}`, actions)
  }

  private isExpected(message: SlaveMessage): boolean {
    switch (this.phase) {
      case 'connected':
        return message.type === 'ping'
      case 'challenged':
        return message.type === 'authenticationProof'
      case 'welcomed':
        return message.type === 'synchronizationRequest'
      case 'takingOver':
      case 'persisting':
        return message.type === 'acknowledgement'
      case 'sending':
        if (message.type === 'snapshotStored') return message.snapshotId === this.offer?.id && !this.isBeingWritten
        if (message.type === 'snapshotDamaged') return message.snapshotId === this.offer?.id
        return message.type === 'acknowledgement'
      case 'streaming':
        return message.type === 'acknowledgement'
      default:
        return false
    }
  }

  private onExpected(message: SlaveMessage, now: number, actions: MasterLinkAction[]): void {
    switch (message.type) {
      case 'ping':
        this.onPing(message, now, actions)
        break
      case 'authenticationProof':
        this.onProof(message, now, actions)
        break
      case 'synchronizationRequest':
        if (message.takeOver) {
          this.request = message
          this.enter('takingOver', now)
          const offset = message.acceptsLoss ? 0 : message.offset
          actions.push({ type: 'takeOver', replicationId: message.replicationId, offset })
        } else this.onRequest(message, now, actions)
        break
      case 'snapshotDamaged':
        actions.push({ type: 'damaged' })
        break
      case 'snapshotStored':
        if (this.offer !== null) this.onStored(this.offer, now, actions)
        break
      case 'acknowledgement':
        // Before the stream it only says that the slave lives.
        if (this.phase === 'streaming') this.onAcknowledgement(message, now, actions)
        break
    }
  }

  private onPing(ping: PingMessage, now: number, actions: MasterLinkAction[]): void {
    const { authenticator, slave } = this.setup
    if (ping.protocolVersion !== PROTOCOL_VERSION) {
      const text = `the slave speaks version ${ping.protocolVersion} of the protocol, this master ${PROTOCOL_VERSION}`
      this.refuse('PROTOCOL_VERSION', text, actions)
      return
    }
    this.ping = ping
    actions.push({ type: 'step', step: step(3, this.phaseSince, now, 0, `ping from ${slave}`) })
    this.phaseSince = now
    if (authenticator === null) {
      this.welcome(ping, new Uint8Array(0), 'no password', now, actions)
      return
    }
    this.challenge = authenticator.challenge(ping.clientNonce)
    this.enter('challenged', now)
    this.send(this.challenge, now, actions)
  }

  private onProof(proof: AuthenticationProofMessage, now: number, actions: MasterLinkAction[]): void {
    const { authenticator } = this.setup
    if (authenticator === null || this.ping === null || this.challenge === null) return
    const signature = authenticator.check(this.ping.clientNonce, this.challenge, proof)
    if (signature === null) {
      this.refuse('WRONG_PASSWORD', "the slave's password is not the master's", actions)
      return
    }
    this.welcome(this.ping, signature, 'both sides proved the password', now, actions)
  }

  private welcome(
    ping: PingMessage,
    serverSignature: Uint8Array,
    detail: string,
    now: number,
    actions: MasterLinkAction[],
  ): void {
    const { capabilities, runId } = this.setup
    const pong = { type: 'pong' as const, protocolVersion: PROTOCOL_VERSION, capabilities, serverSignature, runId }
    this.send({ ...pong, ...this.upstream }, now, actions)
    actions.push({ type: 'step', step: step(4, this.phaseSince, now, 0, detail) })
    actions.push({ type: 'established', ping })
    this.enter('welcomed', now)
  }

  private onRequest(request: SynchronizationRequestMessage, now: number, actions: MasterLinkAction[]): void {
    const facts = this.setup.facts()
    const { replicationId, former } = facts
    this.requestedOffset = request.offset
    const decision = decideSynchronization(request.replicationId, request.offset, facts, request.former)
    const gateUntil = decision.kind === 'full' ? (this.setup.fullSynchronizationGate?.() ?? 0) : 0
    if (gateUntil > now) {
      const text = `no full synchronisation begins before ${new Date(gateUntil).toISOString()}`
      this.refuse('FULL_SYNCHRONIZATION_GATE', text, actions)
      return
    }
    if (decision.kind === 'full') {
      actions.push({ type: 'full', reason: decision.reason })
      this.send({ type: 'fullResynchronization', replicationId, reason: decision.reason }, now, actions)
      this.enter('persisting', now)
      this.persistingSince = now
      actions.push({ type: 'persist', begun: request.begun ?? null })
      return
    }
    actions.push({ type: 'partial' })
    this.hasRestored = true
    this.send({ type: 'partialResynchronization', replicationId, offset: request.offset, former }, now, actions)
    this.beginStream(request.offset, facts.endOffset, now, actions)
  }

  private onSnapshotReady(offer: SnapshotOffer, now: number, actions: MasterLinkAction[]): void {
    this.offer = offer
    if (offer.size > 0) this.reportPersisted(offer, now, actions)
    const { id: snapshotId, replicationId, offset, size, token, origin } = offer
    const { former } = this.setup.facts()
    this.send({ type: 'snapshotReady', snapshotId, replicationId, offset, size, token, former, origin }, now, actions)
    this.transferMovedAt = now
    this.enter('sending', now)
  }

  private onSnapshotWhole(
    offer: SnapshotOffer,
    { size, origin }: { size: number; origin: string },
    now: number,
    actions: MasterLinkAction[],
  ): void {
    this.offer = { ...offer, size, origin }
    this.transferMovedAt = now
    this.reportPersisted(this.offer, now, actions)
  }

  private reportPersisted({ origin, offset, size }: SnapshotOffer, now: number, actions: MasterLinkAction[]): void {
    const detail = `${origin}, at offset ${offset}`
    actions.push({ type: 'step', step: step(5, this.persistingSince, now, size, detail) })
  }

  private onStored(offer: SnapshotOffer, now: number, actions: MasterLinkAction[]): void {
    const { endOffset } = this.setup.facts()
    const detail = `the slave stored it; ${endOffset - offer.offset} bytes wait in the sync buffer`
    actions.push({ type: 'step', step: step(6, this.phaseSince, now, offer.size, detail) })
    this.beginStream(offer.offset, endOffset, now, actions)
  }

  private beginStream(from: number, endOffset: number, now: number, actions: MasterLinkAction[]): void {
    this.enter('streaming', now)
    this.streamStart = from
    this.streamedOffset = from
    this.target = endOffset
    this.receivedOffset = from
    this.acknowledgedAt = now
    // Tells the slave where the master is, so that it knows when it has caught up.
    this.send({ type: 'heartbeat', offset: endOffset, ...this.upstream }, now, actions)
    actions.push({ type: 'stream', from })
  }

  private onAcknowledgement(message: AcknowledgementMessage, now: number, actions: MasterLinkAction[]): void {
    const { streamedOffset, setup } = this
    if (message.receivedOffset > streamedOffset) {
      const text = `the slave acknowledges offset ${message.receivedOffset}, and was sent ${streamedOffset}`
      this.refuse('ACKNOWLEDGEMENT_AHEAD', text, actions)
      return
    }
    this.acknowledgedAt = now
    // The first ones may have been sent before the slave knew that the stream goes on, and say nothing.
    this.receivedOffset = Math.max(this.receivedOffset, message.receivedOffset)
    this.appliedOffset = Math.max(this.appliedOffset, message.appliedOffset)
    this.durableOffset = Math.max(this.durableOffset, message.durableOffset)
    if (!this.hasRestored && message.appliedOffset >= this.streamStart) {
      this.hasRestored = true
      const size = this.offer?.size ?? 0
      actions.push({ type: 'step', step: step(7, this.phaseSince, now, size, `${setup.slave} has it in memory`) })
    }
    if (!this.isCaughtUp && this.hasRestored && message.appliedOffset >= this.target) {
      this.isCaughtUp = true
      const bytes = this.target - this.streamStart
      const detail = this.offer === null ? `partial: ${bytes} bytes were missing` : `${bytes} bytes of sync buffer`
      actions.push({ type: 'step', step: step(8, this.phaseSince, now, bytes, detail) })
    }
    actions.push({ type: 'acknowledged' })
  }

  private askForAcknowledgement(now: number, actions: MasterLinkAction[]): void {
    // A request that overtakes the bytes it is about would be answered too early.
    if (this.streamedOffset < this.wantedOffset) return
    this.wantedOffset = -1
    this.send({ type: 'acknowledgementRequest' }, now, actions)
  }

  private get mayHeartbeat(): boolean {
    return this.phase === 'persisting' || this.phase === 'sending' || this.phase === 'streaming'
  }

  /** Whether the offered snapshot is not whole yet. */
  private get isBeingWritten(): boolean {
    return this.phase === 'sending' && this.offer?.size === 0
  }

  private get isTransferAwaited(): boolean {
    return this.phase === 'sending' && this.offer !== null && this.snapshotBytesSent < this.offer.size
  }

  private onTick(now: number, actions: MasterLinkAction[]): void {
    const { slave, timeout, pingPeriod } = this.setup
    if (now - this.lastHeardAt >= timeout) {
      const text = `${slave} has been silent for ${now - this.lastHeardAt} ms (limit ${timeout} ms; ${this.phase})`
      this.close(null, new SlaveSilentError(text), actions)
      return
    }
    if (this.isTransferAwaited && now - this.transferMovedAt >= timeout) {
      this.refuse('TRANSFER_STALLED', `no byte of the snapshot was fetched for ${timeout} ms`, actions)
      return
    }
    if (this.mayHeartbeat && now - this.lastSentAt >= pingPeriod) this.heartbeat(now, actions)
  }

  private heartbeat(now: number, actions: MasterLinkAction[]): void {
    this.send({ type: 'heartbeat', offset: this.setup.facts().endOffset, ...this.upstream }, now, actions)
  }

  /** The field of a message; not there where the node follows nobody. */
  private get upstream(): { upstreamRunIds?: readonly string[] } {
    const runIds = this.setup.upstream?.() ?? []
    return runIds.length === 0 ? {} : { upstreamRunIds: runIds }
  }

  private send(message: MasterMessage, now: number, actions: MasterLinkAction[]): void {
    this.lastSentAt = now
    actions.push({ type: 'send', message })
  }

  private enter(phase: MasterLinkPhase, now: number): void {
    this.phase = phase
    this.phaseSince = now
  }

  private refuse(code: string, reason: string, actions: MasterLinkAction[], cause?: Error): void {
    const error = new SlaveRefusedError(code, `${this.setup.slave} was refused: ${reason}`, { cause })
    this.close({ code, reason }, error, actions)
  }

  private close(
    refusal: { code: string; reason: string } | null,
    error: MasterError,
    actions: MasterLinkAction[],
  ): void {
    this.phase = 'closed'
    actions.push({ type: 'close', refusal, error })
  }
}
