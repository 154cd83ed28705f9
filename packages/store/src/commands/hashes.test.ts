import { describe, expect, test } from 'vitest'
import { StandaloneContext } from '../../test/commands/standalone-context.ts'
import { ENCODING_COMPACT, ENCODING_LARGE } from '../keyspace/value-type.ts'
import { WRONG_TYPE } from './error-texts.ts'

const NOW = 1_800_000_000_000

function contextAfter(...calls: readonly string[]): StandaloneContext {
  const context = new StandaloneContext(NOW)
  for (const call of calls) context.call(...call.split(' '))
  context.takeEffects()
  context.events.length = 0
  return context
}

function encodingOf(context: StandaloneContext, key: string): number {
  const { keySpace } = context
  return keySpace.encodingOf(keySpace.find(Buffer.from(key), 0, key.length))
}

describe('the effect, the changes and the events', () => {
  test.each([
    ['hset h f 1 g 2', ['hset h f 1 g 2'], 2, ['h hset h']],
    ['hmset h f 1', ['hmset h f 1'], 1, ['h hset h']],
    ['hsetnx h new 1', ['hsetnx h new 1'], 1, ['h hset h']],
    ['hsetnx h f 1', [], 0, []],
    ['hincrby h n 5', ['hincrby h n 5'], 1, ['h hincrby h']],
    ['hincrby h f 5', [], 0, []],
    ['hincrbyfloat h n 0.5', ['HSET h n 3.5'], 1, ['h hincrbyfloat h']],
    ['hdel h f nothing', ['hdel h f nothing'], 1, ['h hdel h']],
    ['hdel h f n', ['hdel h f n'], 2, ['h hdel h', 'g del h']],
    ['hdel h nothing', [], 0, []],
    ['hdel nothing f', [], 0, []],
    ['hget h f', [], 0, []],
  ])('of %s', (call, effects, changes, events) => {
    const context = contextAfter('hset h f old n 3')
    const before = context.changes
    context.call(...call.split(' '))
    expect(context.takeEffects()).toEqual(effects)
    expect(context.changes - before).toBe(changes)
    expect(context.events).toEqual(events)
  })
})

test.each([
  'hset s f v',
  'hmset s f v',
  'hsetnx s f v',
  'hget s f',
  'hmget s f',
  'hdel s f',
  'hlen s',
  'hexists s f',
  'hstrlen s f',
  'hincrby s f 1',
  'hincrbyfloat s f 1',
  'hgetall s',
  'hkeys s',
  'hvals s',
  'hrandfield s',
  'hrandfield s 2 withvalues',
  'hscan s 0',
])('a value of another type is refused by %s', (call) => {
  const context = contextAfter('set s value')
  expect(context.call(...call.split(' '))).toMatchObject({ message: WRONG_TYPE, code: 'WRONGTYPE' })
  expect(context.takeEffects()).toEqual([])
  expect(context.records().get('s')!.value).toBe('value')
})

describe('a hash becomes large', () => {
  test('by its 513th field, in the middle of a command too, and keeps its expiry', () => {
    const fields = Array.from({ length: 512 }, (_, i) => `f${i} ${i}`).join(' ')
    const context = contextAfter(`hset h ${fields}`, `pexpireat h ${NOW + 5}`)
    expect(encodingOf(context, 'h')).toBe(ENCODING_COMPACT)
    expect(context.call('hset', 'h', 'f5', 'x', 'new', '1', 'f6', 'y', 'newer', '2')).toBe(2)
    expect(encodingOf(context, 'h')).toBe(ENCODING_LARGE)
    expect(context.call('hmget', 'h', 'f5', 'new', 'f6', 'newer', 'f511')).toEqual(
      ['x', '1', 'y', '2', '511'].map((text) => Buffer.from(text)),
    )
    expect(context.call('hlen', 'h')).toBe(514)
    expect(context.call('pexpiretime', 'h')).toBe(NOW + 5)
  })

  test('by a field or a value of more than 64 bytes, and stays so', () => {
    const long = 'x'.repeat(65)
    for (const pair of [`${long} v`, `f ${long}`]) {
      const context = contextAfter(`hset h a 1`, `hset h ${pair}`, `hdel h ${pair.split(' ')[0]}`)
      expect(encodingOf(context, 'h')).toBe(ENCODING_LARGE)
      expect(context.call('hgetall', 'h')).toEqual(new Map([[Buffer.from('a'), Buffer.from('1')]]))
    }
  })

  test('by limits that have been lowered since it was made, whatever is then written', () => {
    const fields = Array.from({ length: 100 }, (_, i) => `f${i} ${i}`).join(' ')
    const context = contextAfter(`hset h ${fields}`)
    context.keySpace.collections.limits.hashMaxListpackEntries = 4
    const longer = Array.from({ length: 100 }, (_, i) => `f${i} ${'v'.repeat(64)}`).join(' ')
    expect(context.call(...`hset h ${longer}`.split(' '))).toBe(0)
    expect(context.call('hset', 'h', 'new', 'v')).toBe(1)
    expect(encodingOf(context, 'h')).toBe(ENCODING_LARGE)
    expect(context.call('hvals', 'h')).toHaveLength(101)
  })
})

describe('HSCAN', () => {
  test('of a large hash returns every field that stays, however it grows and shrinks', () => {
    const context = contextAfter()
    const stays = Array.from({ length: 2000 }, (_, i) => `stays-${i}`)
    context.call('hset', 'h', ...stays.flatMap((field) => [field, 'v']))
    const seen = new Set<string>()
    let cursor = '0'
    let round = 0
    do {
      const [next, found] = context.call('hscan', 'h', cursor, 'count', 50, 'match', 'stays*') as [Buffer, Buffer[]]
      for (let i = 0; i < found.length; i += 2) seen.add(String(found[i]))
      cursor = String(next)
      const others = Array.from({ length: 500 }, (_, i) => `goes-${i}`)
      if (round++ % 2 === 0) context.call('hset', 'h', ...others.flatMap((field) => [field, 'v']))
      else context.call('hdel', 'h', ...others)
    } while (cursor !== '0')
    expect(seen).toEqual(new Set(stays))
  })
})

describe('HRANDFIELD', () => {
  test.each([5, 500])('of %i fields gives different ones, or as many as it is asked for', (size) => {
    const context = contextAfter()
    const fields = Array.from({ length: size }, (_, i) => `f${i}`)
    context.call('hset', 'h', ...fields.flatMap((field) => [field, `v${field}`]))
    for (const count of [1, 2, size - 1, size, size + 10]) {
      const found = (context.call('hrandfield', 'h', count) as Buffer[]).map(String)
      expect(new Set(found).size).toBe(Math.min(count, size))
      expect(found.every((field) => fields.includes(field))).toBe(true)
      expect(context.call('hrandfield', 'h', -count)).toHaveLength(count)
    }
    const seen = new Set<string>()
    // Each field is picked in the end.
    while (seen.size < 5) seen.add(String(context.call('hrandfield', 'h')))
    for (const [field, value] of context.call('hrandfield', 'h', 3, 'withvalues') as [Buffer, Buffer][]) {
      expect(String(value)).toBe(`v${field}`)
    }
  })
})
