/** Time, chance and the network of a simulation: the same seed tells the same story. */
export class World {
  now = 0
  private state: number
  private order = 0
  private events: { at: number; order: number; run: () => void }[] = []

  constructor(seed: number) {
    this.state = seed >>> 0
  }

  /** From 0 to 1, as mulberry32 draws it. */
  random(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let mixed = this.state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** An integer from 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor(this.random() * limit)
  }

  chance(probability: number): boolean {
    return this.random() < probability
  }

  after(delay: number, run: () => void): void {
    this.events.push({ at: this.now + delay, order: this.order++, run })
  }

  /** Runs what is due until a condition holds; false where time is up before. */
  runUntil(end: number, isDone: () => boolean = () => false): boolean {
    while (!isDone()) {
      let next: (typeof this.events)[number] | undefined
      for (const event of this.events) {
        if (next === undefined || event.at < next.at || (event.at === next.at && event.order < next.order)) next = event
      }
      if (next === undefined || next.at > end) {
        this.now = Math.max(this.now, end)
        return isDone()
      }
      this.events.splice(this.events.indexOf(next), 1)
      this.now = next.at
      next.run()
    }
    return true
  }
}

/** One direction of a connection: in order, each message after a delay of its own, none after it was cut. */
export class Wire<Message> {
  isCut = false
  private readonly world: World
  private readonly deliver: (message: Message) => void
  private lastAt = 0

  constructor(world: World, deliver: (message: Message) => void) {
    this.world = world
    this.deliver = deliver
  }

  send(message: Message): void {
    if (this.isCut) return
    this.lastAt = Math.max(this.lastAt, this.world.now + this.world.below(30))
    this.world.after(this.lastAt - this.world.now, () => {
      if (!this.isCut) this.deliver(message)
    })
  }
}

/** Calls back when a state machine's deadline is reached, however often it moves. */
export class Ticker {
  private readonly world: World
  private readonly deadline: () => number
  private readonly tick: () => void
  private setFor = Number.POSITIVE_INFINITY

  constructor(world: World, deadline: () => number, tick: () => void) {
    this.world = world
    this.deadline = deadline
    this.tick = tick
  }

  /** To be called after every input of the machine. */
  update(): void {
    const deadline = this.deadline()
    if (deadline === Number.POSITIVE_INFINITY || deadline >= this.setFor) return
    this.setFor = deadline
    this.world.after(Math.max(0, deadline - this.world.now), () => {
      this.setFor = Number.POSITIVE_INFINITY
      if (this.world.now >= this.deadline()) this.tick()
      this.update()
    })
  }
}
