import { expect, test } from 'vitest'
import { StandaloneContext } from '../../test/commands/standalone-context.ts'

test('counting is exact in all of 64 bits', () => {
  const context = new StandaloneContext(0)
  context.call('set', 'k', '9007199254740991')
  expect(context.call('incr', 'k')).toBe(9007199254740992n)
  expect(context.call('incr', 'k')).toBe(9007199254740993n)
  expect(context.call('decrby', 'k', 9007199254740993n.toString())).toBe(0)
  expect(context.call('decrby', 'k', '9223372036854775807')).toBe(-9223372036854775807n)
  expect(context.call('decr', 'k')).toBe(-9223372036854775808n)
  expect(context.call('decr', 'k')).toMatchObject({ message: 'ERR increment or decrement would overflow' })
  expect(context.call('decrby', 'k', '-9223372036854775808')).toMatchObject({ message: 'ERR decrement would overflow' })
  expect(context.call('get', 'k')).toEqual(Buffer.from('-9223372036854775808'))
})

test('a counter is propagated as it came, a float as its outcome', () => {
  const context = new StandaloneContext(0)
  context.call('INCRBY', 'k', 5)
  context.call('incrbyfloat', 'k', '1e-1')
  expect(context.takeEffects()).toEqual(['INCRBY k 5', 'SET k 5.1 KEEPTTL'])
})
