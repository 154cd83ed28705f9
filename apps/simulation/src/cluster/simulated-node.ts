import { Master } from '@repl/master'
import { Failover } from '@repl/server/simulation'
import { Slave } from '@repl/slave'
import { type FsyncPolicy, Store } from '@repl/store'
import { SimulatedDisk } from '@repl/store/simulation'
import { InProcessLauncher } from '../children/in-process-launcher.ts'
import type { SimulatedNetwork } from '../network/simulated-network.ts'
import type { Random } from '../runtime/random.ts'
import { SimulatedProcess } from '../runtime/simulated-process.ts'
import type { Story } from '../story.ts'
import type { NodeSettings } from './settings.ts'

/** Where a store's files are on its disk. */
export const DATA_DIRECTORY = '/data'

/** The one port of every host. */
const PORT = 6380

/** How a healthy disk's operations take their time, in ms. */
export const USUAL_DISK_LATENCY = 0.3

/** The limits of time, much shorter than in life. */
const TIMES = {
  timeout: 2_500,
  pingPeriod: 500,
  retryPeriod: 150,
  acknowledgementPeriod: 200,
  snapshotRetention: 4_000,
}

/** What nodes need of the world around them. */
export interface NodeSurroundings {
  readonly network: SimulatedNetwork
  readonly story: Story
  readonly password: string | null
  /** Randomness of what is around the programs: disks and children. */
  readonly random: Random
  /** Called in each life, when the store is open and before anything else happens. */
  readonly onRecovered: (node: SimulatedNode, store: Store) => void
  /** A master has handed over to the slave that it follows now. */
  readonly onHandedOver: (node: SimulatedNode) => void
  /** A slave has noticed that its data set is not its master's. */
  readonly onDivergence: (node: SimulatedNode, offset: number, isOfMemory: boolean) => void
  /** A slave fetches a snapshot from here on. */
  readonly onTransfer: (node: SimulatedNode) => void
  /** Something that is only counted. */
  readonly onHappening: (what: string, times?: number) => void
  /** A store that does not open. */
  readonly onNotRecovered: (node: SimulatedNode, error: unknown) => void
}

/** What runs in one life of a node. */
export interface RunningNode {
  readonly process: SimulatedProcess
  readonly store: Store
  readonly master: Master
  readonly slave: Slave
  readonly failover: Failover
}

/** One host: a disk that stays, and a program that comes and goes. */
export class SimulatedNode {
  readonly settings: NodeSettings
  disk: SimulatedDisk
  /** How far its wall clock is from the others', in ms. */
  clockSkew: number
  /** In this life somebody has set the clock, so that nothing is known of how long ago anything was. */
  hasClockBeenSet = false
  /** When this life began, in ms of simulated time. */
  startedAt = 0
  /** What the program has been told its policy is, live. */
  appendfsync: FsyncPolicy
  diskLatency = USUAL_DISK_LATENCY
  process: SimulatedProcess | null = null
  running: RunningNode | null = null
  isStopping = false
  /** Files can't be relied on in this life: an operation of the disk has been made to fail. */
  hasDiskFailed = false
  /** A sync of the journal has failed: until it has healed it is cut back to what is durable, and written again. */
  hasSyncFailed = false
  lives = 0
  readonly #around: NodeSurroundings

  constructor(settings: NodeSettings, surroundings: NodeSurroundings) {
    this.settings = settings
    this.appendfsync = settings.appendfsync
    this.clockSkew = settings.clockSkew
    this.#around = surroundings
    this.disk = this.#newDisk()
  }

  get name(): string {
    return this.settings.name
  }

  /** The program runs, and does what it is told at once. */
  get isResponsive(): boolean {
    return this.running !== null && !this.isStopping && !this.running.process.isStopped
  }

