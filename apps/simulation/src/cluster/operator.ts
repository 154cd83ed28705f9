import type { Random } from '../runtime/random.ts'
import type { Story } from '../story.ts'
import type { SimulatedNode } from './simulated-node.ts'

/** How long the operator may take to tell a node what it should be, in ms. */
const SLOWEST_HAND = 800

/** After so many ms the operator gives a failover up. */
const LONGEST_FAILOVER = 8_000

/** Whoever decides which node is whose slave, and tells them, some time or other. */
export class Operator {
  readonly #nodes: readonly SimulatedNode[]
  readonly #random: Random
  readonly #story: Story
  /** What each node should be: the name of its master, or null for a master. */
  readonly #intended = new Map<string, string | null>()
  readonly #errands = new Set<string>()
  /** How often another node was made the master. */
  promotions = 0
  readonly #now: () => number
  #failover: { from: SimulatedNode; fromLife: number; to: SimulatedNode; until: number; isForced: boolean } | null =
    null

  constructor(nodes: readonly SimulatedNode[], random: Random, story: Story, now: () => number) {
    this.#now = now
    this.#nodes = nodes
    this.#random = random
    this.#story = story
    this.#arrange(nodes[0]!)
  }

  /** The node that should be the master. */
  get primary(): SimulatedNode {
    return this.#nodes.find(({ name }) => this.#intended.get(name) === null)!
  }

  masterOf(node: SimulatedNode): string | null {
    return this.#intended.get(node.name) ?? null
  }

  /** Makes a slave the master, and all others its slaves, directly or in a chain. */
  promote(node: SimulatedNode): void {
    if (node === this.primary || this.#failover !== null) return
    this.#story.tell('operator', `wants ${node.name} to be the master`)
    this.promotions++
    this.#arrange(node)
    node.slaveof(null)
  }

  /** Has the master hand over to a slave, and looks on until that has gone one way or the other. */
  failOver(node: SimulatedNode): void {
    const { primary } = this
    if (node === primary || this.#failover !== null) return
    const isForced = this.#random.chance(0.1)
    if (!primary.failOver(node.name, 500 + this.#random.below(3_000), isForced)) return
    this.#failover = {
      from: primary,
      fromLife: primary.lives,
      to: node,
      until: this.#now() + LONGEST_FAILOVER,
      isForced,
    }
  }

  /** What is being handed over, from whom to whom. */
  get failover(): { from: SimulatedNode; to: SimulatedNode; isForced: boolean } | null {
    return this.#failover
  }

  /** Has some slave follow another node. */
  rearrange(): void {
    if (this.#failover !== null) return
    this.#arrange(this.primary)
  }

  /** Sends word to nodes that are not what they should be. To be called every now and then. */
  look(): void {
    this.#lookAtFailover()
    for (const node of this.#nodes) {
      const { running } = node
      if (node === this.#failover?.from || node === this.#failover?.to) continue
      if (running === null || !node.isResponsive || this.#errands.has(node.name) || this.#isAsIntended(node)) continue
      this.#errands.add(node.name)
      setTimeout(
        () => {
          this.#errands.delete(node.name)
          if (node === this.#failover?.from || node === this.#failover?.to) return
          if (!this.#isAsIntended(node)) node.slaveof(this.masterOf(node))
        },
        this.#random.next() ** 2 * SLOWEST_HAND,
      )
    }
  }

  /** A failover is over when its master says so, dies, or takes too long; then what has become of it holds. */
  #lookAtFailover(): void {
    const failover = this.#failover
    if (failover === null) return
    const { from, fromLife, to, until } = failover
    const isUnderWay = from.running?.failover.state !== 'no-failover' && from.lives === fromLife
    if (isUnderWay && this.#now() < until) return
    this.#failover = null
    if (to.running === null || to.running.store.isReadOnly) return
    this.promotions++
    this.#story.tell('operator', `takes ${to.name} for the master`)
    this.#arrange(to)
  }

  #isAsIntended(node: SimulatedNode): boolean {
    if (node.running === null) return true
    const { slave, store } = node.running
    const master = this.masterOf(node)
    return master === null ? slave.master === null && !store.isReadOnly : slave.master?.host === master
  }

  #arrange(primary: SimulatedNode): void {
    const placed = [primary.name]
    this.#intended.set(primary.name, null)
    for (const { name } of this.#nodes) {
      if (name === primary.name) continue
      this.#intended.set(name, this.#random.chance(0.7) ? primary.name : this.#random.pick(placed))
      placed.push(name)
    }
  }
}
