import type { DataSet, Store } from '@repl/store'
import { callIn } from './call-in.ts'
import type { DataModel, ModelRecord, ModelValue } from './data-model.ts'

/** How many differences are told. */
const MOST_TOLD = 3

/** As much of a value as people need to see. */
const LONGEST_TOLD = 40

/** VALUE_TYPE_STRING of the key space. */
const STRING = 0

/** Reads a collection of a data set. */
export type ReadCollection = (database: number, key: string) => ModelValue

/** Compares a whole data set with its model, expiries included; null where they are equal. */
export function differenceFrom(model: DataModel, dataSet: DataSet, read: ReadCollection): string | null {
  const differences: string[] = []
  const missing = new Map(model.databases)
  for (const [database, keySpace] of dataSet.databases()) {
    const expectedRecords = model.databases.get(database)
    missing.delete(database)
    let keys = 0
    keySpace.scan(0, Number.MAX_SAFE_INTEGER, (address) => {
      keys++
      const key = keySpace.readKey(address).toString('latin1')
      const expected = expectedRecords?.get(key)
      const actual: ModelRecord = {
        value:
          keySpace.typeOf(address) === STRING
            ? { type: 'string', value: keySpace.readValue(address).toString('latin1') }
            : read(database, key),
        expiresAt: keySpace.expiresAt(address),
      }
      const name = `'${key}' of database ${database}`
      if (expected === undefined) differences.push(`${name} is there as ${tell(actual)}, and should not be`)
      else if (!isSame(expected, actual))
        differences.push(`${name} is ${tell(actual)}, and should be ${tell(expected)}`)
    })
    const expectedKeys = expectedRecords?.size ?? 0
    if (keys !== expectedKeys)
      differences.push(`database ${database} has ${keys} keys, and should have ${expectedKeys}`)
  }
  for (const [database, { size }] of missing) differences.push(`database ${database} should have ${size} keys`)
  if (differences.length === 0) return null
  const more = differences.length > MOST_TOLD ? ` and ${differences.length - MOST_TOLD} more` : ''
  return differences.slice(0, MOST_TOLD).join('; ') + more
}

/** Reads a collection through the store's own commands; nothing may count as expired meanwhile. */
export function readCollection(store: Store, database: number, key: string): ModelValue {
  const call = (...words: (string | number)[]) => callIn(store, database, ...words)
  const type = call('TYPE', key)
  switch (type) {
    case 'list':
      return { type, items: flat(call('LRANGE', key, 0, -1)) }
    case 'set':
      return { type, members: new Set(flat(call('SMEMBERS', key))) }
    case 'hash':
      return { type, fields: new Map(pairs(flat(call('HGETALL', key)))) }
    case 'zset': {
      const scores = pairs(flat(call('ZRANGE', key, 0, -1, 'WITHSCORES')))
      return { type: 'sorted set', scores: new Map(scores.map(([member, score]) => [member, Number(score)])) }
    }
  }
  throw new Error(`the simulation can't read '${key}', a ${String(type)}`)
}

function isSame(expected: ModelRecord, actual: ModelRecord): boolean {
  if (expected.expiresAt !== actual.expiresAt) return false
  if (expected.value.type === 'string' && actual.value.type === 'string') {
    return expected.value.value === actual.value.value
  }
  return canonical(expected.value) === canonical(actual.value)
}

function canonical(value: ModelValue): string {
  return `${value.type} ${value.type === 'string' ? value.value : JSON.stringify(elementsOf(value))}`
}

/** What belongs to a collection; in one order where it has none. */
function elementsOf(value: Exclude<ModelValue, { type: 'string' }>): unknown[] {
  switch (value.type) {
    case 'list':
      return value.items
    case 'set':
      return [...value.members].sort()
    case 'hash':
      return [...value.fields].sort(byName)
    case 'sorted set':
      return [...value.scores].sort(byName)
  }
}

function byName([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : 1
}

function tell({ value, expiresAt }: ModelRecord): string {
  const text = JSON.stringify(canonical(value))
  const short = text.length > LONGEST_TOLD ? `${text.slice(0, LONGEST_TOLD)}… (${text.length} characters)` : text
  return expiresAt === 0 ? short : `${short} until ${expiresAt}`
}

function flat(reply: unknown): string[] {
  if (reply instanceof Map) return [...reply].flatMap(([key, value]) => [textOf(key), textOf(value)])
  if (reply instanceof Set) return [...reply].map(textOf)
  if (Array.isArray(reply)) return reply.flatMap((item) => (Array.isArray(item) ? flat(item) : [textOf(item)]))
  throw new Error(`a collection was answered as ${String(reply)}`)
}

function pairs(items: readonly string[]): [string, string][] {
  const result: [string, string][] = []
  for (let i = 0; i < items.length; i += 2) result.push([items[i]!, items[i + 1]!])
  return result
}

function textOf(value: unknown): string {
  return Buffer.isBuffer(value) ? value.toString('latin1') : String(value)
}
