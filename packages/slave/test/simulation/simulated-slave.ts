import type { MasterMessage, SlaveMessage, SnapshotMessage, SnapshotReadyMessage } from '@repl/protocol'
import {
  FollowingState,
  type SlaveLinkAction,
  type SlaveLinkInput,
  SlaveLinkState,
  type TransferAction,
  type TransferInput,
  TransferState,
} from '../../src/index.ts'
import {
  contentOfFile,
  type Life,
  type SimulatedMaster,
  SimulatedMasterLink,
  sendSimulatedFile,
} from './simulated-master.ts'
import { Ticker, Wire, type World } from './world.ts'
import { fromBytes, idOf, isPrefixOf, type Writes } from './writes.ts'

const RETRY_PERIOD = 100
const MASTER_ADDRESS = { host: 'master', port: 1 }

/** What the simulation promises was broken. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise'
}

/** A slave: its data, its files and the state machines that are tested. */
export class SimulatedSlave {
  data: number[] = []
  replicationId: string
  part: { id: string; writes: Writes } | null = null
  hasSynchronized = false
  isOnline = false
  isLoading = false
  readonly world: World
  readonly master: SimulatedMaster
  private following = new FollowingState(RETRY_PERIOD)
  private followTicker: Ticker
  private link: SimulatedSlaveLink | null = null

  constructor(world: World, master: SimulatedMaster, number: number) {
    this.world = world
    this.master = master
    this.replicationId = idOf(number)
    this.followTicker = this.follow()
  }

  /** Dies; its disk stays, what it was loading is loaded when it is back. */
  restart(): void {
    this.link?.vanish()
    this.link = null
    this.isLoading = false
    this.isOnline = false
    this.following = new FollowingState(RETRY_PERIOD)
    this.followTicker = this.follow()
  }

  /** Breaks the link: each side notices now, later, or only by the silence. */
  cut(): void {
    this.link?.cut()
  }

  /** Ends the link in hand, as a failure does. */
  ended(link: SimulatedSlaveLink): void {
    if (link !== this.link) return
    this.link = null
    this.isOnline = false
    this.following.handle({ type: 'ended' }, this.world.now)
    this.followTicker.update()
  }

  startLoading(): void {
    this.isLoading = true
    this.world.after(this.world.below(150), () => {
      this.isLoading = false
      this.link?.give({ type: 'loaded' })
    })
  }

  private follow(): Ticker {
    const { following } = this
    const ticker = new Ticker(
      this.world,
      () => (this.following === following ? following.deadline : Number.POSITIVE_INFINITY),
      () => this.take(following.handle({ type: 'tick' }, this.world.now)),
    )
    this.take(following.handle({ type: 'slaveof', master: MASTER_ADDRESS }, this.world.now))
    return ticker
  }

  private take(actions: ReturnType<FollowingState['handle']>): void {
    for (const action of actions) if (action.type === 'attempt') this.link = new SimulatedSlaveLink(this)
  }
}

/** The slave's end of a link, with the transfer that it may have. */
class SimulatedSlaveLink {
  private readonly slave: SimulatedSlave
  private readonly state: SlaveLinkState
  private readonly ticker: Ticker
  private toMaster: Wire<SlaveMessage> | null = null
  private peer: SimulatedMasterLink | null = null
  private life: Life | null = null
  private transfer: SimulatedTransfer | null = null
  private isGone = false

  constructor(slave: SimulatedSlave) {
    this.slave = slave
    const { world } = slave
    this.state = new SlaveLinkState(
      {
        master: 'master:1',
        password: null,
        capabilities: [],
        clientNonce: 'nonce',
        announcedHost: '',
        announcedPort: 0,
        runId: idOf(2),
        timeout: 1_000,
        acknowledgementPeriod: 200,
        position: () => ({
          replicationId: slave.replicationId,
          received: slave.data.length,
          applied: slave.data.length,
          durable: slave.data.length,
        }),
        isServerSignature: () => true,
      },
      world.now,
      slave.isLoading,
    )
    this.ticker = new Ticker(
      world,
      () => (this.isGone ? Number.POSITIVE_INFINITY : this.state.deadline),
      () => this.give({ type: 'tick' }),
    )
    this.ticker.update()
    world.after(world.below(20), () => this.connect())
  }

  give(input: SlaveLinkInput): void {
    if (this.isGone) return
    for (const action of this.state.handle(input, this.slave.world.now)) this.perform(action)
    this.ticker.update()
  }

  vanish(): void {
    this.isGone = true
    this.transfer?.stop()
    const { peer } = this
    if (this.toMaster !== null) this.toMaster.isCut = true
    this.slave.world.after(10, () => peer?.give({ type: 'disconnected', error: null }))
  }

  cut(): void {
    const { world } = this.slave
    const { peer, toMaster } = this
    if (peer === null || toMaster === null) return
    toMaster.isCut = true
    if (peer.toSlave !== null) peer.toSlave.isCut = true
    const error = new Error('reset')
    if (world.chance(0.7)) world.after(world.below(50), () => this.give({ type: 'disconnected', error }))
    if (world.chance(0.7)) world.after(world.below(50), () => peer.give({ type: 'disconnected', error }))
  }

