/** How somebody waits for an offset. */
export interface ReachedOptions {
  /** The longest wait, in ms; without limit where it is not given, or 0. */
  readonly timeout?: number
  readonly signal?: AbortSignal
}

/** Those who wait until memory shows the stream up to an offset. */
export class AppliedWaiters {
  readonly #waiting = new Set<{ readonly offset: number; readonly settle: (isReached: boolean) => void }>()

  /** Resolves with true when `check` is told of the offset, or with false when the time is over or the signal aborted. */
  wait(offset: number, { timeout = 0, signal }: ReachedOptions): Promise<boolean> {
    if (signal?.aborted) return Promise.resolve(false)
    return new Promise((resolve) => {
      const giveUp = () => waiter.settle(false)
      const timer = timeout > 0 ? setTimeout(giveUp, timeout) : null
      const waiter = {
        offset,
        settle: (isReached: boolean) => {
          this.#waiting.delete(waiter)
          if (timer !== null) clearTimeout(timer)
          signal?.removeEventListener('abort', giveUp)
          resolve(isReached)
        },
      }
      signal?.addEventListener('abort', giveUp)
      this.#waiting.add(waiter)
    })
  }

  /** To be called when memory shows more. Costs a comparison where nobody waits. */
  check(appliedOffset: number): void {
    if (this.#waiting.size === 0) return
    for (const waiter of [...this.#waiting]) if (waiter.offset <= appliedOffset) waiter.settle(true)
  }

  /** Nobody is served any more. */
  giveUp(): void {
    for (const waiter of [...this.#waiting]) waiter.settle(false)
  }
}
