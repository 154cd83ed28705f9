/** Which limits a client is held to: Redis's classes. Slaves are fed from the journal and have no such buffer. */
export type ClientClass = 'normal' | 'replica' | 'pubsub'

/** How much may wait for a client that does not read: `client-output-buffer-limit`. In bytes and seconds, 0 for none. */
export interface OutputLimit {
  readonly hard: number
  readonly soft: number
  readonly softSeconds: number
}

export type OutputLimits = Readonly<Record<ClientClass, OutputLimit>>

/** Whether a client has more waiting than it may. */
export class OutputWatch {
  #overSoftSince = 0

  /** @param size bytes that wait for the client now */
  isOver(size: number, limit: OutputLimit): boolean {
    if (limit.hard > 0 && size >= limit.hard) return true
    if (limit.soft === 0 || size < limit.soft) {
      this.#overSoftSince = 0
      return false
    }
    const now = Date.now()
    if (this.#overSoftSince === 0) this.#overSoftSince = now
    return now - this.#overSoftSince > limit.softSeconds * 1000
  }
}
