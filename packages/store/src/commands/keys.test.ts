import { expect, test } from 'vitest'
import { StandaloneContext } from '../../test/commands/standalone-context.ts'

test('only what changes something is propagated', () => {
  const context = new StandaloneContext(0)
  context.call('mset', 'a', '1', 'b', '2')
  context.takeEffects()
  context.call('del', 'none')
  context.call('rename', 'a', 'a')
  context.call('renamenx', 'a', 'b')
  context.call('copy', 'a', 'b')
  context.call('touch', 'a')
  expect(context.takeEffects()).toEqual([])
  context.call('del', 'a', 'none')
  context.call('unlink', 'b')
  // Also of an empty key space: a slave may have what the master has not.
  context.call('flushall')
  expect(context.takeEffects()).toEqual(['del a none', 'unlink b', 'flushall'])
})

test('a record that is moved or copied keeps its bytes, however large', () => {
  const context = new StandaloneContext(0)
  const value = Buffer.alloc(3_000_000, 'abc')
  context.call('set', 'a', value, 'PXAT', 500)
  context.call('copy', 'a', 'b')
  context.call('rename', 'b', 'c')
  expect(context.call('get', 'c')).toEqual(value)
  expect(context.call('pexpiretime', 'c')).toBe(500)
  expect(context.call('exists', 'a', 'b', 'c')).toBe(2)
})
