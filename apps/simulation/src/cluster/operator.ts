import type { Random } from '../runtime/random.ts'
import type { Story } from '../story.ts'
import type { SimulatedNode } from './simulated-node.ts'

/** How long the operator may take to tell a node what it should be, in ms. */
const SLOWEST_HAND = 800

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

  constructor(nodes: readonly SimulatedNode[], random: Random, story: Story) {
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
    if (node === this.primary) return
    this.#story.tell('operator', `wants ${node.name} to be the master`)
    this.promotions++
    this.#arrange(node)
    node.slaveof(null)
  }

  /** Has some slave follow another node. */
  rearrange(): void {
    this.#arrange(this.primary)
  }

  /** Sends word to nodes that are not what they should be. To be called every now and then. */
  look(): void {
    for (const node of this.#nodes) {
      const { running } = node
      if (running === null || node.isStopping || this.#errands.has(node.name) || this.#isAsIntended(node)) continue
      this.#errands.add(node.name)
      setTimeout(
        () => {
          this.#errands.delete(node.name)
          if (!this.#isAsIntended(node)) node.slaveof(this.masterOf(node))
        },
        this.#random.next() ** 2 * SLOWEST_HAND,
      )
    }
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
