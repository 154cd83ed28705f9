/** A turn of the event loop takes so long, in ms: whoever asks for one turn after another sees time go by. */
const TURN = 0.01

/** So many events without time going on are an endless loop. */
const MAX_EVENTS_AT_ONCE = 100_000

/** Something that will happen. */
export interface ScheduledEvent {
  /** When, in simulated ms. */
  readonly at: number
  /** Among those of the same time, the order in which they were asked for. */
  readonly order: number
  run: (() => void) | null
}

/** Simulated time: a queue of events. Nothing in it depends on how fast this machine is. */
export class SimulatedClock {
  /** ms since the simulation began. */
  now = 0
  /** How many events have happened. */
  events = 0
  readonly #heap: ScheduledEvent[] = []
  #order = 0
  #eventsAtOnce = 0

  /** Has `run` called in `delay` ms. */
  schedule(delay: number, run: () => void): ScheduledEvent {
    const event = { at: this.now + Math.max(0, delay), order: this.#order++, run }
    this.#push(event)
    return event
  }

  /** Has `run` called in the next turn. */
  soon(run: () => void): ScheduledEvent {
    return this.schedule(TURN, run)
  }

  cancel(event: ScheduledEvent): void {
    event.run = null
  }

  /** When the next event is; infinite where there is none. */
  get nextAt(): number {
    this.#dropCancelled()
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY
  }

  /** Goes on to the next event and lets it happen. */
  step(): void {
    this.#dropCancelled()
    const event = this.#pop()
    if (event === undefined) return
    this.#eventsAtOnce = event.at > this.now ? 0 : this.#eventsAtOnce + 1
    if (this.#eventsAtOnce > MAX_EVENTS_AT_ONCE) throw new Error(`time stands still at ${this.now} ms`)
    this.now = event.at
    this.events++
    event.run?.()
  }

  /** Goes on without anything happening; there must be no event before. */
  advanceTo(time: number): void {
    this.now = Math.max(this.now, time)
  }

  #dropCancelled(): void {
    while (this.#heap[0]?.run === null) this.#pop()
  }

  #push(event: ScheduledEvent): void {
    const heap = this.#heap
    let index = heap.push(event) - 1
    while (index > 0) {
      const parent = (index - 1) >>> 1
      if (!isBefore(event, heap[parent]!)) break
      heap[index] = heap[parent]!
      index = parent
    }
    heap[index] = event
  }

  #pop(): ScheduledEvent | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, last)) break
      heap[index] = heap[child]!
      index = child
    }
    heap[index] = last
    return first
  }
}

function isBefore(left: ScheduledEvent, right: ScheduledEvent): boolean {
  return left.at < right.at || (left.at === right.at && left.order < right.order)
}
