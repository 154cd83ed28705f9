import type { Executor } from './executor.ts'

/** How often the background work looks for something to do, in ms; Redis's `hz 10`. */
const UPKEEP_PERIOD = 100

/** How long one slice of it may hold the event loop, in ms. */
const UPKEEP_SLICE = 1

/** Slices for expiry in one period, so that it takes at most a twentieth of the time. */
const MAX_EXPIRY_SLICES = 5

/** Slices for compaction in one period: a quarter of the time while there is something to compact. */
const MAX_COMPACTION_SLICES = 25

/**
 * The work that nobody asks for: deleting what has expired, compacting the arena. A slice at a time, with the event
 * loop free in between.
 */
export class Upkeep implements Disposable {
  readonly #executor: Executor
  readonly #timer: NodeJS.Timeout
  #slice: NodeJS.Immediate | null = null

  constructor(executor: Executor) {
    this.#executor = executor
    this.#timer = setInterval(() => this.#begin(), UPKEEP_PERIOD)
    this.#timer.unref()
  }

  #begin(): void {
    if (this.#slice === null) this.#run(MAX_EXPIRY_SLICES, MAX_COMPACTION_SLICES)
  }

  #run(expirySlices: number, compactionSlices: number): void {
    this.#slice = null
    const executor = this.#executor
    const mayExpire = !executor.isReadOnly && executor.journal !== null && executor.journal.failure === null
    if (expirySlices > 0 && mayExpire && executor.sweepExpired(UPKEEP_SLICE)) {
      this.#continue(expirySlices - 1, compactionSlices)
    } else if (compactionSlices > 0 && this.#compact()) {
      this.#continue(0, compactionSlices - 1)
    }
  }

  #compact(): boolean {
    for (const [, keySpace] of this.#executor.dataSet.databases()) {
      if (keySpace.compact(UPKEEP_SLICE)) return true
    }
    return false
  }

  #continue(expirySlices: number, compactionSlices: number): void {
    this.#slice = setImmediate(() => this.#run(expirySlices, compactionSlices))
    this.#slice.unref()
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    if (this.#slice !== null) clearImmediate(this.#slice)
    this.#slice = null
  }
}
