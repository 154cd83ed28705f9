import type { LiveMasterOptions } from '@repl/master'
import type { DiskOperation } from '@repl/store/simulation'
import type { SimulatedNetwork } from '../network/simulated-network.ts'
import type { Random } from '../runtime/random.ts'
import type { Story } from '../story.ts'
import type { Tally } from '../tally.ts'
import type { Operator } from './operator.ts'
import { type SimulatedNode, USUAL_DISK_LATENCY } from './simulated-node.ts'

const FAILING_OPERATIONS: readonly DiskOperation[] = [
  'write',
  'datasync',
  'create',
  'open',
  'read',
  'rename',
  'unlink',
  'syncDirectory',
  'truncate',
]

const JOURNAL_PATH = /\/journal-\d+/

/** How a life ends that does not end in order. */
export type Death = 'killed' | 'powerless' | 'diskless'

/** What goes wrong, and what is done on purpose, at times and places drawn from the seed. */
export class Trouble {
  readonly #nodes: readonly SimulatedNode[]
  readonly #network: SimulatedNetwork
  readonly #operator: Operator
  readonly #random: Random
  readonly #story: Story
  readonly #onDeath: (node: SimulatedNode, how: Death) => void
  readonly #tally: Tally
  #isOver = false

  constructor(
    nodes: readonly SimulatedNode[],
    network: SimulatedNetwork,
    operator: Operator,
    random: Random,
    story: Story,
    tally: Tally,
    onDeath: (node: SimulatedNode, how: Death) => void,
  ) {
    this.#nodes = nodes
    this.#network = network
    this.#operator = operator
    this.#random = random
    this.#story = story
    this.#tally = tally
    this.#onDeath = onDeath
  }

