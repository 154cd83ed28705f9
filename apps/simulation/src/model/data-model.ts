/** A value of the model: a string, its bytes in latin1, or a collection. */
export type ModelValue =
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'hash'; readonly fields: Map<string, string> }
  | { readonly type: 'sorted set'; readonly scores: Map<string, number> }

/** A key's value and its expiry in unix ms; 0 for never. */
export interface ModelRecord {
  value: ModelValue
  expiresAt: number
}

/**
 * What a data set should be after the commands of a stream: the same meaning as the store's commands, in the plainest
 * way there is. Like a slave it deletes nothing by itself: what has expired stays until the stream deletes it.
 */
export class DataModel {
  readonly records = new Map<string, ModelRecord>()

  /** Carries out one command of the stream. @throws Error for one that this model does not know */
  apply(words: readonly Buffer[]): void {
    const text = words.map((word) => word.toString('latin1'))
    const name = text[0]?.toUpperCase() ?? ''
    const handler = HANDLERS[name]
    if (handler === undefined) throw new Error(`the model knows no command ${name}`)
    handler(this, text)
  }

  string(key: string): string {
    const value = this.records.get(key)?.value
    if (value === undefined) return ''
    if (value.type !== 'string') throw new Error(`${key} is a ${value.type}`)
    return value.value
  }

  setString(key: string, value: string, expiresAt: number): void {
    this.records.set(key, { value: { type: 'string', value }, expiresAt })
  }

  /** Changes a string and leaves its expiry. */
  changeString(key: string, value: string): void {
    this.setString(key, value, this.records.get(key)?.expiresAt ?? 0)
  }

  hash(key: string): Map<string, string> {
    const record = this.records.get(key) ?? { value: { type: 'hash', fields: new Map() }, expiresAt: 0 }
    if (record.value.type !== 'hash') throw new Error(`${key} is a ${record.value.type}`)
    this.records.set(key, record)
    return record.value.fields
  }

  sortedSet(key: string): Map<string, number> {
    const record = this.records.get(key) ?? { value: { type: 'sorted set', scores: new Map() }, expiresAt: 0 }
    if (record.value.type !== 'sorted set') throw new Error(`${key} is a ${record.value.type}`)
    this.records.set(key, record)
    return record.value.scores
  }

  removeIfEmpty(key: string): void {
    const value = this.records.get(key)?.value
    if (value?.type === 'hash' && value.fields.size === 0) this.records.delete(key)
    if (value?.type === 'sorted set' && value.scores.size === 0) this.records.delete(key)
  }
}

type Handler = (model: DataModel, words: readonly string[]) => void

const HANDLERS: Readonly<Record<string, Handler>> = {
  SET: (model, [, key, value, ...options]) => {
    let expiresAt = 0
    if (options[0] === 'PXAT') expiresAt = Number(options[1])
    else if (options[0]?.toUpperCase() === 'KEEPTTL') expiresAt = model.records.get(key!)?.expiresAt ?? 0
    else if (options.length > 0) throw new Error(`SET with ${options.join(' ')} is no effect`)
    model.setString(key!, value!, expiresAt)
  },
  MSET: (model, [, ...pairs]) => {
    for (let i = 0; i < pairs.length; i += 2) model.setString(pairs[i]!, pairs[i + 1]!, 0)
  },
  DEL: removeKeys,
  UNLINK: removeKeys,
  APPEND: (model, [, key, suffix]) => model.changeString(key!, model.string(key!) + suffix),
  SETRANGE: (model, [, key, at, piece]) => {
    const value = model.string(key!).padEnd(Number(at), '\0')
    model.changeString(key!, value.slice(0, Number(at)) + piece + value.slice(Number(at) + piece!.length))
  },
  INCR: (model, [, key]) => add(model, key!, 1n),
  DECR: (model, [, key]) => add(model, key!, -1n),
  INCRBY: (model, [, key, by]) => add(model, key!, BigInt(by!)),
  DECRBY: (model, [, key, by]) => add(model, key!, -BigInt(by!)),
  PEXPIREAT: (model, [, key, at]) => {
    const record = model.records.get(key!)
    if (record !== undefined) record.expiresAt = Number(at)
  },
  PERSIST: (model, [, key]) => {
    const record = model.records.get(key!)
    if (record !== undefined) record.expiresAt = 0
  },
  RENAME: (model, [, from, to]) => {
    const record = model.records.get(from!)
    if (record === undefined) throw new Error(`RENAME of ${from}, which is not there`)
    model.records.delete(from!)
    model.records.set(to!, record)
  },
  COPY: (model, [, from, to]) => {
    const record = model.records.get(from!)
    if (record === undefined) throw new Error(`COPY of ${from}, which is not there`)
    model.records.set(to!, structuredClone(record))
  },
  FLUSHALL: (model) => model.records.clear(),
  FLUSHDB: (model) => model.records.clear(),
  HSET: (model, [, key, ...pairs]) => {
    const hash = model.hash(key!)
    for (let i = 0; i < pairs.length; i += 2) hash.set(pairs[i]!, pairs[i + 1]!)
  },
  HDEL: (model, [, key, ...fields]) => {
    for (const field of fields) model.hash(key!).delete(field)
    model.removeIfEmpty(key!)
  },
  HINCRBY: (model, [, key, field, by]) => {
    const hash = model.hash(key!)
    hash.set(field!, String(BigInt(hash.get(field!) ?? '0') + BigInt(by!)))
  },
  ZADD: (model, [, key, ...pairs]) => {
    const scores = model.sortedSet(key!)
    for (let i = 0; i < pairs.length; i += 2) scores.set(pairs[i + 1]!, Number(pairs[i]))
  },
  ZINCRBY: (model, [, key, by, member]) => {
    const scores = model.sortedSet(key!)
    scores.set(member!, (scores.get(member!) ?? 0) + Number(by))
  },
  ZREM: (model, [, key, ...members]) => {
    for (const member of members) model.sortedSet(key!).delete(member)
    model.removeIfEmpty(key!)
  },
}

function removeKeys(model: DataModel, [, ...keys]: readonly string[]): void {
  for (const key of keys) model.records.delete(key)
}

function add(model: DataModel, key: string, by: bigint): void {
  const value = model.string(key)
  model.changeString(key, String(BigInt(value === '' ? '0' : value) + by))
}