  private connect(): void {
    const { world, master } = this.slave
    if (this.isGone) return
    if (world.chance(0.1)) {
      this.give({ type: 'disconnected', error: new Error('ECONNREFUSED') })
      return
    }
    const peer = new SimulatedMasterLink(master, (kind) => this.check(kind))
    peer.toSlave = new Wire<MasterMessage>(world, (message) => this.give({ type: 'message', message }))
    this.peer = peer
    this.life = peer.life
    this.toMaster = new Wire<SlaveMessage>(world, (message) => peer.hear(message))
    this.give({ type: 'opened' })
  }

  /** The master's decision against what an observer knows who sees both logs. */
  private check(kind: 'partial' | 'full'): void {
    const { data, master, hasSynchronized } = this.slave
    if (kind === 'full') master.fullSynchronizations++
    else master.partialSynchronizations++
    const isShared = isPrefixOf(data, master.life.log)
    const isHeld = data.length >= master.firstOffset && data.length <= master.durableOffset
    if (kind === 'partial' && !isShared) throw new BrokenPromise('a slave that has diverged was let in')
    if (kind === 'full' && hasSynchronized && isShared && isHeld) {
      throw new BrokenPromise('a slave was given a snapshot that it did not need')
    }
  }

  private perform(action: SlaveLinkAction): void {
    const { slave } = this
    switch (action.type) {
      case 'send':
        this.toMaster?.send(action.message)
        return
      case 'continue':
        slave.replicationId = action.replicationId
        return
      case 'transfer':
        this.transfer = new SimulatedTransfer(slave, this, this.peer, action.snapshot)
        return
      case 'apply':
        slave.data.push(...fromBytes(action.data))
        if (!isPrefixOf(slave.data, this.life?.log ?? [])) throw new BrokenPromise('the copy is no copy')
        for (const next of this.state.applied(slave.world.now)) this.perform(next)
        return
      case 'online':
        slave.isOnline = true
        return
      case 'fail':
        this.vanish()
        slave.ended(this)
    }
  }
}

class SimulatedTransfer {
  private readonly slave: SimulatedSlave
  private readonly link: SimulatedSlaveLink
  private readonly peer: SimulatedMasterLink | null
  private readonly snapshot: SnapshotReadyMessage
  private readonly state: TransferState
  private readonly ticker: Ticker
  private wire: Wire<SnapshotMessage> | null = null
  private isStopped = false

  constructor(
    slave: SimulatedSlave,
    link: SimulatedSlaveLink,
    peer: SimulatedMasterLink | null,
    snapshot: SnapshotReadyMessage,
  ) {
    this.slave = slave
    this.link = link
    this.peer = peer
    this.snapshot = snapshot
    const setup = { master: 'master:1', snapshot, timeout: 500, retryPeriod: 50 }
    this.state = new TransferState(setup, slave.world.now)
    this.ticker = new Ticker(
      slave.world,
      () => (this.isStopped ? Number.POSITIVE_INFINITY : this.state.deadline),
      () => this.give({ type: 'tick' }),
    )
    for (const action of this.state.begin()) this.perform(action)
  }

  stop(): void {
    this.isStopped = true
    if (this.wire !== null) this.wire.isCut = true
  }

  private give(input: TransferInput): void {
    if (this.isStopped) return
    for (const action of this.state.handle(input, this.slave.world.now)) this.perform(action)
    this.ticker.update()
  }

  private perform(action: TransferAction): void {
    const { slave, snapshot } = this
    const { world } = slave
    switch (action.type) {
      case 'open':
        if (slave.part?.id !== snapshot.snapshotId) slave.part = { id: snapshot.snapshotId, writes: [] }
        world.after(world.below(10), () => this.give({ type: 'opened', bytes: slave.part?.writes.length ?? 0 }))
        return
      case 'connect':
        world.after(world.below(20), () => {
          if (world.chance(0.1)) this.give({ type: 'disconnected', error: new Error('ECONNREFUSED') })
          else this.give({ type: 'connected' })
        })
        return
      case 'send': {
        if (action.message.type !== 'snapshotRequest') return
        const wire = new Wire<SnapshotMessage>(world, (message) => this.give({ type: 'message', message }))
        this.wire = wire
        sendSimulatedFile(world, this.peer, action.message.from, wire, () => {
          if (wire === this.wire) this.give({ type: 'disconnected', error: null })
        })
        return
      }
      case 'write':
        if (slave.part !== null) slave.part.writes = [...slave.part.writes, ...fromBytes(action.data)]
        return
      case 'disconnect':
        if (this.wire !== null) this.wire.isCut = true
        this.wire = null
        return
      case 'verify':
        world.after(world.below(20), () => this.adopt())
        return
      case 'fail':
        if (action.discard) slave.part = null
        this.link.give({ type: 'failed', error: action.error })
    }
  }

  private adopt(): void {
    const { slave, snapshot } = this
    if (this.isStopped || slave.part === null) return
    slave.data = contentOfFile(slave.part.writes)
    slave.part = null
    if (slave.data.length !== snapshot.offset) throw new BrokenPromise('the file has not what was offered')
    slave.replicationId = snapshot.replicationId
    slave.hasSynchronized = true
    slave.startLoading()
    this.link.give({ type: 'adopted', size: snapshot.size })
    this.give({ type: 'verified' })
  }
}
