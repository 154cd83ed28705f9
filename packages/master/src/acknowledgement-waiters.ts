import type { Clock } from '@repl/protocol'

interface Waiter {
  readonly isReached: () => boolean
  readonly resolve: () => void
  cancelTimeout: (() => void) | null
}

/** Those who wait for what slaves acknowledge, or the own disk (WAIT, WAITAOF, a hand-over). */
export class AcknowledgementWaiters {
  private readonly clock: Clock
  private readonly waiters = new Set<Waiter>()

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** Resolves when `isReached` holds, after `timeout` ms (0: never), when the signal is aborted, or by `settleAll`. */
  wait(isReached: () => boolean, timeout: number, signal?: AbortSignal): Promise<void> {
    if (isReached() || signal?.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const settle = (): void => this.settle(waiter)
      const waiter: Waiter = {
        isReached,
        resolve: () => {
          signal?.removeEventListener('abort', settle)
          resolve()
        },
        cancelTimeout: null,
      }
      this.waiters.add(waiter)
      signal?.addEventListener('abort', settle)
      if (timeout > 0) waiter.cancelTimeout = this.clock.schedule(timeout, settle)
    })
  }

  /** To be called when a slave has acknowledged something, or the disk has more. */
  check(): void {
    for (const waiter of this.waiters) if (waiter.isReached()) this.settle(waiter)
  }

  /** Lets nobody wait any longer. */
  settleAll(): void {
    for (const waiter of this.waiters) this.settle(waiter)
  }

  private settle(waiter: Waiter): void {
    if (!this.waiters.delete(waiter)) return
    waiter.cancelTimeout?.()
    waiter.resolve()
  }
}
