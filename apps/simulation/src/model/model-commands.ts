import type { DataModel } from './data-model.ts'
import { readCommands } from './stream-commands.ts'

type Handler = (model: DataModel, words: readonly string[]) => void

/**
 * Carries out one command of a stream: the same meaning as the store's commands, written anew.
 * @throws Error for one that the model does not know, or that no master would send
 */
export function applyCommand(model: DataModel, words: readonly Buffer[]): void {
  const text = words.map((word) => word.toString('latin1'))
  const name = text[0]?.toUpperCase() ?? ''
  const handler = HANDLERS[name]
  if (handler === undefined) throw new Error(`the model knows no command ${name}`)
  handler(model, text)
}

const HANDLERS: Readonly<Record<string, Handler>> = {
  // The stream itself
  SELECT: (model, [, database]) => {
    model.selected = Number(database)
  },
  EXEC: (model, [, commands]) => {
    for (const { words } of readCommands(Buffer.from(commands!, 'latin1'))) applyCommand(model, words)
  },
  PUBLISH: () => undefined,

  // Keys
  DEL: removeKeys,
  UNLINK: removeKeys,
  PEXPIREAT: (model, [, key, at]) => {
    const record = model.records.get(key!)
    if (record !== undefined) record.expiresAt = Number(at)
  },
  PERSIST: (model, [, key]) => {
    const record = model.records.get(key!)
    if (record !== undefined) record.expiresAt = 0
  },
  RENAME: (model, [, from, to]) => {
    const record = recordOf(model, from!)
    model.records.delete(from!)
    model.records.set(to!, record)
  },
  COPY: (model, [, from, to, ...options]) => {
    const record = structuredClone(recordOf(model, from!))
    const database = options[0]?.toUpperCase() === 'DB' ? Number(options[1]) : model.selected
    model.database(database).set(to!, record)
  },
  MOVE: (model, [, key, database]) => {
    const record = recordOf(model, key!)
    model.records.delete(key!)
    model.database(Number(database)).set(key!, record)
  },
  SWAPDB: (model, [, first, second]) => model.swap(Number(first), Number(second)),
  FLUSHALL: (model) => model.clearAll(),
  FLUSHDB: (model) => model.records.clear(),

  // Strings
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
  APPEND: (model, [, key, suffix]) => model.changeString(key!, model.string(key!) + suffix),
  SETRANGE: (model, [, key, at, piece]) => {
    const value = model.string(key!).padEnd(Number(at), '\0')
    model.changeString(key!, value.slice(0, Number(at)) + piece + value.slice(Number(at) + piece!.length))
  },
  INCRBY: (model, [, key, by]) => {
    const value = model.string(key!)
    model.changeString(key!, String(BigInt(value === '' ? '0' : value) + BigInt(by!)))
  },

  // Lists
  LPUSH: (model, [, key, ...items]) => model.list(key!).unshift(...items.reverse()),
  RPUSH: (model, [, key, ...items]) => model.list(key!).push(...items),
  LPOP: (model, [, key, count]) => takeItems(model, key!, 0, Number(count ?? 1)),
  RPOP: (model, [, key, count]) => takeItems(model, key!, -Number(count ?? 1), Number(count ?? 1)),
  LSET: (model, [, key, at, item]) => {
    const list = model.list(key!)
    list[Number(at) < 0 ? list.length + Number(at) : Number(at)] = item!
  },
  LTRIM: (model, [, key, start, stop]) => {
    const list = model.list(key!)
    const end = Number(stop) < 0 ? list.length + Number(stop) + 1 : Number(stop) + 1
    list.splice(0, list.length, ...list.slice(Number(start), Math.max(0, end)))
    model.removeIfEmpty(key!)
  },
  LREM: (model, [, key, count, item]) => {
    if (count !== '0') throw new Error(`the model knows no LREM of ${count}`)
    const list = model.list(key!)
    list.splice(0, list.length, ...list.filter((each) => each !== item))
    model.removeIfEmpty(key!)
  },
  LMOVE: (model, [, from, to, fromEnd, toEnd]) => {
    const source = model.list(from!)
    const item = fromEnd === 'LEFT' ? source.shift() : source.pop()
    if (item === undefined) throw new Error(`LMOVE of ${from}, which is not there`)
    if (toEnd === 'LEFT') model.list(to!).unshift(item)
    else model.list(to!).push(item)
    model.removeIfEmpty(from!)
  },

  // Sets
  SADD: (model, [, key, ...members]) => {
    for (const member of members) model.set(key!).add(member)
  },
  SREM: (model, [, key, ...members]) => {
    for (const member of members) model.set(key!).delete(member)
    model.removeIfEmpty(key!)
  },
  SMOVE: (model, [, from, to, member]) => {
    model.set(from!).delete(member!)
    model.removeIfEmpty(from!)
    model.set(to!).add(member!)
  },
  SUNIONSTORE: (model, [, to, ...keys]) => {
    const members = keys.flatMap((key) => {
      const all = [...model.set(key)]
      model.removeIfEmpty(key)
      return all
    })
    model.records.delete(to!)
    if (members.length > 0) model.records.set(to!, { value: { type: 'set', members: new Set(members) }, expiresAt: 0 })
  },

  // Hashes
  HSET: (model, [, key, ...pairs]) => {
    const hash = model.hash(key!)
    for (let i = 0; i < pairs.length; i += 2) hash.set(pairs[i]!, pairs[i + 1]!)
  },
  HSETNX: (model, [, key, field, value]) => {
    model.hash(key!).set(field!, value!)
  },
  HDEL: (model, [, key, ...fields]) => {
    for (const field of fields) model.hash(key!).delete(field)
    model.removeIfEmpty(key!)
  },
  HINCRBY: (model, [, key, field, by]) => {
    const hash = model.hash(key!)
    hash.set(field!, String(BigInt(hash.get(field!) ?? '0') + BigInt(by!)))
  },

  // Sorted sets
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
  ZPOPMIN: (model, [, key]) => {
    const scores = model.sortedSet(key!)
    const [least] = [...scores].sort(([left, a], [right, b]) => a - b || (left < right ? -1 : 1))
    if (least !== undefined) scores.delete(least[0])
    model.removeIfEmpty(key!)
  },
}

function recordOf(model: DataModel, key: string) {
  const record = model.records.get(key)
  if (record === undefined) throw new Error(`the stream wants a key that is not there: ${key}`)
  return record
}

function removeKeys(model: DataModel, [, ...keys]: readonly string[]): void {
  for (const key of keys) model.records.delete(key)
}

function takeItems(model: DataModel, key: string, start: number, count: number): void {
  model.list(key).splice(start, count)
  model.removeIfEmpty(key)
}
