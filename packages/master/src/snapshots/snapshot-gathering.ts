import { Alarm, type Clock } from '@repl/protocol'

/** Has slaves that need a new snapshot wait a while for others, so that one serves them all. */
export class SnapshotGathering implements Disposable {
  private readonly clock: Clock
  private readonly delay: () => number
  private readonly enough: () => number
  private readonly alarm: Alarm
  private readonly waiting = new Set<() => void>()
  /** When the first of them came. */
  private since = 0

  /**
   * Both are asked each time. `delay`: how long the first one waits, in ms; 0 for nobody waits.
   * `enough`: when so many wait, nobody waits any longer; 0 for any number.
   */
  constructor(clock: Clock, delay: () => number, enough: () => number) {
    this.clock = clock
    this.delay = delay
    this.enough = enough
    this.alarm = new Alarm(clock, () => this.update())
  }

  /** Resolves when the snapshot may begin, or the signal is aborted: the slave has gone. */
  join(signal: AbortSignal): Promise<void> {
    if (this.delay() === 0 || signal.aborted) return Promise.resolve()
    if (this.waiting.size === 0) this.since = this.clock.now()
    return new Promise((resolve) => {
      const leave = (): void => {
        this.waiting.delete(leave)
        signal.removeEventListener('abort', leave)
        resolve()
      }
      this.waiting.add(leave)
      signal.addEventListener('abort', leave)
      this.update()
    })
  }

  /** To be called when the delay or the number has changed. */
  update(): void {
    const dueAt = this.waiting.size === 0 ? Number.POSITIVE_INFINITY : this.since + this.delay()
    const enough = this.enough()
    if (this.clock.now() < dueAt && (enough === 0 || this.waiting.size < enough)) {
      this.alarm.set(dueAt)
      return
    }
    this.alarm.set(Number.POSITIVE_INFINITY)
    for (const leave of [...this.waiting]) leave()
  }

  [Symbol.dispose](): void {
    this.alarm[Symbol.dispose]()
    for (const leave of [...this.waiting]) leave()
  }
}
