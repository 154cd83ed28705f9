/** A command that answers in a later turn; nothing more of its client is carried out before that. */
export class Suspension {
  readonly #controller = new AbortController()
  readonly #onUnblock: ((error: string | null) => void) | null

  /** @param onUnblock answers where the command is unblocked; null: it can't be */
  constructor(onUnblock: ((error: string | null) => void) | null) {
    this.#onUnblock = onUnblock
  }

  /**
   * Begins the work in a later turn, when the replies before this one are on their way.
   * @param onFailed the work has failed, and nobody had given it up
   * @param onEnded it has ended, in any way
   */
  begin(work: (signal: AbortSignal) => Promise<void>, onFailed: (error: unknown) => void, onEnded: () => void): void {
    const { signal } = this.#controller
    setImmediate(() => {
      if (signal.aborted) return
      work(signal)
        .catch((error: unknown) => {
          if (!signal.aborted) onFailed(error)
        })
        .finally(onEnded)
    })
  }

  /** Gives the work up and answers in its place; false where the command can't be unblocked. */
  unblock(error: string | null): boolean {
    if (this.#onUnblock === null) return false
    this.#controller.abort()
    this.#onUnblock(error)
    return true
  }

  /** Gives the work up: the client has gone. */
  abort(): void {
    this.#controller.abort()
  }
}
