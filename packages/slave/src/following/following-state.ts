/** Where a master is reached. */
export interface MasterAddress {
  readonly host: string
  readonly port: number
}

/** What happens to a slave that follows, or doesn't. */
export type FollowingInput =
  | { readonly type: 'slaveof'; readonly master: MasterAddress | null }
  /** The attempt that was begun last has ended. */
  | { readonly type: 'ended' }
  | { readonly type: 'tick' }

/** What is to be done about it, in this order. */
export type FollowingAction =
  /** End the attempt in hand, with all that belongs to it; `discard`: and forget what it had fetched. */
  | { readonly type: 'stop'; readonly discard: boolean }
  | { readonly type: 'promote' }
  /** Begin an attempt to reach this master. */
  | { readonly type: 'attempt'; readonly master: MasterAddress }

/** Which master is followed, and when the next attempt to reach it is due (steps 1 and 2), without any I/O. */
export class FollowingState {
  master: MasterAddress | null = null
  isAttempting = false
  private readonly retryPeriod: number
  private retryAt = Number.POSITIVE_INFINITY
  private lastAttemptAt = Number.NEGATIVE_INFINITY

  /** `retryPeriod`: from one attempt to the next, in ms. */
  constructor(retryPeriod: number) {
    this.retryPeriod = retryPeriod
  }

  /** When the next `tick` is due; infinite for never. */
  get deadline(): number {
    return this.retryAt
  }

  /** Takes one input at time `now` (ms, never going back) and says what to do. */
  handle(input: FollowingInput, now: number): FollowingAction[] {
    switch (input.type) {
      case 'slaveof':
        return this.onSlaveof(input.master, now)
      case 'ended': {
        if (!this.isAttempting) return []
        this.isAttempting = false
        // Attempts begin on the ticks of a timer; a link that stood for long is tried again at its next tick.
        this.retryAt = Math.max(now, this.lastAttemptAt + this.retryPeriod)
        return []
      }
      case 'tick':
        if (this.master === null || this.isAttempting || now < this.retryAt) return []
        return [this.attempt(this.master, now)]
    }
  }

  private onSlaveof(master: MasterAddress | null, now: number): FollowingAction[] {
    const previous = this.master
    if (previous !== null && master !== null && previous.host === master.host && previous.port === master.port) {
      return []
    }
    const actions: FollowingAction[] = []
    if (previous !== null) actions.push({ type: 'stop', discard: true })
    this.isAttempting = false
    this.retryAt = Number.POSITIVE_INFINITY
    this.master = master
    if (master === null) {
      // Also where no master is known: the store may remember that it was a slave.
      actions.push({ type: 'promote' })
      return actions
    }
    actions.push(this.attempt(master, now))
    return actions
  }

  private attempt(master: MasterAddress, now: number): FollowingAction {
    this.isAttempting = true
    this.retryAt = Number.POSITIVE_INFINITY
    this.lastAttemptAt = now
    return { type: 'attempt', master }
  }
}
