import type { DiskOperation } from '@repl/store/simulation'
import type { SimulatedNetwork } from '../network/simulated-network.ts'
import type { Random } from '../runtime/random.ts'
import type { Story } from '../story.ts'
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

/** What goes wrong, and what is done on purpose, at times and places drawn from the seed. */
export class Trouble {
  readonly #nodes: readonly SimulatedNode[]
  readonly #network: SimulatedNetwork
  readonly #operator: Operator
  readonly #random: Random
  readonly #story: Story
  readonly #onDeath: (node: SimulatedNode, how: 'killed' | 'powerless') => void
  #isOver = false

  constructor(
    nodes: readonly SimulatedNode[],
    network: SimulatedNetwork,
    operator: Operator,
    random: Random,
    story: Story,
    onDeath: (node: SimulatedNode, how: 'killed' | 'powerless') => void,
  ) {
    this.#nodes = nodes
    this.#network = network
    this.#operator = operator
    this.#random = random
    this.#story = story
    this.#onDeath = onDeath
  }

  /** Makes one trouble. */
  strike(): void {
    const random = this.#random
    const node = random.pick(this.#nodes)
    random.weighted<() => void>([
      [8, () => this.#die(node)],
      [8, () => this.#dieAtOperation(node)],
      [4, () => node.shutDown()],
      [8, () => this.#cut()],
      [6, () => this.#partition()],
      [4, () => this.#slowRoute()],
      [3, () => this.#slowDisk(node)],
      [3, () => this.#fullDisk(node)],
      [4, () => this.#failingDisk(node)],
      [5, () => this.#operator.promote(node)],
      [5, () => this.#operator.failOver(node)],
      [3, () => this.#operator.rearrange()],
      [5, () => this.#persist(node)],
      [2, () => this.#changePolicy(node)],
    ])()
  }

  /** Perhaps cuts two nodes apart while a long command is on its way. */
  onLongCommand(): void {
    if (this.#random.chance(0.5)) this.#later(this.#random.between(0, 60), () => this.#cut())
  }

  /** From here on everything works. */
  end(): void {
    this.#isOver = true
    this.#network.heal()
    for (const node of this.#nodes) this.#healDisk(node)
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
      const where = `in ${operation} of ${path.slice(path.lastIndexOf('/') + 1)}`
      if (isPower) this.#losePower(node, `loses its power ${where}`)
      else this.#kill(node, `is killed ${where}`)
      return null
    }
  }

  #kill(node: SimulatedNode, why: string): void {
    this.#onDeath(node, 'killed')
    node.kill(why)
  }

  #losePower(node: SimulatedNode, why: string): void {
    this.#onDeath(node, 'powerless')
    node.losePower(why)
  }

  #pair(): [SimulatedNode, SimulatedNode] {
    const one = this.#random.pick(this.#nodes)
    const other = this.#random.pick(this.#nodes.filter((node) => node !== one))
    return [one, other]
  }

  #cut(): void {
    const [one, other] = this.#pair()
    if (this.#network.cut(one.name, other.name) > 0) this.#tell(`cuts ${one.name} from ${other.name}`)
  }

  #partition(): void {
    const [one, other] = this.#pair()
    const duration = this.#random.next() ** 2 * 5_000
    const isOneWay = this.#random.chance(0.3)
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
    this.#tell(
      `slows the way from ${one.name} to ${other.name} to ${Math.round(route.latency)} ms, ${route.bytesPerMillisecond} bytes/ms`,
    )
    this.#network.setRoute(one.name, other.name, route)
    this.#later(this.#random.between(100, 4_000), () => this.#network.setRoute(one.name, other.name, null))
  }

  #slowDisk(node: SimulatedNode): void {
    node.diskLatency = this.#random.pick([10, 100])
    this.#tell(`slows the disk of ${node.name} to ${node.diskLatency} ms`)
    this.#later(this.#random.between(100, 3_000), () => {
      node.diskLatency = USUAL_DISK_LATENCY
    })
  }

  #fullDisk(node: SimulatedNode): void {
    node.disk.capacity = node.disk.usedBytes + this.#random.below(5_000)
    node.hasDiskFailed = true
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
    if (running === null || node.isStopping) return
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
    if (running === null || node.isStopping) return
    node.appendfsync = this.#random.pick(['always', 'everysec', 'no'] as const)
    this.#story.tell(node.name, `CONFIG SET appendfsync ${node.appendfsync}`)
    running.process.run(() => {
      running.store.appendfsync = node.appendfsync
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