  /** Makes one trouble. */
  strike(): void {
    const random = this.#random
    const node = random.pick(this.#nodes)
    random.weighted<() => void>([
      [8, () => this.#die(node)],
      [8, () => this.#dieAtOperation(node)],
      [4, () => this.#restart(node)],
      [4, () => this.#stop(node)],
      [8, () => this.#cut()],
      [6, () => this.#partition()],
      [4, () => this.#slowRoute()],
      [3, () => this.#slowDisk(node)],
      [3, () => this.#fullDisk(node)],
      [4, () => this.#failingDisk(node)],
      [0.5, () => this.#newDisk(node)],
      [1, () => this.#stepClock(node)],
      [5, () => this.#operator.promote(node)],
      [5, () => this.#failOver(node)],
      [3, () => this.#operator.rearrange()],
      [5, () => this.#persist(node)],
      [2, () => this.#changePolicy(node)],
      [2, () => this.#changeSettings(node)],
    ])()
  }

  /** Perhaps cuts two nodes apart while a long command is on its way. */
  onLongCommand(): void {
    if (this.#random.chance(0.5)) this.#later(this.#random.between(0, 60), () => this.#cut())
  }

  /** Perhaps breaks a transfer off, at one of its ends or between them. */
  onTransfer(slave: SimulatedNode): void {
    if (!this.#random.chance(0.3)) return
    const master = this.#nodes.find(({ name }) => name === slave.running?.slave.master?.host)
    if (master === undefined) return
    const strike = this.#random.pick([
      () => this.#cutApart(slave, master),
      () => this.#cutApart(slave, master),
      () => this.#die(slave),
      () => this.#die(master),
    ])
    this.#later(this.#random.next() ** 2 * 80, strike)
  }

  /** From here on everything works. */
  end(): void {
    this.#isOver = true
    this.#network.heal()
    for (const node of this.#nodes) {
      this.#healDisk(node)
      node.goOn()
    }
  }

  #die(node: SimulatedNode): void {
    if (node.process === null) return
    if (this.#random.chance(0.6)) this.#kill(node, 'is killed')
    else this.#losePower(node, 'loses its power')
  }

  #dieAtOperation(node: SimulatedNode): void {
    if (node.process === null || node.disk.fault !== null) return
    const left = 1 + Math.floor(this.#random.next() ** 2 * 60)
    const isPower = this.#random.chance(0.5)
    const { process } = node
    let count = left
    node.disk.fault = (operation, path) => {
      if (--count > 0) return null
      node.disk.fault = null
      if (node.process !== process) return null
      this.#tally.count('deaths within an operation of the disk')
      const where = `in ${operation} of ${path.slice(path.lastIndexOf('/') + 1)}`
      if (isPower) this.#losePower(node, `loses its power ${where}`)
      else this.#kill(node, `is killed ${where}`)
      return null
    }
  }

  #restart(node: SimulatedNode): void {
    if (!node.isResponsive) return
    this.#tally.count('orderly restarts')
    node.shutDown()
  }

  /** Long enough, often, for the others to take it for dead. */
  #stop(node: SimulatedNode): void {
    const { process } = node
    if (process === null || process.isStopped) return
    this.#tally.count('processes stopped and gone on')
    node.stop()
    this.#later(50 + this.#random.next() ** 2 * 4_500, () => {
      if (node.process === process) node.goOn()
    })
  }

  /** All that the node had is gone. Not the node that should be the master: nobody would want that to come back empty. */
  #newDisk(node: SimulatedNode): void {
    if (node.process === null || node === this.#operator.primary || this.#operator.failover !== null) return
    this.#tally.count('disks replaced')
    this.#onDeath(node, 'diskless')
    node.replaceDisk()
  }

  /** Often the one that is to take over is lost in the middle of it, and comes back. */
  #failOver(node: SimulatedNode): void {
    this.#operator.failOver(node)
    const { failover } = this.#operator
    if (failover?.to !== node || !this.#random.chance(0.5)) return
    this.#later(this.#random.between(0, 8), () => {
      this.#separate(failover.from, node, false, 1_500)
      this.#later(this.#random.between(10, 400), () => this.#die(node))
    })
  }

  #stepClock(node: SimulatedNode): void {
    this.#tally.count('clocks set')
    node.stepClock(this.#random.between(-3_000, 3_000))
  }

  #kill(node: SimulatedNode, why: string): void {
    this.#tally.count('kills')
    this.#onDeath(node, 'killed')
    node.kill(why)
  }

  #losePower(node: SimulatedNode, why: string): void {
    this.#tally.count('losses of power')
    this.#onDeath(node, 'powerless')
    node.losePower(why)
  }

  #pair(): [SimulatedNode, SimulatedNode] {
    const one = this.#random.pick(this.#nodes)
    const other = this.#random.pick(this.#nodes.filter((node) => node !== one))
    return [one, other]
  }

  #cut(): void {
    this.#cutApart(...this.#pair())
  }

  #cutApart(one: SimulatedNode, other: SimulatedNode): void {
    if (this.#network.cut(one.name, other.name) === 0) return
    this.#tally.count('cuts')
    this.#tell(`cuts ${one.name} from ${other.name}`)
  }

  #partition(): void {
    const [one, other] = this.#pair()
    const duration = this.#random.next() ** 2 * 5_000
    const isOneWay = this.#random.chance(0.3)
    this.#separate(one, other, isOneWay, duration)
  }

  #separate(one: SimulatedNode, other: SimulatedNode, isOneWay: boolean, duration: number): void {
    this.#tally.count(isOneWay ? 'one-way partitions' : 'partitions')
    this.#tell(`lets nothing get from ${one.name} ${isOneWay ? 'to' : 'or back from'} ${other.name}`)
    this.#network.block(one.name, other.name)
    if (!isOneWay) this.#network.block(other.name, one.name)
    this.#later(duration, () => {
      this.#tell(`joins ${one.name} and ${other.name} again`)
      this.#network.unblock(one.name, other.name)
      this.#network.unblock(other.name, one.name)
    })
  }

  #slowRoute(): void {
    const [one, other] = this.#pair()
    const route = { latency: this.#random.between(5, 300), bytesPerMillisecond: this.#random.pick([3, 30, 300]) }
    this.#tally.count('slow routes')
    this.#tell(
      `slows the way from ${one.name} to ${other.name} to ${Math.round(route.latency)} ms, ${route.bytesPerMillisecond} bytes/ms`,
    )
    this.#network.setRoute(one.name, other.name, route)
    this.#later(this.#random.between(100, 4_000), () => this.#network.setRoute(one.name, other.name, null))
  }

  #slowDisk(node: SimulatedNode): void {
    node.diskLatency = this.#random.pick([10, 100])
    this.#tally.count('slow disks')
    this.#tell(`slows the disk of ${node.name} to ${node.diskLatency} ms`)
    this.#later(this.#random.between(100, 3_000), () => {
      node.diskLatency = USUAL_DISK_LATENCY
    })
  }

  #fullDisk(node: SimulatedNode): void {
    node.disk.capacity = node.disk.usedBytes + this.#random.below(5_000)
    node.hasDiskFailed = true
    this.#tally.count('full disks')
    this.#tell(`lets ${node.name} have no more than ${node.disk.capacity} bytes on its disk`)
    this.#later(this.#random.between(100, 4_000), () => this.#healDisk(node))
  }

