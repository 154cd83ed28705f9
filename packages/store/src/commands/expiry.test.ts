import { describe, expect, test } from 'vitest'
import { StandaloneContext } from '../../test/commands/standalone-context.ts'

const NOW = 1_800_000_000_000

function contextWith(px?: number): StandaloneContext {
  const context = new StandaloneContext(NOW)
  context.call('set', 'k', 'v', ...(px === undefined ? [] : ['px', px]))
  context.takeEffects()
  return context
}

describe('a condition', () => {
  test.each([
    ['NX', undefined, 1],
    ['NX', 500, 0],
    ['XX', undefined, 0],
    ['XX', 500, 1],
    // No expiry counts as one after all others.
    ['GT', undefined, 0],
    ['LT', undefined, 1],
    ['GT', 999, 1],
    ['GT', 1000, 0],
    ['LT', 1000, 0],
    ['LT', 1001, 1],
  ])('%s with an expiry of %s answers %d', (condition, px, answer) => {
    const context = contextWith(px)
    expect(context.call('pexpire', 'k', 1000, condition)).toBe(answer)
    expect(context.takeEffects()).toEqual(answer === 1 ? [`PEXPIREAT k ${NOW + 1000}`] : [])
  })
})

test('an expiry that is no later than now deletes', () => {
  for (const call of [
    ['expire', 'k', 0],
    ['pexpire', 'k', -5],
    ['pexpireat', 'k', NOW],
    ['expireat', 'k', -1],
  ]) {
    const context = contextWith()
    expect(context.call(...call)).toBe(1)
    expect(context.call('exists', 'k')).toBe(0)
    expect(context.takeEffects()).toEqual(['DEL k'])
  }
})

test('where effects are applied, an expiry in the past is one', () => {
  const slave = new StandaloneContext(NOW, true)
  slave.call('SET', 'k', 'v')
  slave.call('PEXPIREAT', 'k', 5)
  expect(slave.records().get('k')).toEqual({ type: 0, value: 'v', expiresAt: 5 })
  slave.call('SET', 'k', 'w', 'KEEPTTL')
  expect(slave.records().get('k')).toEqual({ type: 0, value: 'w', expiresAt: 5 })
})

test('times are rounded as in Redis', () => {
  const context = contextWith(1499)
  expect([context.call('ttl', 'k'), context.call('pttl', 'k')]).toEqual([1, 1499])
  context.now--
  expect([context.call('ttl', 'k'), context.call('pttl', 'k')]).toEqual([2, 1500])
  expect(context.call('expiretime', 'k')).toBe(NOW / 1000 + 1)
  context.now = NOW + 1499
  expect([context.call('ttl', 'k'), context.call('pttl', 'k')]).toEqual([0, 0])
  context.now++
  expect([context.call('ttl', 'k'), context.call('pttl', 'k')]).toEqual([-2, -2])
  expect(context.takeEffects()).toEqual(['DEL k'])
})

test('PERSIST is propagated only where there was an expiry', () => {
  const context = contextWith(10)
  expect(context.call('persist', 'k')).toBe(1)
  expect(context.call('persist', 'k')).toBe(0)
  expect(context.call('persist', 'none')).toBe(0)
  expect(context.takeEffects()).toEqual(['persist k'])
})
