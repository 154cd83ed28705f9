import type { Duplex } from 'node:stream'
import {
  Alarm,
  type Clock,
  connectSnapshotFetch,
  type MessageConnection,
  type SlaveMessage,
  type SnapshotMessage,
} from '@repl/protocol'
import type { IncomingSnapshot, Store } from '@repl/store'
import { type SlaveError, SnapshotDamagedError, storageError } from '../errors.ts'
import { type TransferAction, type TransferInput, type TransferSetup, TransferState } from './transfer-state.ts'

/** What a transfer needs of the link that it belongs to. */
export interface SnapshotTransferOwner {
  readonly clock: Clock
  readonly store: Store
  /** Whether master and slave have agreed on zstd. */
  readonly acceptsCompression: boolean
  /** Whether the snapshot is loaded while it is received. */
  readonly loads: boolean
  /** Opens another connection to the master; it emits 'connect'. */
  connect(): Duplex
  onProgress(bytes: number, size: number): void
  onBytesReceived(bytes: number): void
  /** The snapshot, of `size` bytes, is this node's state on disk now, and is being loaded. */
  onAdopted(loaded: Promise<void>, size: number): void
  onFailed(error: SlaveError): void
}

/** The I/O of one transfer: does what {@link TransferState} says. */
export class SnapshotTransfer {
  private readonly setup: TransferSetup
  private readonly owner: SnapshotTransferOwner
  private readonly state: TransferState
  private readonly alarm: Alarm
  private connection: MessageConnection<SlaveMessage, SnapshotMessage> | null = null
  private incoming: IncomingSnapshot | null = null
  /** The last of the operations on the local file, which go one after the other. */
  private work: Promise<void> = Promise.resolve()
  private isStopped = false

  constructor(setup: TransferSetup, owner: SnapshotTransferOwner) {
    this.setup = setup
    this.owner = owner
    this.state = new TransferState(setup, owner.clock.now())
    this.alarm = new Alarm(owner.clock, () => this.dispatch({ type: 'tick' }))
  }

  /** Begins. */
  start(): void {
    for (const action of this.state.begin()) this.perform(action)
  }

  /**
   * Ends the transfer in any state and resolves when nothing of it goes on. What has arrived stays for another try,
   * unless it is to be discarded.
   */
  async stop(discard: boolean): Promise<void> {
    this.isStopped = true
    this.alarm[Symbol.dispose]()
    this.connection?.destroy()
    this.connection = null
    await this.work
    const { incoming } = this
    if (incoming === null) return
    if (discard) await discardIncoming(incoming)
    else await incoming.close()
  }

  /** Whether the store is being given the snapshot at this moment, which can't be stopped half-way. */
  get isAdopting(): boolean {
    return this.state.phase === 'verifying'
  }

  private dispatch(input: TransferInput): void {
    if (this.isStopped) return
    for (const action of this.state.handle(input, this.owner.clock.now())) this.perform(action)
    if (!this.isStopped) this.alarm.set(this.state.deadline)
  }

  private perform(action: TransferAction): void {
    switch (action.type) {
      case 'open':
        this.open()
        return
      case 'connect':
        this.connect()
        return
      case 'send':
        this.connection?.send(action.message)
        return
      case 'write':
        this.write(action.data)
        return
      case 'progress':
        this.owner.onProgress(action.bytes, this.setup.snapshot.size)
        return
      case 'disconnect':
        this.connection?.close()
        this.connection = null
        return
      case 'verify':
        this.adopt()
        return
      case 'done':
        this.alarm[Symbol.dispose]()
        return
      case 'fail':
        this.alarm[Symbol.dispose]()
        this.connection?.destroy()
        this.connection = null
        if (action.discard) this.enqueue(() => this.discard())
        this.owner.onFailed(action.error)
    }
  }

  private open(): void {
    const { snapshotId, replicationId, offset, size, former = [] } = this.setup.snapshot
    this.enqueue(async () => {
      try {
        const { store, loads } = this.owner
        this.incoming = await store.incomingSnapshot({ snapshotId, replicationId, offset, size, former }, { loads })
        this.dispatch({ type: 'opened', bytes: this.incoming.received })
      } catch (error) {
        this.dispatch({ type: 'failed', error: storageError("the snapshot's file can't be opened", error) })
      }
    })
  }

  private connect(): void {
    const stream = this.owner.connect()
    const connection = connectSnapshotFetch(stream, {
      onMessage: (message) => {
        if (connection !== this.connection) return undefined
        this.dispatch({ type: 'message', message })
        if (message.type !== 'data') return undefined
        this.owner.onBytesReceived(message.data.length)
        // Nothing more is read before the disk has this.
        return this.work
      },
      onClose: (error) => {
        if (connection !== this.connection) return
        this.connection = null
        this.dispatch({ type: 'disconnected', error })
      },
    })
    if (this.owner.acceptsCompression) connection.enableCompression()
    this.connection = connection
    stream.once('connect', () => {
      if (connection === this.connection) this.dispatch({ type: 'connected' })
    })
  }

  private write(data: Buffer): void {
    this.enqueue(async () => {
      if (this.isStopped) return
      try {
        await this.incoming?.write(data)
      } catch (error) {
        this.dispatch({ type: 'failed', error: storageError("the snapshot can't be written", error) })
      }
    })
  }

  private adopt(): void {
    this.enqueue(async () => {
      const { incoming } = this
      if (incoming === null || this.isStopped) return
      try {
        const { received: size } = incoming
        const { loaded } = await this.owner.store.adopt(incoming)
        this.incoming = null
        // Even where the transfer was stopped meanwhile: the store has it, and somebody must watch it load.
        this.owner.onAdopted(loaded, size)
        this.dispatch({ type: 'verified' })
      } catch (error) {
        this.dispatch({ type: 'failed', error: adoptionError(error) })
      }
    })
  }

  private async discard(): Promise<void> {
    if (this.incoming !== null) await discardIncoming(this.incoming)
    this.incoming = null
  }

  private enqueue(operation: () => Promise<void>): void {
    this.work = this.work.then(operation).catch((error: unknown) => {
      this.dispatch({ type: 'failed', error: storageError("the snapshot's file", error) })
    })
  }
}

function adoptionError(error: unknown): SlaveError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'SNAPSHOT_CHECKSUM' || code === 'SNAPSHOT_SIZE') {
    return new SnapshotDamagedError(`the snapshot is damaged: ${error instanceof Error ? error.message : ''}`, {
      cause: error,
    })
  }
  return storageError("the snapshot can't be adopted", error)
}

/** Removes what has arrived of a snapshot; it may be gone already, because it was damaged. */
async function discardIncoming(incoming: IncomingSnapshot): Promise<void> {
  try {
    await incoming.discard()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
}
