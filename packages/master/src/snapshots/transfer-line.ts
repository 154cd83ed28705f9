/** A slave's turn to be given a snapshot; disposed of when it has it, or is gone. */
export interface Turn extends Disposable {
  /** Resolves when it has come; never, where it is disposed of before. */
  readonly granted: Promise<void>
}

interface Waiting {
  readonly grant: () => void
  readonly onPlace: (place: number) => void
}

/** Lets a number of transfers go on at a time; the others wait in line, in the order in which they came. */
export class TransferLine {
  private readonly limit: () => number
  private readonly waiting: Waiting[] = []
  private active = 0

  /** `limit`: transfers at a time; 0 for any number. Asked each time. */
  constructor(limit: () => number) {
    this.limit = limit
  }

  /** Transfers under way. */
  get activeCount(): number {
    return this.active
  }

  get waitingCount(): number {
    return this.waiting.length
  }

  /** Joins the line. `onPlace` is told of each place, 1 for next, if there is any waiting. */
  enter(onPlace: (place: number) => void): Turn {
    const { promise, resolve } = Promise.withResolvers<void>()
    let state: 'waiting' | 'active' | 'over' = 'waiting'
    const entry: Waiting = {
      grant: () => {
        state = 'active'
        this.active++
        resolve()
      },
      onPlace,
    }
    if (this.waiting.length === 0 && this.hasRoom) entry.grant()
    else onPlace(this.waiting.push(entry))
    return {
      granted: promise,
      [Symbol.dispose]: () => {
        const before = state
        state = 'over'
        if (before === 'waiting') this.waiting.splice(this.waiting.indexOf(entry), 1)
        else if (before === 'active') this.active--
        if (before !== 'over') this.update()
      },
    }
  }

  /** To be called when the limit has changed. */
  update(): void {
    while (this.hasRoom) {
      const next = this.waiting.shift()
      if (next === undefined) break
      next.grant()
    }
    for (const [i, { onPlace }] of [...this.waiting].entries()) onPlace(i + 1)
  }

  private get hasRoom(): boolean {
    const limit = this.limit()
    return limit === 0 || this.active < limit
  }
}
