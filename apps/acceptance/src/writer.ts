import { randomInt } from 'node:crypto'
import type { Redis } from 'ioredis'

/** Commands sent at a time. */
const PIPELINE = 20
/** Keys that the writer goes over again and again. */
const KEYS = 5_000
const FAR_AWAY = 10_000_000

/**
 * Writes to a master without end, every kind of string write there is, and remembers what was answered: a counter
 * of its own that goes up by one with each batch.
 */
export class Writer {
  readonly #name: string
  #answered = 0
  #isStopped = false
  #writing: Promise<void> = Promise.resolve()
  readonly #watchers = new Set<() => void>()

  constructor(name: string) {
    this.#name = name
  }

  /** Batches that the master has answered. */
  get answered(): number {
    return this.#answered
  }

  /** Begins to write, until `stop` or until the connection fails. */
  start(client: Redis): void {
    this.#isStopped = false
    this.#writing = this.#write(client)
  }

  /** Resolves when the last batch has been answered, or has failed. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#writing
  }

  /** Resolves when so many more batches have been answered. */
  async writes(batches: number): Promise<void> {
    const goal = this.#answered + batches
    while (this.#answered < goal) {
      await new Promise<void>((resolve) => {
        this.#watchers.add(resolve)
      })
    }
  }

  /** @returns what was answered and is not there */
  async lostOn(client: Redis): Promise<string[]> {
    const lost: string[] = []
    const counter = Number(await client.get(`counter:${this.#name}`))
    if (counter < this.#answered) lost.push(`counter:${this.#name} is ${counter}, answered was ${this.#answered}`)
    for (let first = 1; first <= this.#answered; first += 1000) {
      const last = Math.min(this.#answered, first + 999)
      const keys = Array.from({ length: last - first + 1 }, (_, i) => this.#keyOf(first + i))
      const values = await client.mget(keys)
      for (const [i, value] of values.entries()) if (value !== String(first + i)) lost.push(`${keys[i]} is ${value}`)
    }
    return lost
  }

  #keyOf(batch: number): string {
    return `answered:${this.#name}:${batch}`
  }

  async #write(client: Redis): Promise<void> {
    while (!this.#isStopped) {
      const batch = this.#answered + 1
      const pipeline = client.pipeline()
      pipeline.set(this.#keyOf(batch), batch)
      for (let i = 0; i < PIPELINE; i++) addRandomWrite(pipeline, this.#name)
      pipeline.set(`counter:${this.#name}`, batch)
      try {
        const replies = await pipeline.exec()
        if (replies === null || replies.some(([error]) => error !== null)) return
      } catch {
        return
      }
      this.#answered = batch
      for (const resolve of this.#watchers) resolve()
      this.#watchers.clear()
    }
  }
}

function addRandomWrite(pipeline: ReturnType<Redis['pipeline']>, name: string): void {
  const key = `key:${name}:${randomInt(KEYS)}`
  switch (randomInt(7)) {
    case 0:
      pipeline.append(key, 'x')
      break
    case 1:
      pipeline.del(key)
      break
    case 2:
      pipeline.set(key, 'with an expiry', 'PX', FAR_AWAY + randomInt(FAR_AWAY))
      break
    case 3:
      pipeline.set(key, randomInt(1000), 'PX', 1 + randomInt(300))
      break
    case 4:
      pipeline.pexpire(key, FAR_AWAY)
      break
    case 5:
      pipeline.incr(`number:${name}:${randomInt(100)}`)
      break
    default:
      pipeline.set(key, 'x'.repeat(randomInt(500)))
  }
}
