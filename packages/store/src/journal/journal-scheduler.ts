/** Time as the journal uses it, so that it can run on a simulated clock. */
export interface JournalScheduler {
  /** Calls once the events at hand have been dealt with. */
  afterTurn(callback: () => void): void
  /**
   * Calls after `milliseconds`.
   * @param keepsAlive whether the process waits for it
   * @returns cancels it
   */
  after(milliseconds: number, keepsAlive: boolean, callback: () => void): () => void
}

/** The timers of Node.js. */
export const nodeScheduler: JournalScheduler = {
  afterTurn: (callback) => {
    setImmediate(callback)
  },
  after: (milliseconds, keepsAlive, callback) => {
    const timer = setTimeout(callback, milliseconds)
    if (!keepsAlive) timer.unref()
    return () => clearTimeout(timer)
  },
}