  #failingDisk(node: SimulatedNode): void {
    if (node.disk.fault !== null) return
    const failing = this.#random.pick(FAILING_OPERATIONS)
    let left = 1 + this.#random.below(3)
    node.hasDiskFailed = true
    this.#tell(`has ${failing} fail ${left} times on the disk of ${node.name}`)
    node.disk.fault = (operation, path) => {
      if (operation !== failing || left === 0) return null
      left--
      this.#tally.count('operations of disks that fail')
      const isSync = operation === 'datasync' || operation === 'syncDirectory'
      node.hasSyncFailed ||= isSync && JOURNAL_PATH.test(path)
      this.#story.tell(node.name, `EIO in ${operation} of ${path.slice(path.lastIndexOf('/') + 1)}`)
      return 'EIO'
    }
    this.#later(this.#random.between(100, 3_000), () => this.#healDisk(node))
  }

  #healDisk(node: SimulatedNode): void {
    node.disk.fault = null
    node.disk.capacity = Number.POSITIVE_INFINITY
    node.diskLatency = USUAL_DISK_LATENCY
  }

  #persist(node: SimulatedNode): void {
    const { running } = node
    if (running === null || !node.isResponsive) return
    this.#tally.count('snapshots asked for')
    this.#story.tell(node.name, 'BGSAVE')
    running.process.run(() => {
      running.store.persistSnapshot().then(
        (file) => {
          this.#story.tell(node.name, `has a snapshot at ${file.offset}, ${file.size} bytes`)
          // The snapshot is safe, and the journal before it need not be.
          if (!this.#isOver && this.#random.chance(0.3) && node.running === running) {
            this.#losePower(node, 'loses its power behind the snapshot')
          }
        },
        (error: unknown) => this.#story.tell(node.name, `no snapshot: ${String(error)}`),
      )
    })
  }

  #changePolicy(node: SimulatedNode): void {
    const { running } = node
    if (running === null || !node.isResponsive) return
    this.#tally.count('settings changed live')
    node.appendfsync = this.#random.pick(['always', 'everysec', 'no'] as const)
    this.#story.tell(node.name, `CONFIG SET appendfsync ${node.appendfsync}`)
    running.process.run(() => {
      running.store.appendfsync = node.appendfsync
    })
  }

  #changeSettings(node: SimulatedNode): void {
    const { running } = node
    if (running === null || !node.isResponsive) return
    this.#tally.count('settings changed live')
    const random = this.#random
    running.process.run(() => {
      const settings = random.pick<LiveMasterOptions>([
        { compression: random.chance(0.5), streamDelay: random.pick([0, 20]) },
        { digestPeriod: random.pick([0, 300]) },
        { maxTransfers: random.pick([0, 1, 2]), snapshotBytesPerSecond: random.pick([0, 50_000, 500_000]) },
        { fullSynchronizationGate: Date.now() + random.below(1_500) },
        { minSlavesToWrite: random.below(2), minSlavesMaxLag: 2_000 },
      ])
      this.#story.tell(node.name, `CONFIG SET ${JSON.stringify(settings)}`)
      running.master.configure(settings)
      if (random.chance(0.3)) running.store.backlogBytes = random.pick([512, 16_384])
    })
  }

  #later(delay: number, action: () => void): void {
    setTimeout(() => {
      if (!this.#isOver) action()
    }, delay)
  }

  #tell(text: string): void {
    this.#story.tell('trouble', text)
  }
}