  /** Starts the program, as a service manager does: nobody waits for it. */
  start(): void {
    if (this.process !== null) return
    const { network, story } = this.#around
    network.powerUp(this.name)
    this.lives++
    this.isStopping = false
    this.hasDiskFailed = this.disk.fault !== null || this.disk.capacity !== Number.POSITIVE_INFINITY
    this.hasSyncFailed = false
    this.hasClockBeenSet = false
    this.startedAt = network.now
    const process = new SimulatedProcess(this.name, this.clockSkew)
    this.process = process
    story.tell(this.name, `starts (life ${this.lives}, appendfsync ${this.appendfsync})`)
    process.run(() => void this.#boot(process))
  }

  /** SIGKILL: what the system has of its files stays. */
  kill(why: string): void {
    this.#die(why)
  }

  /** The host loses its power: what was not synced may be lost, and nobody is told. */
  losePower(why: string): void {
    this.#around.network.powerDown(this.name)
    this.#die(why)
    this.disk.losePower()
  }

  /** Somebody sets the clock of the host. */
  stepClock(skew: number): void {
    this.clockSkew = skew
    this.hasClockBeenSet = true
    if (this.process !== null) this.process.clockSkew = skew
    this.#around.story.tell(this.name, `has its clock set to ${Math.round(skew)} ms from the others'`)
  }

  /** SIGSTOP. */
  stop(): void {
    this.process?.stop()
    this.#around.story.tell(this.name, 'is stopped')
  }

  /** SIGCONT. */
  goOn(): void {
    const { process } = this
    if (process === null || !process.isStopped) return
    this.#around.story.tell(this.name, 'goes on')
    for (const action of process.goOn()) setImmediate(() => process.deliver(action))
  }

  /** The host gets another disk, with nothing on it. */
  replaceDisk(): void {
    this.#die('is killed, and gets a new disk')
    this.disk = this.#newDisk()
  }

  #newDisk(): SimulatedDisk {
    const { random } = this.#around
    return new SimulatedDisk(random.next, () => {
      const latency = this.diskLatency * random.next() ** 2 * 3
      return new Promise((resolve) => setTimeout(resolve, 1 + latency))
    })
  }

  /** Ends the program in order. */
  shutDown(): void {
    const { running } = this
    if (running === null || !this.isResponsive) return
    this.isStopping = true
    this.#around.story.tell(this.name, 'is shut down')
    running.process.run(() => void this.#close(running))
  }

  #die(why: string): void {
    const { process } = this
    if (process === null) return
    const { network, story } = this.#around
    story.tell(this.name, why)
    this.countStatistics()
    this.process = null
    this.running = null
    process.kill()
    // However a process ends: what it still wanted of the disk does not happen.
    this.disk.kill()
    network.closeSocketsOf(process)
  }

  /** To be called at the end of each life. */
  countStatistics(): void {
    const { digestChecks = 0, memoryChecks = 0 } = this.running?.slave.statistics ?? {}
    this.#around.onHappening('digests compared', digestChecks)
    this.#around.onHappening('digests of memory compared', memoryChecks)
  }

