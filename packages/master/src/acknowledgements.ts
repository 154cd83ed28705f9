import type { Clock } from '@repl/protocol'
import type { Store } from '@repl/store'
import { AcknowledgementWaiters } from './acknowledgement-waiters.ts'
import type { MasterLink } from './link/master-link.ts'
import type { SlaveStatus } from './slave-status.ts'

/** Who has a piece of the stream on disk. */
export interface Durability {
  /** 1 where this node has it, 0 where not (yet). */
  readonly local: 0 | 1
  /** How many slaves have it. */
  readonly slaves: number
}

/** A slave's link, as far as its acknowledgements go. */
type Acknowledging = Pick<MasterLink, 'dispatch' | 'state'>

/** What the slaves have acknowledged, and who waits for that. */
export class Acknowledgements {
  readonly #store: Store
  readonly #links: Iterable<Acknowledging>
  readonly #waiters: AcknowledgementWaiters
  #isClosed = false

  /** `links`: those there are, at any time. */
  constructor(store: Store, clock: Clock, links: Iterable<Acknowledging>) {
    this.#store = store
    this.#links = links
    this.#waiters = new AcknowledgementWaiters(clock)
  }

  /** To be called when something was acknowledged, or became durable here. */
  check(): void {
    this.#waiters.check()
  }

  /** Nobody waits any longer: the node is a slave now. */
  settle(): void {
    this.#waiters.settleAll()
  }

  /** The same for good. */
  close(): void {
    this.#isClosed = true
    this.settle()
  }

  /** How many slaves have applied the stream up to `offset`. */
  appliedBy(offset: number): number {
    return this.#count(({ appliedOffset }) => appliedOffset >= offset)
  }

  /** Who has the stream up to `offset` on disk. */
  durabilityOf(offset: number): Durability {
    const slaves = this.#count(({ durableOffset }) => durableOffset >= offset)
    return { local: this.#store.journal.durableOffset >= offset ? 1 : 0, slaves }
  }

  /** Waits until `count` slaves have applied the stream up to `offset`; see Master. */
  async whenApplied(count: number, offset: number, timeout: number): Promise<number> {
    this.#want(offset, ({ appliedOffset }) => appliedOffset)
    if (this.#isClosed) return 0
    await this.#waiters.wait(() => this.appliedBy(offset) >= count, timeout)
    return this.appliedBy(offset)
  }

  /** Waits until the stream up to `offset` is on these disks; see Master. */
  async whenDurable(wanted: Durability, offset: number, timeout: number): Promise<Durability> {
    const store = this.#store
    this.#want(offset, ({ durableOffset }) => durableOffset)
    // A sync is asked for; where the disk refuses, or another journal takes this one's place, there is none.
    if (wanted.local > 0 && offset <= store.offset) store.whenDurable(offset).catch(() => undefined)
    const isReached = (): boolean => {
      const { local, slaves } = this.durabilityOf(offset)
      return local >= wanted.local && slaves >= wanted.slaves
    }
    if (!this.#isClosed) await this.#waiters.wait(isReached, timeout)
    return this.durabilityOf(offset)
  }

  /** Waits until `caughtUp` finds a slave that has applied all that is written now; see Master. */
  async whenCaughtUp(
    caughtUp: (offset: number) => SlaveStatus | undefined,
    timeout: number,
    signal: AbortSignal,
  ): Promise<SlaveStatus | null> {
    const { offset } = this.#store
    this.#want(offset, ({ appliedOffset }) => appliedOffset)
    if (!this.#isClosed) await this.#waiters.wait(() => caughtUp(offset) !== undefined, timeout, signal)
    return signal.aborted ? null : (caughtUp(offset) ?? null)
  }

  #count(has: (state: MasterLink['state']) => boolean): number {
    let count = 0
    for (const { state } of this.#links) if (state.phase === 'streaming' && has(state)) count++
    return count
  }

  #want(offset: number, known: (state: MasterLink['state']) => number): void {
    for (const link of this.#links) {
      if (known(link.state) < offset) link.dispatch({ type: 'acknowledgementWanted', offset })
    }
  }
}
