import type { Random } from '../runtime/random.ts'

/** Draws the commands of clients: few keys, so that they meet; half of what they do depends on what was there. */
export class Workload {
  readonly #random: Random
  readonly #keys: number
  readonly #hasHugeValues: boolean
  #counter = 0

  constructor(random: Random, keys: number, hasHugeValues: boolean) {
    this.#random = random
    this.#keys = keys
    this.#hasHugeValues = hasHugeValues
  }

  /** The next command. */
  next(): (string | number)[] {
    const random = this.#random
    const key = this.#key()
    return random.weighted<() => (string | number)[]>([
      [10, () => ['SET', key, this.#value()]],
      [4, () => ['SET', key, this.#value(), 'PX', 50 + random.below(3_000)]],
      [2, () => ['SET', key, this.#value(), 'KEEPTTL']],
      [10, () => ['APPEND', key, this.#value().slice(0, 30)]],
      [10, () => ['INCRBY', `counter:${random.below(5)}`, 1 + random.below(100)]],
      [4, () => ['DEL', key, this.#key()]],
      [2, () => ['GETDEL', key]],
      [4, () => ['PEXPIRE', key, 20 + random.below(3_000)]],
      [2, () => ['PERSIST', key]],
      [2, () => ['GETEX', key, 'PX', 20 + random.below(3_000)]],
      [3, () => ['MSET', key, this.#value(), this.#key(), this.#value()]],
      [3, () => ['SETRANGE', key, random.below(50), this.#value().slice(0, 10)]],
      [2, () => ['SETNX', key, this.#value()]],
      [2, () => ['RENAME', key, this.#key()]],
      [2, () => ['COPY', key, this.#key(), 'REPLACE']],
      [1, () => ['INCRBYFLOAT', `counter:${random.below(5)}`, 0.5]],
      [4, () => ['HSET', `hash:${random.below(4)}`, `field:${random.below(10)}`, this.#value()]],
      [2, () => ['HDEL', `hash:${random.below(4)}`, `field:${random.below(10)}`]],
      [3, () => ['HINCRBY', `hash:${random.below(4)}`, 'count', 1 + random.below(9)]],
      [4, () => ['ZADD', `sorted:${random.below(4)}`, random.below(1000), `member:${random.below(30)}`]],
      [3, () => ['ZINCRBY', `sorted:${random.below(4)}`, random.below(9), `member:${random.below(30)}`]],
      [2, () => ['ZREM', `sorted:${random.below(4)}`, `member:${random.below(30)}`]],
      [2, () => ['GET', key]],
      [0.2, () => ['FLUSHALL']],
    ])()
  }

  #key(): string {
    return `key:${this.#random.below(this.#keys)}`
  }

  #value(): string {
    const length = this.#random.weighted([
      [20, 10],
      [10, 100],
      [3, 900],
      [0.5, 6_000],
      [this.#hasHugeValues ? 1.5 : 0, 200_000],
    ])
    return `${this.#counter++}:`.padEnd(1 + this.#random.below(length), 'abcdefghijklmnopqrstuvwxyz')
  }
}
