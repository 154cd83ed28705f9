interface DurabilityWaiter {
  readonly offset: number
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** Those who wait until the disk has the stream up to an offset. */
export class DurabilityWaiters {
  #waiters: DurabilityWaiter[] = []

  wait(offset: number): Promise<void> {
    return new Promise((resolve, reject) => this.#waiters.push({ offset, resolve, reject }))
  }

  /** The disk has it up to `durable`. */
  settle(durable: number): void {
    const reached = this.#waiters.filter(({ offset }) => offset <= durable)
    if (reached.length === 0) return
    this.#waiters = this.#waiters.filter(({ offset }) => offset > durable)
    for (const { resolve } of reached) resolve()
  }

  /** None of what they wait for will come. */
  rejectAll(error: () => Error): void {
    const waiters = this.#waiters
    this.#waiters = []
    for (const { reject } of waiters) reject(error())
  }
}
