import {
  type AuthenticationChallengeMessage,
  type AuthenticationProofMessage,
  type BegunSnapshot,
  type Capability,
  type MasterMessage,
  type PartialResynchronizationMessage,
  type PongMessage,
  PROTOCOL_VERSION,
  type SlaveMessage,
  type SnapshotReadyMessage,
  type Step,
  step,
} from '@repl/protocol'
import type { FormerHistory } from '@repl/store'
import {
  ConnectionLostError,
  MasterRefusedError,
  MasterSilentError,
  MasterUnprovenError,
  MasterUnreachableError,
  MasterWithoutPasswordError,
  NotAMasterError,
  PasswordRequiredError,
  ProtocolViolationError,
  ReplicationLoopError,
  type SlaveError,
} from '../errors.ts'

/**
 * Where a link is:
 *
 * - `connecting`: the socket is being opened (step 2)
 * - `pinging`: the ping is out, the master has not answered (step 3)
 * - `proving`: the master's challenge is being answered, or its verdict is awaited (step 4)
 * - `synchronizing`: the master decides how the slave gets what it lacks
 * - `waiting`: the master persists a snapshot (step 5)
 * - `transferring`: the snapshot is fetched and stored (step 6)
 * - `streaming`: the stream of writes flows (steps 7 and 8)
 * - `closed`: over; whatever comes is ignored
 */
export type SlaveLinkPhase =
  | 'connecting'
  | 'pinging'
  | 'proving'
  | 'synchronizing'
  | 'waiting'
  | 'transferring'
  | 'streaming'
  | 'closed'

/** So many nodes above are known, and told to those below: as many as a message may name. */
const LONGEST_CHAIN = 1024

/** What happens to a link. */
export type SlaveLinkInput =
  | { readonly type: 'opened' }
  | { readonly type: 'message'; readonly message: MasterMessage }
  /** The answer to the challenge of the action `answer` has been computed. */
  | { readonly type: 'answered'; readonly proof: AuthenticationProofMessage; readonly serverSignature: Uint8Array }
  /** The snapshot of the action `transfer` lies verified on this disk, and the store's history is now its history. */
  | { readonly type: 'adopted'; readonly size: number }
  /** The store's memory holds the snapshot. */
  | { readonly type: 'loaded' }
  /** What the store has received became durable. */
  | { readonly type: 'durable' }
  /** The connection is gone; null for an orderly end. */
  | { readonly type: 'disconnected'; readonly error: Error | null }
  /** Time has passed; due when `deadline` is reached. */
  | { readonly type: 'tick' }
  /** The link's owner met a failure that ends the link. */
  | { readonly type: 'failed'; readonly error: SlaveError }

/** What is to be done for a link, in this order. */
export type SlaveLinkAction =
  /** The stream is at `offset`: take the digest of memory, or compare that with the master's, which comes later. */
  | { readonly type: 'digest'; readonly offset: number; readonly digest: string }
  /** Other slaves' transfers are under way; 1 is next. */
  | { readonly type: 'queued'; readonly place: number }
  | { readonly type: 'send'; readonly message: SlaveMessage }
  /** Prove to the master that the slave knows the password: answer with the input `answered` or `failed`. */
  | { readonly type: 'answer'; readonly challenge: AuthenticationChallengeMessage }
  /** Both sides are known to each other: `capabilities` are those that the master has. */
  | { readonly type: 'established'; readonly capabilities: readonly Capability[]; readonly masterRunId: string }
  /** The stream comes through these nodes, the master first. */
  | { readonly type: 'upstream'; readonly runIds: readonly string[] }
  /** The store's copy is good, and its history is called this from now on. */
  | { readonly type: 'continue'; readonly replicationId: string; readonly former: readonly FormerHistory[] }
  /** A full resynchronisation has begun. */
  | { readonly type: 'resynchronize'; readonly reason: string }
  /** Fetch, store and adopt this snapshot: answer with `adopted` or `failed`. */
  | { readonly type: 'transfer'; readonly snapshot: SnapshotReadyMessage }
  /** The next bytes of the stream. */
  | { readonly type: 'apply'; readonly data: Buffer }
  /** The store holds all that the master had when the stream began. */
  | { readonly type: 'online' }
  /** Another acknowledgement is wanted as soon as what has been received is durable: answer with `durable`. */
  | { readonly type: 'awaitDurable' }
  | { readonly type: 'step'; readonly step: Step }
  /** Close the connection and stop everything that belongs to the link. Always the last action. */
  | { readonly type: 'fail'; readonly error: SlaveError }

