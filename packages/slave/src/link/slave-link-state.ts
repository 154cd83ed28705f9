import {
  type AuthenticationChallengeMessage,
  type MasterMessage,
  type PartialResynchronizationMessage,
  type PongMessage,
  PROTOCOL_VERSION,
  type SnapshotReadyMessage,
  step,
} from '@repl/protocol'
import { MasterRefusedError, PasswordRequiredError, ProtocolViolationError, type SlaveError } from '../errors.ts'
import { disconnection, silenceError } from './link-failure.ts'
import { doubtOfMaster } from './master-proof.ts'
import type { SlaveLinkAction, SlaveLinkInput, SlaveLinkPhase, SlaveLinkSetup } from './slave-link-contract.ts'
import { isSameChain, loopThrough, upstreamOf } from './upstream-chain.ts'

/**
 * One link to a master, from the attempt to connect until it is closed, without any I/O: takes what happens and the
 * time, gives what is to be done. A new attempt is a new instance, so nothing of an old one can disturb it.
 */
export class SlaveLinkState {
  phase: SlaveLinkPhase = 'connecting'
  /** The snapshot that is being fetched, adopted or loaded. */
  snapshot: SnapshotReadyMessage | null = null
  /** Whether the store's memory holds what its journal says; false from `adopted` to `loaded`. */
  private isLoading: boolean
  private isOnline = false
  private readonly setup: SlaveLinkSetup
  private phaseSince: number
  private lastHeardAt: number
  private isReading = true
  private acknowledgeAt = Number.POSITIVE_INFINITY
  private expectedSignature: Uint8Array | null = null
  /** Offset of the next byte of the stream, partial commands included. */
  private nextOffset = 0
  /** Where the stream began on this link. */
  private streamStart = 0
  /** The master's end when the stream began; null until its first heartbeat tells. */
  private target: number | null = null
  private loadStartedAt: number
  private durableWanted = false
  private masterRunId = ''
  private upstream: readonly string[] = []
  /** While the other end is asked to take over, it is still fed by this node itself. */
  private isHandingOver: boolean

  /** `isLoading`: the store still loads a snapshot that came over an earlier link. */
  constructor(setup: SlaveLinkSetup, now: number, isLoading = false) {
    this.setup = setup
    this.phaseSince = now
    this.lastHeardAt = now
    this.loadStartedAt = now
    this.isLoading = isLoading
    this.isHandingOver = setup.takeOver ?? false
  }

  /** When the next `tick` is due; infinite for never. */
  get deadline(): number {
    if (this.phase === 'closed') return Number.POSITIVE_INFINITY
    return this.isReading ? Math.min(this.lastHeardAt + this.setup.timeout, this.acknowledgeAt) : this.acknowledgeAt
  }

  /** While this side does not read, because its own disk is behind, the master can't be blamed for silence. */
  setReading(isReading: boolean, now: number): void {
    this.isReading = isReading
    if (isReading) this.lastHeardAt = now
  }

  /** Takes one input at time `now` (ms, never going back) and says what to do. */
  handle(input: SlaveLinkInput, now: number): SlaveLinkAction[] {
    const actions: SlaveLinkAction[] = []
    if (this.phase === 'closed') return actions
    switch (input.type) {
      case 'opened':
        this.onOpened(now, actions)
        break
      case 'message':
        this.lastHeardAt = now
        this.onMessage(input.message, now, actions)
        break
      case 'answered':
        if (this.phase !== 'proving') break
        this.expectedSignature = input.serverSignature
        actions.push({ type: 'send', message: input.proof })
        break
      case 'adopted':
        this.onAdopted(input.size, now, actions)
        break
      case 'loaded':
        this.onLoaded(now, actions)
        break
      case 'durable':
        if (this.durableWanted) this.acknowledge(now, actions)
        this.durableWanted = false
        break
      case 'disconnected':
        this.fail(disconnection(this.setup.master, this.phase, input.error), actions)
        break
      case 'tick':
        this.onTick(now, actions)
        break
      case 'failed':
        // It may be the file on the master's disk.
        if (input.error.code === 'SNAPSHOT_DAMAGED' && this.phase === 'transferring' && this.snapshot !== null) {
          const { snapshotId } = this.snapshot
          actions.push({ type: 'send', message: { type: 'snapshotDamaged', snapshotId } })
        }
        this.fail(input.error, actions)
        break
    }
    return actions
  }

