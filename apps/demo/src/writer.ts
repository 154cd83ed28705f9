import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { keyOf, pickCity, recordOf } from './cities.ts'

/** Pause between two batches, in ms; it leaves the cores to the servers. */
const PAUSE = 5
const COUNTERS_PER_BATCH = 30
const RECORDS_PER_BATCH = 10
const SESSIONS_PER_BATCH = 8
/** Batches after which a session is deleted. */
const SESSION_BATCHES = 20
/** Half of the sessions expire while the demo runs, the others long after it; in ms. */
const SESSION_LIFETIMES = [400, 3_600_000] as const

/** The number of the batches that were written, as the data set has it. */
export const BATCHES_KEY = 'demo:batches'

/**
 * A user of the master who never stops writing: counters, changed records, sessions that expire or are deleted. It
 * knows what the records must be afterwards.
 */
export class Writer {
  /** Commands that the master has answered. */
  commands = 0
  /** Batches that the master has answered. */
  batches = 0
  readonly #client: Redis
  readonly #records: Map<string, string>
  readonly #stopping = new AbortController()
  readonly #done: Promise<void>

  /** Starts to write; `records` is what the master holds and is kept up to date. */
  constructor(client: Redis, records: Map<string, string>) {
    this.#client = client
    this.#records = records
    this.#done = this.#write()
    // `stop` and `assertWriting` tell of it.
    this.#done.catch((error: unknown) => this.#stopping.abort(error))
  }

  /** @throws what ended the writing, if a write was refused */
  assertWriting(): void {
    this.#stopping.signal.throwIfAborted()
  }

  /** Stops when the batch in hand is answered. @throws what was refused */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#done
  }

  async #write(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const pipeline = this.#client.pipeline()
      const changed: [string, string][] = []
      for (let i = 0; i < COUNTERS_PER_BATCH; i++) pipeline.incr(`visits:${pickCity(Math.random()).cityId}`)
      for (let i = 0; i < RECORDS_PER_BATCH; i++) {
        const city = pickCity(Math.random())
        const record = recordOf(city, Math.floor(city.population * (0.9 + Math.random() / 5)))
        pipeline.set(keyOf(city), record)
        changed.push([keyOf(city), record])
      }
      for (let i = 0; i < SESSIONS_PER_BATCH; i++) {
        const lifetime = SESSION_LIFETIMES[i % SESSION_LIFETIMES.length]!
        pipeline.set(`session:${this.batches}:${i}`, Math.random().toString(36), 'PX', lifetime)
      }
      pipeline.del(`session:${this.batches - SESSION_BATCHES}:1`)
      pipeline.incr(BATCHES_KEY)
      for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error
      for (const [key, record] of changed) this.#records.set(key, record)
      this.commands += pipeline.length
      this.batches++
      await sleep(PAUSE)
    }
  }
}
