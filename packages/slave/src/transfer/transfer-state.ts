import type { SlaveMessage, SnapshotMessage, SnapshotReadyMessage } from '@repl/protocol'
import { MasterRefusedError, type SlaveError, SnapshotDamagedError, TransferFailedError } from '../errors.ts'

/** So many connections in a row that bring no byte end a transfer. */
export const MAX_BARREN_ATTEMPTS = 3

/**
 * Where a transfer is:
 *
 * - `opening`: the local file is being opened, to see how much of it is there from an earlier attempt
 * - `connecting`: the connection for the snapshot is being opened
 * - `receiving`: bytes flow
 * - `pausing`: the connection broke; the next attempt waits for its time
 * - `verifying`: all bytes are there, size and checksum are being looked at
 * - `closed`: done or failed
 */
export type TransferPhase = 'opening' | 'connecting' | 'receiving' | 'pausing' | 'verifying' | 'closed'

/** What happens to a transfer. */
export type TransferInput =
  /** The local file is open and holds so many bytes of this very snapshot already. */
  | { readonly type: 'opened'; readonly bytes: number }
  | { readonly type: 'connected' }
  | { readonly type: 'message'; readonly message: SnapshotMessage }
  | { readonly type: 'disconnected'; readonly error: Error | null }
  | { readonly type: 'verified' }
  /** The local file could not be opened, written or verified. */
  | { readonly type: 'failed'; readonly error: SlaveError }
  | { readonly type: 'tick' }

/** What is to be done for a transfer, in this order. */
export type TransferAction =
  | { readonly type: 'open' }
  | { readonly type: 'connect' }
  | { readonly type: 'send'; readonly message: SlaveMessage }
  | { readonly type: 'write'; readonly data: Buffer }
  | { readonly type: 'disconnect' }
  | { readonly type: 'verify' }
  | { readonly type: 'progress'; readonly bytes: number }
  | { readonly type: 'done' }
  /** Stop; `discard`: what is there is of no use, so that the next attempt must begin from nothing. */
  | { readonly type: 'fail'; readonly error: SlaveError; readonly discard: boolean }

/** The limits of a transfer. */
export interface TransferSetup {
  readonly master: string
  readonly snapshot: SnapshotReadyMessage
  /** The longest silence while bytes are awaited, in ms. */
  readonly timeout: number
  /** How long to wait before a broken connection is tried again, in ms. */
  readonly retryPeriod: number
}

/** The way of one snapshot file from the master's disk to the slave's, without any I/O. */
export class TransferState {
  phase: TransferPhase = 'opening'
  /** Bytes of the file that are there. */
  bytes = 0
  private readonly setup: TransferSetup
  private lastHeardAt: number
  private resumeAt = Number.POSITIVE_INFINITY
  private barrenAttempts = 0
  private lastError: Error | null = null

  constructor(setup: TransferSetup, now: number) {
    this.setup = setup
    this.lastHeardAt = now
  }

  /** The first thing to do. */
  begin(): TransferAction[] {
    return [{ type: 'open' }]
  }

  /** When the next `tick` is due; infinite for never. */
  get deadline(): number {
    switch (this.phase) {
      case 'connecting':
      case 'receiving':
        return this.lastHeardAt + this.setup.timeout
      case 'pausing':
        return this.resumeAt
      default:
        return Number.POSITIVE_INFINITY
    }
  }

  /** Takes one input at time `now` (ms, never going back) and says what to do. */
  handle(input: TransferInput, now: number): TransferAction[] {
    const actions: TransferAction[] = []
    switch (input.type) {
      case 'opened':
        if (this.phase === 'opening') this.onOpened(input.bytes, now, actions)
        break
      case 'connected':
        if (this.phase !== 'connecting') break
        this.phase = 'receiving'
        this.lastHeardAt = now
        actions.push({ type: 'send', message: this.request() })
        break
      case 'message':
        if (this.phase === 'receiving') this.onMessage(input.message, now, actions)
        break
      case 'disconnected':
        if (this.phase === 'connecting' || this.phase === 'receiving') this.onDisconnected(input.error, now, actions)
        break
      case 'verified':
        if (this.phase !== 'verifying') break
        this.phase = 'closed'
        actions.push({ type: 'done' })
        break
      case 'failed':
        if (this.phase !== 'closed') this.fail(input.error, input.error instanceof SnapshotDamagedError, actions)
        break
      case 'tick':
        this.onTick(now, actions)
        break
    }
    return actions
  }

