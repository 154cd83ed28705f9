import { Alarm, type Clock } from '@repl/protocol'
import type { Store } from '@repl/store'

/** Keeps the stream's end in memory while there are slaves, and for a while after the last one has gone. */
export class BacklogKeeper implements Disposable {
  readonly #store: Store
  readonly #clock: Clock
  readonly #retention: () => number
  readonly #alarm: Alarm
  #isGivenUp = false

  /** `retention`: in ms; 0 for ever. Asked each time. */
  constructor(store: Store, clock: Clock, retention: () => number) {
    this.#store = store
    this.#clock = clock
    this.#retention = retention
    // What is on disk is still there for whoever comes back.
    this.#alarm = new Alarm(clock, () => {
      this.#isGivenUp = true
      store.journal.memoryBytes = 0
    })
  }

  /** To be called when slaves have come or gone, or the time or the node's role has changed. */
  update(slaves: number): void {
    const retention = this.#retention()
    if (slaves > 0 || retention === 0 || this.#store.isReadOnly) {
      this.#alarm.set(Number.POSITIVE_INFINITY)
      if (this.#isGivenUp) this.#store.journal.memoryBytes = this.#store.backlogBytes
      this.#isGivenUp = false
    } else if (!this.#isGivenUp) this.#alarm.set(this.#clock.now() + retention)
  }

  [Symbol.dispose](): void {
    this.#alarm[Symbol.dispose]()
  }
}
