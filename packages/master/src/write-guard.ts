import type { Store } from '@repl/store'
import type { MasterLink } from './link/master-link.ts'
import type { ResolvedMasterOptions } from './master-options.ts'

/** Why a write is refused that too few slaves would get, in Redis's words. */
export const NO_REPLICAS_REFUSAL = 'NOREPLICAS Not enough good replicas to write.'

/** Redis counts in whole seconds: a lag of 10 seconds and a half is one of 10. */
const LAG_UNIT = 1000

/** Has a store refuse the writes of clients while too few slaves stream and were heard of lately. */
export class WriteGuard implements Disposable {
  readonly #store: Store
  readonly #options: Pick<ResolvedMasterOptions, 'clock' | 'minSlavesMaxLag' | 'minSlavesToWrite'>
  readonly #links: Iterable<Pick<MasterLink, 'state'>>

  /** `options` may change, see `update`. */
  constructor(
    store: Store,
    options: Pick<ResolvedMasterOptions, 'clock' | 'minSlavesMaxLag' | 'minSlavesToWrite'>,
    links: Iterable<Pick<MasterLink, 'state'>>,
  ) {
    this.#store = store
    this.#options = options
    this.#links = links
  }

  /** Slaves that stream and were heard of during the last `minSlavesMaxLag` ms. */
  get goodSlaves(): number {
    const { clock, minSlavesMaxLag } = this.#options
    const heardSince = clock.now() - minSlavesMaxLag
    let count = 0
    for (const { state } of this.#links) {
      if (state.phase === 'streaming' && state.acknowledgedAt + LAG_UNIT > heardSince) count++
    }
    return count
  }

  /** To be called when the options have changed. */
  update(): void {
    const { minSlavesToWrite, minSlavesMaxLag } = this.#options
    if (minSlavesToWrite > 0 && minSlavesMaxLag > 0) this.#store.writeGuard = this.#refusal
    else this[Symbol.dispose]()
  }

  [Symbol.dispose](): void {
    if (this.#store.writeGuard === this.#refusal) this.#store.writeGuard = null
  }

  readonly #refusal = (): string | null =>
    this.goodSlaves < this.#options.minSlavesToWrite ? NO_REPLICAS_REFUSAL : null
}
