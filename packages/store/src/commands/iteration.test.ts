import fc from 'fast-check'
import { expect, test } from 'vitest'
import { StandaloneContext } from '../../test/commands/standalone-context.ts'

/** All that a SCAN from start to end returns, with `between` called after each step. */
function scanAll(context: StandaloneContext, options: readonly (string | number)[], between = () => {}): string[] {
  const found: string[] = []
  let cursor = '0'
  do {
    const [next, keys] = context.call('scan', cursor, ...options) as [Buffer, Buffer[]]
    found.push(...keys.map(String))
    cursor = String(next)
    between()
  } while (cursor !== '0')
  return found
}

test('SCAN returns every key that stays, whatever comes and goes meanwhile', () => {
  const step = fc.record({ add: fc.nat(300), remove: fc.nat(300) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), fc.integer({ min: 1, max: 100 }), (steps, count) => {
      const context = new StandaloneContext(0)
      const stays = Array.from({ length: 200 }, (_, i) => `stays:${i}`)
      for (const key of stays) context.call('set', key, '')
      let added = 0
      let removed = 0
      const remaining = steps.slice()
      const found = scanAll(context, ['COUNT', count], () => {
        const { add, remove } = remaining.shift() ?? { add: 0, remove: 0 }
        for (let i = 0; i < add; i++) context.call('set', `goes:${added++}`, '')
        for (let i = 0; i < remove && removed < added; i++) context.call('del', `goes:${removed++}`)
      })
      const known = new Set(found)
      expect(stays.filter((key) => !known.has(key))).toEqual([])
    }),
    { numRuns: 20 },
  )
})

test('KEYS and SCAN agree, and neither shows what has expired', () => {
  const context = new StandaloneContext(1000)
  for (let i = 0; i < 3000; i++) context.call('set', `key:${i}`, '', ...(i % 3 === 0 ? ['PXAT', 999] : []))
  const keys = (context.call('keys', 'key:*5') as Buffer[]).map(String).sort()
  expect(keys).toEqual(
    Array.from({ length: 3000 }, (_, i) => i)
      .filter((i) => i % 3 !== 0 && i % 10 === 5)
      .map((i) => `key:${i}`)
      .sort(),
  )
  expect(scanAll(context, ['MATCH', 'key:*5', 'TYPE', 'string']).sort()).toEqual(keys)
  expect(scanAll(context, ['TYPE', 'list'])).toEqual([])
  expect(context.call('dbsize')).toBe(3000)
})

test('a cursor that was never given does no harm', () => {
  const context = new StandaloneContext(0)
  context.call('set', 'k', 'v')
  for (const cursor of ['', '18446744073709551615', '-1', '+7', '4294967296']) {
    expect(context.call('scan', cursor)).toHaveLength(2)
  }
})

test('RANDOMKEY finds the one live key among those that have expired', () => {
  const context = new StandaloneContext(1000)
  for (let i = 0; i < 2000; i++) context.call('set', `key:${i}`, '', 'PXAT', 999)
  expect(context.call('randomkey')).toBeNull()
  context.call('set', 'live', '')
  expect(context.call('randomkey')).toEqual(Buffer.from('live'))
})
