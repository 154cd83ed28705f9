import type { DataSet, Store } from '@repl/store'
import type { DataModel, ModelRecord, ModelValue } from './data-model.ts'

/** How many differences are told. */
const MOST_TOLD = 3

/** As much of a value as people need to see. */
const LONGEST_TOLD = 40

/** VALUE_TYPE_STRING of the key space. */
const STRING = 0

/** Compares a whole data set with its model, expiries included; null where they are equal. */
export function differenceFrom(model: DataModel, dataSet: DataSet, read: (key: string) => ModelValue): string | null {
  const differences: string[] = []
  let keys = 0
  for (const [database, keySpace] of dataSet.databases()) {
    if (database !== 0 && keySpace.size > 0) differences.push(`database ${database} has ${keySpace.size} keys`)
    keySpace.scan(0, Number.MAX_SAFE_INTEGER, (address) => {
      keys++
      const key = keySpace.readKey(address).toString('latin1')
      const expected = model.records.get(key)
      const actual: ModelRecord = {
        value:
          keySpace.typeOf(address) === STRING
            ? { type: 'string', value: keySpace.readValue(address).toString('latin1') }
            : read(key),
        expiresAt: keySpace.expiresAt(address),
      }
      if (expected === undefined) differences.push(`'${key}' is there as ${tell(actual)}, and should not be`)
      else if (!isSame(expected, actual)) {
        differences.push(`'${key}' is ${tell(actual)}, and should be ${tell(expected)}`)
      }
    })
  }
  if (keys !== model.records.size) differences.push(`there are ${keys} keys, and should be ${model.records.size}`)
  if (differences.length === 0) return null
  const more = differences.length > MOST_TOLD ? ` and ${differences.length - MOST_TOLD} more` : ''
  return differences.slice(0, MOST_TOLD).join('; ') + more
}

/** Reads a collection through the store's own commands. */
export function readCollection(store: Store, key: string): ModelValue {
  const type = store.call('TYPE', Buffer.from(key, 'latin1'))
  if (type === 'hash') {
    const reply = flat(store.call('HGETALL', Buffer.from(key, 'latin1')))
    return { type: 'hash', fields: new Map(pairs(reply)) }
  }
  if (type === 'zset') {
    const reply = flat(store.call('ZRANGE', Buffer.from(key, 'latin1'), 0, -1, 'WITHSCORES'))
    return { type: 'sorted set', scores: new Map(pairs(reply).map(([member, score]) => [member, Number(score)])) }
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
  if (value.type === 'string') return `string ${value.value}`
  const entries: (readonly [string, string | number])[] = [...(value.type === 'hash' ? value.fields : value.scores)]
  return `${value.type} ${JSON.stringify(entries.sort(([left], [right]) => (left < right ? -1 : 1)))}`
}

function tell({ value, expiresAt }: ModelRecord): string {
  const text = JSON.stringify(canonical(value))
  const short = text.length > LONGEST_TOLD ? `${text.slice(0, LONGEST_TOLD)}… (${text.length} characters)` : text
  return expiresAt === 0 ? short : `${short} until ${expiresAt}`
}

function flat(reply: unknown): string[] {
  if (reply instanceof Map) return [...reply].flatMap(([key, value]) => [textOf(key), textOf(value)])
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