  private onOpened(now: number, actions: SlaveLinkAction[]): void {
    if (this.phase !== 'connecting') return
    actions.push({ type: 'step', step: step(2, this.phaseSince, now, 0, `connected to ${this.setup.master}`) })
    const { capabilities, clientNonce, announcedHost, announcedPort, runId } = this.setup
    actions.push({
      type: 'send',
      message: {
        type: 'ping',
        protocolVersion: PROTOCOL_VERSION,
        capabilities,
        clientNonce,
        announcedHost,
        announcedPort,
        runId,
      },
    })
    this.enter('pinging', now)
    this.lastHeardAt = now
  }

  private onMessage(message: MasterMessage, now: number, actions: SlaveLinkAction[]): void {
    if (message.type === 'refusal') {
      this.fail(new MasterRefusedError(message.code, message.reason), actions)
      return
    }
    if (this.phase === 'streaming') {
      this.onStreaming(message, now, actions)
      return
    }
    if (this.isExpected(message)) {
      this.onHandshake(message, now, actions)
      return
    }
    this.fail(new ProtocolViolationError(`${this.setup.master} sent ${message.type} while ${this.phase}`), actions)
  }

  private isExpected(message: MasterMessage): boolean {
    switch (this.phase) {
      case 'pinging':
        return message.type === 'authenticationChallenge' || message.type === 'pong'
      case 'proving':
        return message.type === 'pong' && this.expectedSignature !== null
      case 'synchronizing':
        return message.type === 'partialResynchronization' || message.type === 'fullResynchronization'
      case 'waiting':
        return message.type === 'snapshotReady' || message.type === 'heartbeat' || message.type === 'queuePlace'
      case 'transferring':
        return message.type === 'heartbeat'
      default:
        return false
    }
  }

  /** Everything before the stream. */
  private onHandshake(message: MasterMessage, now: number, actions: SlaveLinkAction[]): void {
    switch (message.type) {
      case 'authenticationChallenge':
        this.onChallenge(message, now, actions)
        break
      case 'pong':
        this.onPong(message, now, actions)
        break
      case 'partialResynchronization':
        this.onPartial(message, now, actions)
        break
      case 'fullResynchronization':
        this.endHandover(actions)
        this.enter('waiting', now)
        actions.push({ type: 'resynchronize', reason: message.reason })
        break
      case 'heartbeat':
        this.noteUpstream(message.upstreamRunIds, actions)
        break
      case 'queuePlace':
        actions.push({ type: 'queued', place: message.place })
        break
      case 'snapshotReady': {
        const detail = `snapshot ${message.snapshotId} at offset ${message.offset}`
        const origin = message.origin === undefined ? '' : ` (${message.origin})`
        actions.push({ type: 'step', step: step(5, this.phaseSince, now, message.size, detail + origin) })
        this.snapshot = message
        this.enter('transferring', now)
        actions.push({ type: 'transfer', snapshot: message })
        break
      }
    }
  }

  private onChallenge(challenge: AuthenticationChallengeMessage, now: number, actions: SlaveLinkAction[]): void {
    this.reportPing(now, actions)
    if (this.setup.password === null) {
      const text = `${this.setup.master} wants a password, and this slave has none`
      this.fail(new PasswordRequiredError(text), actions)
      return
    }
    this.enter('proving', now)
    actions.push({ type: 'answer', challenge })
  }

