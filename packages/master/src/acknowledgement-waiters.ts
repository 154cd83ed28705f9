import type { Clock } from './clock.ts'

interface Waiter {
  readonly count: number
  readonly offset: number
  readonly resolve: (reached: number) => void
  cancelTimeout: (() => void) | null
}

/** Those who wait until so many slaves have applied the stream up to an offset (WAIT). */
export class AcknowledgementWaiters {
  private readonly clock: Clock
  private readonly reachedBy: (offset: number) => number
  private readonly waiters = new Set<Waiter>()

  /** `reachedBy` counts the slaves that have applied the stream up to an offset. */
  constructor(clock: Clock, reachedBy: (offset: number) => number) {
    this.clock = clock
    this.reachedBy = reachedBy
  }

  /** Resolves with the number of slaves that have it: when they are enough, or after `timeout` ms (0: never). */
  wait(count: number, offset: number, timeout: number): Promise<number> {
    const reached = this.reachedBy(offset)
    if (reached >= count) return Promise.resolve(reached)
    return new Promise((resolve) => {
      const waiter: Waiter = { count, offset, resolve, cancelTimeout: null }
      this.waiters.add(waiter)
      if (timeout > 0) waiter.cancelTimeout = this.clock.schedule(timeout, () => this.settle(waiter))
    })
  }

  /** To be called when a slave has acknowledged something. */
  check(): void {
    for (const waiter of this.waiters) {
      if (this.reachedBy(waiter.offset) >= waiter.count) this.settle(waiter)
    }
  }

  /** Answers everybody with what has been reached. */
  settleAll(): void {
    for (const waiter of this.waiters) this.settle(waiter)
  }

  private settle(waiter: Waiter): void {
    this.waiters.delete(waiter)
    waiter.cancelTimeout?.()
    waiter.resolve(this.reachedBy(waiter.offset))
  }
}
