/** Where time comes from; a simulation brings its own. */
export interface Clock {
  /** Unix milliseconds that never go back. */
  now(): number
  /** Calls back once, `delay` ms from now; returns how to prevent it. */
  schedule(delay: number, callback: () => void): () => void
}

/** The longest delay that setTimeout takes. */
const MAX_DELAY = 2 ** 31 - 1

/** The time of this process. */
export const systemClock: Clock = {
  now: () => Math.round(performance.timeOrigin + performance.now()),
  schedule(delay, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(0, delay), MAX_DELAY))
    return () => clearTimeout(timer)
  },
}

/**
 * Wakes its owner when a deadline that moves all the time is reached. Moving it later costs nothing: the timer that
 * is set rings too early, and is set again.
 */
export class Alarm implements Disposable {
  private readonly clock: Clock
  private readonly onDue: () => void
  private deadline = Number.POSITIVE_INFINITY
  private armedFor = Number.POSITIVE_INFINITY
  private cancel: (() => void) | null = null

  constructor(clock: Clock, onDue: () => void) {
    this.clock = clock
    this.onDue = onDue
  }

  /** Sets the deadline in ms of the clock; infinite for none. */
  set(deadline: number): void {
    this.deadline = deadline
    if (deadline === Number.POSITIVE_INFINITY) this.disarm()
    else if (deadline < this.armedFor) this.arm()
  }

  private arm(): void {
    this.cancel?.()
    this.armedFor = this.deadline
    this.cancel = this.clock.schedule(this.deadline - this.clock.now(), () => {
      this.cancel = null
      this.armedFor = Number.POSITIVE_INFINITY
      if (this.clock.now() >= this.deadline) {
        this.deadline = Number.POSITIVE_INFINITY
        this.onDue()
      } else {
        this.arm()
      }
    })
  }

  private disarm(): void {
    this.cancel?.()
    this.cancel = null
    this.armedFor = Number.POSITIVE_INFINITY
  }

  [Symbol.dispose](): void {
    this.deadline = Number.POSITIVE_INFINITY
    this.disarm()
  }
}
