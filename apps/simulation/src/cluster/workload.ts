import type { Random } from '../runtime/random.ts'

/** A command: its name and its arguments. */
export type Words = (string | number)[]

/** What a client sends. */
export interface ClientRequest {
  readonly database: number
  /** More than one are a transaction. */
  readonly commands: readonly Words[]
}

/** Most writes are to the first one; a node has 16. */
const DATABASES = 3

/** Members up to this length may be kept in a compact form, by default. */
const LONGEST_COMPACT_MEMBER = 64

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

  /** The next request. */
  next(): ClientRequest {
    const random = this.#random
    const database = random.chance(0.9) ? 0 : 1 + random.below(DATABASES - 1)
    const count = random.chance(0.06) ? 2 + random.below(4) : 1
    return { database, commands: Array.from({ length: count }, () => this.#command()) }
  }

  #command(): Words {
    const random = this.#random
    return random.weighted<() => Words>([
      [50, () => this.#stringCommand()],
      [12, () => this.#keyCommand()],
      [11, () => this.#listCommand()],
      [9, () => this.#setCommand()],
      [9, () => this.#hashCommand()],
      [9, () => this.#sortedSetCommand()],
    ])()
  }

  #stringCommand(): Words {
    const random = this.#random
    const key = this.#key()
    return random.weighted<() => Words>([
      [10, () => ['SET', key, this.#value()]],
      [4, () => ['SET', key, this.#value(), 'PX', 50 + random.below(3_000)]],
      [2, () => ['SET', key, this.#value(), 'KEEPTTL']],
      [10, () => ['APPEND', key, this.#value().slice(0, 30)]],
      [10, () => ['INCRBY', `counter:${random.below(5)}`, 1 + random.below(100)]],
      [2, () => ['GETDEL', key]],
      [2, () => ['GETEX', key, 'PX', 20 + random.below(3_000)]],
      [3, () => ['MSET', key, this.#value(), this.#key(), this.#value()]],
      [3, () => ['SETRANGE', key, random.below(50), this.#value().slice(0, 10)]],
      [2, () => ['SETNX', key, this.#value()]],
      [1, () => ['INCRBYFLOAT', `counter:${random.below(5)}`, 0.5]],
      [2, () => ['GET', key]],
    ])()
  }

  #keyCommand(): Words {
    const random = this.#random
    const key = this.#anyKey()
    return random.weighted<() => Words>([
      [4, () => ['DEL', key, this.#key()]],
      [1, () => ['UNLINK', key]],
      [4, () => ['PEXPIRE', key, 20 + random.below(3_000)]],
      [2, () => ['PERSIST', key]],
      [2, () => ['RENAME', this.#key(), this.#key()]],
      [2, () => ['COPY', key, this.#copyOf(key), 'REPLACE']],
      [1, () => ['COPY', key, this.#copyOf(key), 'DB', random.below(DATABASES), 'REPLACE']],
      [1, () => ['MOVE', key, random.below(DATABASES)]],
      [0.3, () => ['SWAPDB', random.below(DATABASES), random.below(DATABASES)]],
      [0.2, () => ['FLUSHDB']],
      [0.1, () => ['FLUSHALL']],
    ])()
  }

  #listCommand(): Words {
    const random = this.#random
    const key = `list:${random.below(4)}`
    const end = () => random.pick(['LEFT', 'RIGHT'])
    return random.weighted<() => Words>([
      [5, () => ['RPUSH', key, this.#member(), this.#member()]],
      [3, () => ['LPUSH', key, this.#member(), this.#member(), this.#member()]],
      [2, () => ['LPOP', key]],
      [1, () => ['RPOP', key, 1 + random.below(3)]],
      [2, () => ['LSET', key, random.below(4) - 2, this.#member()]],
      [1, () => ['LTRIM', key, random.below(3), -1 - random.below(3)]],
      [1, () => ['LREM', key, 0, this.#member()]],
      [2, () => ['LMOVE', key, `list:${random.below(4)}`, end(), end()]],
    ])()
  }

  #setCommand(): Words {
    const random = this.#random
    const key = `set:${random.below(4)}`
    // The last one has integers only, as long as nothing else gets in.
    const member = () => (key === 'set:3' ? random.below(40) : this.#member())
    return random.weighted<() => Words>([
      [6, () => ['SADD', key, member(), member(), member()]],
      [3, () => ['SREM', key, member(), member()]],
      [2, () => ['SPOP', key]],
      [1, () => ['SPOP', key, 1 + random.below(4)]],
      [2, () => ['SMOVE', key, `set:${random.below(4)}`, member()]],
      [1, () => ['SUNIONSTORE', `set:${random.below(4)}`, key, `set:${random.below(4)}`]],
    ])()
  }

  #hashCommand(): Words {
    const random = this.#random
    const key = `hash:${random.below(4)}`
    const field = `field:${random.below(10)}`
    return random.weighted<() => Words>([
      [4, () => ['HSET', key, field, this.#value()]],
      [2, () => ['HDEL', key, field, `field:${random.below(10)}`]],
      [3, () => ['HINCRBY', key, 'count', 1 + random.below(9)]],
      [1, () => ['HSETNX', key, field, this.#member()]],
    ])()
  }

  #sortedSetCommand(): Words {
    const random = this.#random
    const key = `sorted:${random.below(4)}`
    return random.weighted<() => Words>([
      [4, () => ['ZADD', key, random.below(1000), this.#member()]],
      [3, () => ['ZINCRBY', key, random.below(9), this.#member()]],
      [2, () => ['ZREM', key, this.#member(), this.#member()]],
      [1, () => ['ZPOPMIN', key]],
    ])()
  }

  #anyKey(): string {
    const random = this.#random
    if (random.chance(0.7)) return this.#key()
    return `${random.pick(['list', 'set', 'hash', 'sorted'])}:${random.below(4)}`
  }

  /** A key that commands take to be of the same type. */
  #copyOf(key: string): string {
    const [type] = key.split(':')
    return type === 'key' ? this.#key() : `${type}:${this.#random.below(4)}`
  }

  #member(): string {
    const random = this.#random
    const member = `member:${random.below(30)}`
    return random.chance(0.1) ? member.padEnd(LONGEST_COMPACT_MEMBER + 10, '-') : member
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