/** How far the store is, in bytes of the stream. */
export interface SlavePosition {
  /** 40 hexadecimal digits; empty where there is nothing to go on from. */
  readonly replicationId: string
  /** Its earlier ids. */
  readonly former?: readonly FormerHistory[]
  /** Received into the journal: whole commands only. */
  readonly received: number
  /** Applied to memory; 0 while a snapshot is loaded. */
  readonly applied: number
  readonly durable: number
}

/** What a link is made of. Nothing in it but `position` and `timeout` is ever asked again. */
export interface SlaveLinkSetup {
  /** Named in errors: `127.0.0.1:6380`. */
  readonly master: string
  readonly password: string | null
  readonly capabilities: readonly Capability[]
  readonly clientNonce: string
  readonly announcedHost: string
  readonly announcedPort: number
  readonly runId: string
  /** Whether the one at the other end is asked to take this node's place as the master. */
  readonly takeOver?: boolean
  /** And may lack what this node has: that is lost. */
  readonly acceptsLoss?: boolean
  /** What is there of a snapshot whose transfer broke. */
  readonly begun?: BegunSnapshot | null
  /** The longest silence of the master, in ms. May change. */
  readonly timeout: number
  /** Between two acknowledgements, in ms. */
  readonly acknowledgementPeriod: number
  /** How far the store is now. */
  readonly position: () => SlavePosition
  /** Whether a pong's signature is the expected one, in constant time. */
  readonly isServerSignature: (expected: Uint8Array, received: Uint8Array) => boolean
}

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
        this.fail(this.disconnection(input.error), actions)
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
    const { master, password, isServerSignature } = this.setup
    if (this.phase === 'pinging') this.reportPing(now, actions)
    // A slave that has a password follows only a master that knows it: anybody could listen at the address.
    if (password !== null) {
      if (this.expectedSignature === null) {
        const text = `${master} has no password, and this slave has one: it can't prove to be the right master`
        this.fail(new MasterWithoutPasswordError(text), actions)
        return
      }
      if (!isServerSignature(this.expectedSignature, pong.serverSignature)) {
        this.fail(new MasterUnprovenError(`${master} did not prove that it knows the password`), actions)
        return
      }
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
    const upstream = [this.masterRunId, ...(runIds ?? [])].slice(0, LONGEST_CHAIN)
    if (upstream.includes(this.setup.runId)) {
      const { master } = this.setup
      const detail =
        this.masterRunId === this.setup.runId
          ? `${master} is this node itself`
          : `${master} is fed by this node, ${upstream.indexOf(this.setup.runId)} links up the chain: following it would close a loop without a master`
      this.fail(new ReplicationLoopError(detail), actions)
      return false
    }
    if (upstream.length === this.upstream.length && upstream.every((runId, i) => runId === this.upstream[i]))
      return true
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
    const silence = now - this.lastHeardAt
    if (this.isReading && silence >= this.setup.timeout) {
      this.fail(this.silenceError(silence), actions)
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

  private silenceError(silence: number): SlaveError {
    const { master, timeout } = this.setup
    if (this.phase === 'connecting') {
      return new MasterUnreachableError(`${master} could not be reached within ${timeout} ms`)
    }
    const awaited = this.phase === 'pinging' ? 'it accepted the connection and did not answer the ping' : this.phase
    return new MasterSilentError(`${master} has been silent for ${silence} ms (limit ${timeout} ms; ${awaited})`)
  }

  private disconnection(error: Error | null): SlaveError {
    const { master } = this.setup
    if (this.phase === 'connecting') {
      const text = `${master} could not be reached: ${error?.message ?? 'the connection was closed'}`
      return new MasterUnreachableError(text, { cause: error })
    }
    if (error?.name === 'ProtocolError') {
      // Before the first message nothing shows that this was ever a master: an HTTP server answers with text.
      const text = `${master}: ${error.message}`
      return this.phase === 'pinging'
        ? new NotAMasterError(`${text} (is it a master?)`, { cause: error })
        : new ProtocolViolationError(text, { cause: error })
    }
    const why = error === null ? 'the master closed the connection' : error.message
    return new ConnectionLostError(`${master}: ${why} (${this.phase})`, error === null ? undefined : { cause: error })
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