  async #boot(process: SimulatedProcess): Promise<void> {
    const { network, story, password, random } = this.#around
    const { settings } = this
    const disk = this.disk.mount()
    let store: Store
    try {
      store = await Store.open({
        dir: DATA_DIRECTORY,
        appendfsync: this.appendfsync,
        backlogBytes: settings.backlogBytes,
        journalRetainBytes: settings.journalRetainBytes,
        journalRetainMilliseconds: settings.journalRetainMilliseconds,
        journalSegmentBytes: settings.journalSegmentBytes,
        autoSnapshotBytes: settings.autoSnapshotBytes,
        disk,
        children: new InProcessLauncher(disk, random),
      })
    } catch (error) {
      if (!process.isAlive) return
      this.#die(`can't start: ${String(error)}`)
      this.#around.onNotRecovered(this, error)
      return
    }
    if (!process.isAlive) return
    const { compression } = settings
    const slave: Slave = new Slave(store, {
      timeout: TIMES.timeout,
      retryPeriod: TIMES.retryPeriod,
      acknowledgementPeriod: TIMES.acknowledgementPeriod,
      memoryCheckPeriod: settings.memoryCheckPeriod,
      disklessLoad: settings.disklessLoad,
      password,
      compression,
      announcedHost: this.name,
      announcedPort: PORT,
      connect: ({ host }) => network.connect(this.name, host),
    })
    const master = new Master(store, {
      timeout: TIMES.timeout,
      pingPeriod: TIMES.pingPeriod,
      snapshotRetention: TIMES.snapshotRetention,
      password,
      compression,
      digestPeriod: settings.digestPeriod,
      disklessSync: settings.disklessSync,
      streamDelay: settings.streamDelay,
      maxTransfers: settings.maxTransfers,
      snapshotBytesPerSecond: settings.snapshotBytesPerSecond,
      backlogRetention: settings.backlogRetention,
      takeOver: (replicationId, offset) => slave.takeOver(replicationId, offset),
    })
    const failover = new Failover({
      store,
      master,
      slave,
      onStep: (text) => story.tell(this.name, `failover: ${text}`),
    })
    this.running = { process, store, master, slave, failover }
    const cut = store.journal.recoveryCut
    if (cut !== null) this.#around.onHappening('torn journals cut')
    const cutText = cut === null ? '' : `; cut ${cut.bytes} bytes at ${cut.position} of ${cut.file}: ${cut.reason}`
    story.tell(this.name, `has recovered ${describe(store)}${cutText}`)
    this.#around.onRecovered(this, store)
    this.#tellOf(this.running)
    network.listen(this.name, (stream) => master.accept(stream))
    let saved: ReturnType<Slave['restore']>
    try {
      saved = slave.restore()
    } catch (error) {
      if (!process.isAlive) return
      this.#die(`can't start: ${String(error)}`)
      this.#around.onNotRecovered(this, error)
      return
    }
    if (saved !== null) story.tell(this.name, `goes on as a slave of ${saved.host}`)
  }

  async #close(running: RunningNode): Promise<void> {
    const { process, store, master, slave, failover } = running
    try {
      failover[Symbol.dispose]()
      await slave.close()
      await master.close()
      await store.close()
      await store.children.close()
    } catch (error) {
      this.#around.story.tell(this.name, `does not close in order: ${String(error)}`)
    }
    if (process.isAlive) this.#die('is down')
  }

  #tellOf({ store, master, slave }: RunningNode): void {
    const tell = (text: string) => this.#around.story.tell(this.name, text)
    store.on('history', () => tell(`history is now ${describe(store)}`))
    store.on('role', (isReadOnly) => tell(isReadOnly ? 'is a slave' : 'is a master'))
    store.on('journalFailed', (error) => tell(`the disk refuses: ${error.message}`))
    store.on('journalHealed', () => {
      this.hasSyncFailed = false
      tell('the disk works again')
    })
    store.on('snapshotFailed', (error) => tell(`no snapshot: ${error.message}`))
    slave.on('state', (state) => {
      tell(`slave: ${state}`)
      if (state === 'transfer') this.#around.onTransfer(this)
    })
    slave.on('online', () => tell(`slave: online at ${store.offset}`))
    slave.on('queued', (place) => {
      this.#around.onHappening('waits in line for a snapshot')
      tell(`slave: ${place}. in line for a snapshot`)
    })
    slave.on('handedOver', () => {
      tell('has handed over')
      this.#around.onHandedOver(this)
    })
    slave.on('divergence', ({ offset, isOfMemory }) => {
      tell(`slave: the data set differs from the master's at ${offset}`)
      this.#around.onDivergence(this, offset, isOfMemory)
    })
    slave.on('error', (error) => tell(`slave: ${error.message}`))
    slave.on('step', ({ number, detail }) => tell(`slave: step ${number}, ${detail}`))
    master.on('error', (error, slaveName) => tell(`master: ${slaveName}: ${error.message}`))
  }

  /** Has a master hand over to one of its slaves; answers whether that was begun. */
  failOver(target: string, timeout: number, isForced: boolean): boolean {
    const { running } = this
    if (running === null || !this.isResponsive) return false
    this.#around.story.tell(this.name, `FAILOVER TO ${target} TIMEOUT ${timeout}${isForced ? ' FORCE' : ''}`)
    return running.process.run(() => {
      try {
        running.failover.begin({ target: { host: target, port: PORT }, timeout, isForced })
        return true
      } catch (error) {
        this.#around.story.tell(this.name, `failover: ${String(error)}`)
        return false
      }
    })
  }

  /** Has the program follow another node, or none. */
  slaveof(master: string | null): void {
    const { running } = this
    if (running === null || !this.isResponsive) return
    this.#around.story.tell(this.name, `SLAVEOF ${master ?? 'NO ONE'}`)
    running.process.run(() => {
      if (master === null) running.slave.slaveof(null)
      else running.slave.slaveof(master, PORT)
    })
  }
}

/** A store's place in its history, for people. */
export function describe(store: Store): string {
  const { replicationId, former } = store.history
  const before = former.slice(0, 3).map((entry) => `${entry.replicationId.slice(0, 6)} to ${entry.offset}`)
  return `${replicationId.slice(0, 6)} at ${store.offset}${before.length > 0 ? ` (before: ${before.join(', ')})` : ''}`
}