  private onPong(pong: PongMessage, now: number, actions: SlaveLinkAction[]): void {
    const { master, password } = this.setup
    if (this.phase === 'pinging') this.reportPing(now, actions)
    const doubt = doubtOfMaster(this.setup, this.expectedSignature, pong)
    if (doubt !== null) {
      this.fail(doubt, actions)
      return
    }
    if (pong.protocolVersion !== PROTOCOL_VERSION) {
      const text = `${master} speaks version ${pong.protocolVersion} of the protocol, this slave ${PROTOCOL_VERSION}`
      this.fail(new ProtocolViolationError(text), actions)
      return
    }
    this.masterRunId = pong.runId
    if (!this.noteUpstream(pong.upstreamRunIds, actions)) return
    const detail = password === null ? 'no password' : 'both sides proved the password'
    actions.push({ type: 'step', step: step(4, this.phaseSince, now, 0, detail) })
    actions.push({ type: 'established', capabilities: pong.capabilities, masterRunId: pong.runId })
    const { replicationId, received, former } = this.setup.position()
    const { begun = null, acceptsLoss = false } = this.setup
    actions.push({
      type: 'send',
      message: {
        type: 'synchronizationRequest',
        replicationId,
        offset: received,
        ...(former !== undefined && { former }),
        ...(begun !== null && { begun }),
        ...(this.isHandingOver && { takeOver: true }),
        ...(this.isHandingOver && acceptsLoss && { acceptsLoss }),
      },
    })
    this.nextOffset = received
    this.acknowledgeAt = now + this.setup.acknowledgementPeriod
    this.enter('synchronizing', now)
  }

  /**
   * Takes note of the nodes that the master is fed through.
   * @returns false where this node is among them, and the link is over
   */
  private noteUpstream(runIds: readonly string[] | undefined, actions: SlaveLinkAction[]): boolean {
    if (this.isHandingOver) return true
    const upstream = upstreamOf(this.masterRunId, runIds)
    const loop = loopThrough(this.setup.runId, upstream, this.setup.master)
    if (loop !== null) {
      this.fail(loop, actions)
      return false
    }
    if (isSameChain(upstream, this.upstream)) return true
    this.upstream = upstream
    actions.push({ type: 'upstream', runIds: upstream })
    return true
  }

  /** The other end has become the master, and is fed by nobody. */
  private endHandover(actions: SlaveLinkAction[]): void {
    if (!this.isHandingOver) return
    this.isHandingOver = false
    this.noteUpstream([], actions)
  }

  private reportPing(now: number, actions: SlaveLinkAction[]): void {
    actions.push({ type: 'step', step: step(3, this.phaseSince, now, 0, 'the master answered') })
    this.phaseSince = now
  }

  private onPartial(message: PartialResynchronizationMessage, now: number, actions: SlaveLinkAction[]): void {
    const { replicationId, offset, former = [] } = message
    if (offset !== this.nextOffset) {
      const text = `${this.setup.master} goes on at offset ${offset}, and ${this.nextOffset} was asked for`
      this.fail(new ProtocolViolationError(text), actions)
      return
    }
    this.endHandover(actions)
    actions.push({ type: 'continue', replicationId, former })
    this.beginStream(offset, now)
  }

  private onAdopted(size: number, now: number, actions: SlaveLinkAction[]): void {
    if (this.phase !== 'transferring' || this.snapshot === null) return
    // It may not have been known before the end.
    this.snapshot = { ...this.snapshot, size }
    const { snapshotId, offset } = this.snapshot
    actions.push({ type: 'step', step: step(6, this.phaseSince, now, size, `stored, checksum right`) })
    actions.push({ type: 'send', message: { type: 'snapshotStored', snapshotId } })
    this.isLoading = true
    this.loadStartedAt = now
    this.beginStream(offset, now)
  }

