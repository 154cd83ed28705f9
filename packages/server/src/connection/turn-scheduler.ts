/** How long clients may be served in one phase of the event loop, in ms, all together. */
export const TURN_BUDGET = 1
/** How long one client may be served before the next one's turn, in ms. */
export const CLIENT_SLICE = 0.25

/** Somebody who has work that can be cut into slices. */
export interface SlicedWork {
  /** Works until `deadline` (performance.now) at the latest; returns whether there is more to do. */
  runSlice(deadline: number): boolean
  /** Sends what the slices of this turn have made. May come without any slice before it. */
  finishTurn(): void
}

/**
 * Shares each turn of the event loop among the clients. Work begins at once while the turn has time left; what is
 * over waits in line and goes on in the next phase, each client a slice at a time. So neither one client with a long
 * pipeline nor a thousand with short ones keep timers and replication waiting. Replies leave when all whose requests
 * came in together have been served: then the journal and the kernel are asked once for many.
 */
export class TurnScheduler {
  #waiting: SlicedWork[] = []
  #next = 0
  readonly #isWaiting = new Set<SlicedWork>()
  #served: SlicedWork[] = []
  #turnDeadline = 0
  #isTurnOpen = false
  #isContinuing = false
  readonly #isHeld: () => boolean

  /** @param isHeld while it is true nobody works; `wake` must be called when it ends */
  constructor(isHeld: () => boolean = () => false) {
    this.#isHeld = isHeld
  }

  /** Has this work begin or go on: now if there is time, in its order otherwise. */
  run(work: SlicedWork): void {
    if (this.#isWaiting.has(work)) return
    if (this.#isWaiting.size === 0 && !this.#isHeld()) {
      const now = performance.now()
      if (!this.#isTurnOpen) {
        this.#isTurnOpen = true
        this.#turnDeadline = now + TURN_BUDGET
        setImmediate(this.#endTurn)
      }
      if (now < this.#turnDeadline) {
        this.#served.push(work)
        if (!work.runSlice(Math.min(now + CLIENT_SLICE, this.#turnDeadline))) return
      }
    }
    this.#isWaiting.add(work)
    this.#waiting.push(work)
    this.#continueSoon()
  }

  /** Has work that got something to send, outside of its own slices, send it at the end of this turn. */
  finishSoon(work: SlicedWork): void {
    this.#served.push(work)
    if (this.#isTurnOpen) return
    this.#isTurnOpen = true
    this.#turnDeadline = performance.now() + TURN_BUDGET
    setImmediate(this.#endTurn)
  }

  /** Goes on after `isHeld` has become false. */
  wake(): void {
    if (this.#isWaiting.size > 0) this.#continueSoon()
  }

  readonly #endTurn = (): void => {
    this.#isTurnOpen = false
    this.#finishServed()
  }

  #finishServed(): void {
    const served = this.#served
    this.#served = []
    for (const work of served) work.finishTurn()
  }

  readonly #continue = (): void => {
    this.#isContinuing = false
    if (this.#isHeld()) return
    const deadline = performance.now() + TURN_BUDGET
    let now = deadline - TURN_BUDGET
    // Those in line now, once each: who has more to do stands in line again.
    while (this.#next < this.#waiting.length && now < deadline) {
      const work = this.#waiting[this.#next++]!
      this.#isWaiting.delete(work)
      this.#served.push(work)
      if (work.runSlice(Math.min(now + CLIENT_SLICE, deadline)) && !this.#isWaiting.has(work)) {
        this.#isWaiting.add(work)
        this.#waiting.push(work)
      }
      if (this.#isHeld()) break
      now = performance.now()
    }
    this.#finishServed()
    // Forget those that have been served before they pile up.
    if (this.#next === this.#waiting.length) {
      this.#waiting.length = 0
      this.#next = 0
    } else if (this.#next >= 1024) {
      this.#waiting = this.#waiting.slice(this.#next)
      this.#next = 0
    }
    if (this.#waiting.length > 0) this.#continueSoon()
  }

  #continueSoon(): void {
    if (this.#isContinuing || this.#isHeld()) return
    this.#isContinuing = true
    setImmediate(this.#continue)
  }
}
