import { describe, expect, test } from 'vitest'
import { StandaloneContext } from '../../test/commands/standalone-context.ts'
import { ENCODING_COMPACT, ENCODING_INTSET, ENCODING_LARGE } from '../keyspace/value-type.ts'
import { WRONG_TYPE } from './error-texts.ts'

const NOW = 1_800_000_000_000

/** A context after some commands, with nothing of them to be seen but their data. */
function contextAfter(...calls: readonly string[]): StandaloneContext {
  const context = new StandaloneContext(NOW)
  for (const call of calls) context.call(...call.split(' '))
  context.effects.length = 0
  context.events.length = 0
  return context
}

function encodingOf(context: StandaloneContext, key: string): number {
  const { keySpace } = context
  return keySpace.encodingOf(keySpace.find(Buffer.from(key), 0, key.length))
}

describe('the effect, the changes and the events', () => {
  test.each([
    ['sadd s a b c', ['sadd s a b c'], 1, ['s sadd s']],
    ['sadd s a', [], 0, []],
    ['srem s a nothing', ['srem s a nothing'], 1, ['s srem s']],
    ['srem s b a', ['srem s b a'], 2, ['s srem s', 'g del s']],
    ['srem s nothing', [], 0, []],
    ['smove s t a', ['smove s t a'], 2, ['s srem s', 's sadd t']],
    ['smove t s z', ['smove t s z'], 2, ['s srem t', 'g del t', 's sadd s']],
    ['smove s s a', [], 0, []],
    ['smove s t nothing', [], 0, []],
    ['sunionstore u s t', ['sunionstore u s t'], 1, ['s sunionstore u']],
    ['sinterstore s s t', ['sinterstore s s t'], 1, ['g del s']],
    ['sdiffstore none s s', [], 0, []],
    ['spop t', ['SREM t z'], 1, ['s spop t', 'g del t']],
    ['spop s 5', ['DEL s'], 2, ['s spop s', 'g del s']],
    ['spop s 0', [], 0, []],
    ['spop nothing', [], 0, []],
    ['smembers s', [], 0, []],
  ])('of %s', (call, effects, changes, events) => {
    const context = contextAfter('sadd s a b', 'sadd t z')
    const before = context.changes
    context.call(...call.split(' '))
    expect(context.takeEffects()).toEqual(effects)
    expect(context.changes - before).toBe(changes)
    expect(context.events).toEqual(events)
  })

  test('of a pop of many: what was popped is removed, so many at a time', () => {
    const members = Array.from({ length: 4000 }, (_, i) => `m${i}`)
    const context = contextAfter(`sadd s ${members.join(' ')}`)
    const popped = [...(context.call('spop', 's', 2500) as Set<Buffer>)].map(String)
    expect(new Set(popped).size).toBe(2500)
    const effects = context.takeEffects().map((effect) => effect.split(' '))
    expect(effects.map(([name, key, ...removed]) => [name, key, removed.length])).toEqual([
      ['SREM', 's', 1024],
      ['SREM', 's', 1024],
      ['SREM', 's', 452],
    ])
    expect(effects.flatMap((effect) => effect.slice(2))).toEqual(popped)
    expect(context.call('scard', 's')).toBe(1500)
  })
})

test.each([
  'sadd k a',
  'srem k a',
  'smove k s a',
  'smove s k a',
  'scard k',
  'sismember k a',
  'smismember k a b',
  'smembers k',
  'spop k',
  'spop k 2',
  'srandmember k',
  'srandmember k 2',
  'sscan k 0',
  'sinter s k',
  'sunion k',
  'sdiff s k',
  'sinterstore s s k',
  'sintercard 2 s k',
])('a value of another type is refused by %s', (call) => {
  const context = contextAfter('set k value', 'sadd s a')
  expect(context.call(...call.split(' '))).toMatchObject({ message: WRONG_TYPE, code: 'WRONGTYPE' })
  expect(context.takeEffects()).toEqual([])
  expect(context.records().get('k')!.value).toBe('value')
})

test.each([
  ['smembers s', Set],
  ['sinter s', Set],
  ['sunion s none', Set],
  ['sdiff s', Set],
  ['spop s 2', Set],
  ['smembers none', Set],
  ['srandmember s 2', Array],
  ['srandmember s -2', Array],
  ['smismember s a', Array],
])('%s is answered with a %o', (call, kind) => {
  expect(contextAfter('sadd s a b c').call(...call.split(' '))).toBeInstanceOf(kind)
})

describe('the encoding', () => {
  const integers = (count: number) => Array.from({ length: count }, (_, i) => String(i)).join(' ')
  const texts = (count: number) => Array.from({ length: count }, (_, i) => `m${i}`).join(' ')
  test.each([
    [`sadd s ${integers(512)}`, ENCODING_INTSET],
    [`sadd s ${integers(513)}`, ENCODING_LARGE],
    ['sadd s 1 2 a', ENCODING_COMPACT],
    [`sadd s ${integers(127)} a`, ENCODING_COMPACT],
    [`sadd s ${integers(128)} a`, ENCODING_LARGE],
    [`sadd s ${texts(128)}`, ENCODING_COMPACT],
    [`sadd s ${texts(129)}`, ENCODING_LARGE],
    [`sadd s ${'x'.repeat(64)}`, ENCODING_COMPACT],
    [`sadd s ${'x'.repeat(65)}`, ENCODING_LARGE],
    [`sadd s 1 2 3 ${'x'.repeat(65)}`, ENCODING_LARGE],
  ])('of %.30s… is %i', (call, encoding) => {
    const context = contextAfter(call)
    expect(encodingOf(context, 's')).toBe(encoding)
    const members = new Set(call.split(' ').slice(2))
    expect(new Set([...(context.call('smembers', 's') as Set<Buffer>)].map(String))).toEqual(members)
  })
})
