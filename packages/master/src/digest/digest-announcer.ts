import { Alarm, type Clock } from '@repl/protocol'
import type { Store } from '@repl/store'

/** A slave that is told of digests. */
export interface DigestListener {
  /** Whether its stream flows and it understands them. */
  readonly takesDigests: boolean
  announceDigest(offset: number, digest: string): void
}

/** The digest is kept for so many periods without a slave: one that comes back need not wait until all is read again. */
const IDLE_PERIODS = 6

/** Takes the digest of a master's data set every so often, and has every slave compare its own at the same offset. */
export class DigestAnnouncer implements Disposable {
  private readonly store: Store
  private readonly clock: Clock
  private readonly period: () => number
  private readonly listeners: () => Iterable<DigestListener>
  private readonly alarm: Alarm
  private kept: Disposable | null = null
  private idlePeriods = 0
  private dueAt = Number.POSITIVE_INFINITY
  /** The last one that was announced. */
  last: { readonly offset: number; readonly digest: string } | null = null
  announced = 0

  /** `period`: from one digest to the next, in ms; 0 for never. Asked each time. */
  constructor(store: Store, clock: Clock, period: () => number, listeners: () => Iterable<DigestListener>) {
    this.store = store
    this.clock = clock
    this.period = period
    this.listeners = listeners
    this.alarm = new Alarm(clock, () => this.tick())
  }

  /** To be called when a slave's stream has begun, or the period has changed. */
  update(): void {
    const period = this.period()
    if (period === 0) this.release()
    else if (this.kept === null && this.present().length > 0) {
      this.kept = this.store.keepDigest()
      this.idlePeriods = 0
      this.setAlarm(this.clock.now() + period)
    } else if (this.kept !== null) {
      // Sooner where the period has become shorter; slaves that come and go put nothing off.
      this.setAlarm(Math.min(this.dueAt, this.clock.now() + period))
    }
  }

  [Symbol.dispose](): void {
    this.release()
    this.alarm[Symbol.dispose]()
  }

  private release(): void {
    this.setAlarm(Number.POSITIVE_INFINITY)
    this.kept?.[Symbol.dispose]()
    this.kept = null
  }

  private setAlarm(dueAt: number): void {
    this.dueAt = dueAt
    this.alarm.set(dueAt)
  }

  private present(): DigestListener[] {
    return [...this.listeners()].filter((listener) => listener.takesDigests)
  }

  private tick(): void {
    const listeners = this.present()
    this.idlePeriods = listeners.length === 0 ? this.idlePeriods + 1 : 0
    if (this.idlePeriods >= IDLE_PERIODS) {
      this.release()
      return
    }
    this.setAlarm(this.clock.now() + this.period())
    // While a snapshot is loaded, memory is not what the stream's end says.
    const digest = listeners.length === 0 || this.store.isLoading ? null : this.store.digest
    if (digest === null) return
    const { offset } = this.store
    for (const listener of listeners) listener.announceDigest(offset, digest)
    this.last = { offset, digest }
    this.announced++
  }
}
