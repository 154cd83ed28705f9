import type { ScheduledEvent, SimulatedClock } from './clock.ts'
import { inCurrentProcess } from './simulated-process.ts'

/** What setTimeout and setInterval answer: as much of Node.js's Timeout as is used anywhere. */
export class SimulatedTimer {
  readonly #clock: SimulatedClock
  readonly #period: number
  readonly #repeats: boolean
  readonly #callback: () => void
  #event: ScheduledEvent | null = null

  constructor(clock: SimulatedClock, period: number, repeats: boolean, callback: () => void) {
    this.#clock = clock
    // As Node.js has it: no delay, or none that makes sense, is 1 ms.
    this.#period = period >= 1 && period < 2 ** 31 ? period : 1
    this.#repeats = repeats
    this.#callback = callback
    this.#start()
  }

  #start(): void {
    const ring = inCurrentProcess(() => {
      // In a process that is stopped it may have been due for long, and cancelled by what was due before.
      if (this.#event !== event) return
      if (this.#repeats) this.#start()
      else this.#event = null
      this.#callback()
    })
    const event = this.#clock.schedule(this.#period, ring)
    this.#event = event
  }

  cancel(): void {
    if (this.#event !== null) this.#clock.cancel(this.#event)
    this.#event = null
  }

  refresh(): this {
    this.cancel()
    this.#start()
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  hasRef(): boolean {
    return true
  }

  [Symbol.dispose](): void {
    this.cancel()
  }
}

/** What setImmediate answers. */
export class SimulatedImmediate {
  readonly #clock: SimulatedClock
  readonly #event: ScheduledEvent
  #isCancelled = false

  constructor(clock: SimulatedClock, callback: () => void) {
    this.#clock = clock
    this.#event = clock.soon(
      inCurrentProcess(() => {
        if (!this.#isCancelled) callback()
      }),
    )
  }

  cancel(): void {
    this.#isCancelled = true
    this.#clock.cancel(this.#event)
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  hasRef(): boolean {
    return true
  }

  [Symbol.dispose](): void {
    this.cancel()
  }
}