  private request(): SlaveMessage {
    const { snapshotId, token } = this.setup.snapshot
    return { type: 'snapshotRequest', snapshotId, token, from: this.bytes }
  }

  private onOpened(bytes: number, now: number, actions: TransferAction[]): void {
    const { size } = this.setup.snapshot
    if (size > 0 && bytes > size) {
      const text = `${bytes} bytes of the snapshot are there, and it has ${size}`
      this.fail(new SnapshotDamagedError(text), true, actions)
      return
    }
    this.bytes = bytes
    actions.push({ type: 'progress', bytes })
    if (size > 0 && bytes === size) this.verify(actions)
    else this.connect(now, actions)
  }

  private connect(now: number, actions: TransferAction[]): void {
    this.phase = 'connecting'
    this.lastHeardAt = now
    actions.push({ type: 'connect' })
  }

  private onMessage(message: SnapshotMessage, now: number, actions: TransferAction[]): void {
    const { master, snapshot } = this.setup
    this.lastHeardAt = now
    switch (message.type) {
      case 'data':
        if (snapshot.size > 0 && this.bytes + message.data.length > snapshot.size) {
          const text = `${master} sent more than the ${snapshot.size} bytes of snapshot ${snapshot.snapshotId}`
          this.fail(new SnapshotDamagedError(text), true, actions)
          return
        }
        this.bytes += message.data.length
        if (message.data.length > 0) this.barrenAttempts = 0
        actions.push({ type: 'write', data: message.data }, { type: 'progress', bytes: this.bytes })
        return
      case 'end':
        if (message.size !== (snapshot.size || message.size) || this.bytes !== message.size) {
          const text = `snapshot ${snapshot.snapshotId} ended after ${this.bytes} of ${snapshot.size || message.size} bytes (${master} says ${message.size})`
          this.fail(new SnapshotDamagedError(text), true, actions)
          return
        }
        actions.push({ type: 'disconnect' })
        this.verify(actions)
        return
      case 'refusal':
        this.fail(new MasterRefusedError(message.code, message.reason), false, actions)
        return
    }
  }

  private verify(actions: TransferAction[]): void {
    this.phase = 'verifying'
    actions.push({ type: 'verify' })
  }

  private onDisconnected(error: Error | null, now: number, actions: TransferAction[]): void {
    const { master, snapshot, retryPeriod } = this.setup
    this.lastError = error ?? this.lastError
    this.barrenAttempts++
    if (this.barrenAttempts >= MAX_BARREN_ATTEMPTS) {
      const why = this.lastError?.message ?? 'the connection was closed'
      const text = `${master}: snapshot ${snapshot.snapshotId} stopped at ${this.bytes} of ${snapshot.size || 'so far unknown'} bytes, and ${MAX_BARREN_ATTEMPTS} connections brought no more: ${why}`
      this.fail(new TransferFailedError(text, { cause: this.lastError }), false, actions)
      return
    }
    this.phase = 'pausing'
    this.resumeAt = now + retryPeriod
  }

  private onTick(now: number, actions: TransferAction[]): void {
    if (this.phase === 'pausing') {
      if (now >= this.resumeAt) this.connect(now, actions)
      return
    }
    if (now < this.deadline) return
    actions.push({ type: 'disconnect' })
    const error = new Error(`no bytes for ${now - this.lastHeardAt} ms (limit ${this.setup.timeout} ms)`)
    this.onDisconnected(error, now, actions)
  }

  private fail(error: SlaveError, discard: boolean, actions: TransferAction[]): void {
    this.phase = 'closed'
    actions.push({ type: 'fail', error, discard })
  }
}
