import type { Clock } from './clock.ts'

/** A clock for tests: time passes when they say so. */
export class FakeClock implements Clock {
  /** How many timers were ever set. */
  scheduled = 0
  private time = 0
  private readonly timers = new Set<{ at: number; callback: () => void }>()

  now(): number {
    return this.time
  }

  schedule(delay: number, callback: () => void): () => void {
    this.scheduled++
    const timer = { at: this.time + Math.max(0, delay), callback }
    this.timers.add(timer)
    return () => this.timers.delete(timer)
  }

  /** How many timers are set. */
  get pending(): number {
    return this.timers.size
  }

  /** Lets so many ms pass, timer by timer. */
  advance(duration: number): void {
    const end = this.time + duration
    for (;;) {
      const due = [...this.timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (due === undefined) break
      this.timers.delete(due)
      this.time = Math.max(this.time, due.at)
      due.callback()
    }
    this.time = end
  }
}