  private beginStream(offset: number, now: number): void {
    this.enter('streaming', now)
    this.nextOffset = offset
    this.streamStart = offset
  }

  private onLoaded(now: number, actions: SlaveLinkAction[]): void {
    if (!this.isLoading) return
    this.isLoading = false
    if (this.snapshot !== null) {
      const { size, offset } = this.snapshot
      actions.push({ type: 'step', step: step(7, this.loadStartedAt, now, size, `memory is at offset ${offset}`) })
    }
    if (this.phase !== 'streaming') return
    this.acknowledge(now, actions)
    this.checkOnline(now, actions)
  }

  private onStreaming(message: MasterMessage, now: number, actions: SlaveLinkAction[]): void {
    switch (message.type) {
      case 'streamChunk':
        if (message.offset !== this.nextOffset) {
          const text = `${this.setup.master} sent the stream from offset ${message.offset} where ${this.nextOffset} was next`
          this.fail(new ProtocolViolationError(text), actions)
          return
        }
        this.nextOffset += message.data.length
        actions.push({ type: 'apply', data: message.data })
        return
      case 'heartbeat':
        if (!this.noteUpstream(message.upstreamRunIds, actions)) return
        this.target ??= message.offset
        this.checkOnline(now, actions)
        return
      case 'digestCheckpoint':
        actions.push({ type: 'digest', offset: message.offset, digest: message.digest })
        return
      case 'acknowledgementRequest':
        this.acknowledge(now, actions)
        if (!this.durableWanted && this.setup.position().durable < this.setup.position().received) {
          this.durableWanted = true
          actions.push({ type: 'awaitDurable' })
        }
        return
      default:
        this.fail(new ProtocolViolationError(`${this.setup.master} sent ${message.type} while streaming`), actions)
    }
  }

  /** To be called when the store has done what `apply` asked for: only then does its position tell. */
  applied(now: number): SlaveLinkAction[] {
    const actions: SlaveLinkAction[] = []
    if (this.phase === 'streaming' && !this.isOnline) this.checkOnline(now, actions)
    return actions
  }

  private checkOnline(now: number, actions: SlaveLinkAction[]): void {
    if (this.isOnline || this.isLoading || this.target === null) return
    // The journal may lag: a master's end can lie in bytes that it sends only when they are durable.
    if (this.setup.position().received < this.target) return
    this.isOnline = true
    const bytes = this.target - this.streamStart
    const detail = this.snapshot === null ? `partial: ${bytes} bytes were missing` : `${bytes} bytes of sync buffer`
    actions.push({ type: 'step', step: step(8, this.phaseSince, now, bytes, detail) })
    actions.push({ type: 'online' })
    this.acknowledge(now, actions)
  }

  private onTick(now: number, actions: SlaveLinkAction[]): void {
    const { master, timeout } = this.setup
    const silence = now - this.lastHeardAt
    if (this.isReading && silence >= timeout) {
      this.fail(silenceError(master, this.phase, silence, timeout), actions)
      return
    }
    if (now >= this.acknowledgeAt) this.acknowledge(now, actions)
  }

  private acknowledge(now: number, actions: SlaveLinkAction[]): void {
    this.acknowledgeAt = now + this.setup.acknowledgementPeriod
    // Before the stream begins the store's offsets belong to another history: zeros only say that the slave lives.
    const position = this.phase === 'streaming' ? this.setup.position() : { received: 0, applied: 0, durable: 0 }
    actions.push({
      type: 'send',
      message: {
        type: 'acknowledgement',
        receivedOffset: position.received,
        appliedOffset: this.isLoading ? 0 : position.applied,
        durableOffset: position.durable,
      },
    })
  }

  private enter(phase: SlaveLinkPhase, now: number): void {
    this.phase = phase
    this.phaseSince = now
  }

  private fail(error: SlaveError, actions: SlaveLinkAction[]): void {
    this.phase = 'closed'
    actions.push({ type: 'fail', error })
  }
}
