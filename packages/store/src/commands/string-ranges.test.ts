import { expect, test } from 'vitest'
import { StandaloneContext } from '../../test/commands/standalone-context.ts'
import { STRING_TOO_LONG } from './error-texts.ts'

test('a gap is filled with zeros, whatever the scratch space held', () => {
  const context = new StandaloneContext(0)
  expect(context.call('setrange', 'k', 3, 'x')).toBe(4)
  expect(context.call('get', 'k')).toEqual(Buffer.from('\0\0\0x'))
  expect(context.call('setrange', 'k', 6, 'y')).toBe(7)
  expect(context.call('get', 'k')).toEqual(Buffer.from('\0\0\0x\0\0y'))
})

test('what changes a part of a value keeps its expiry', () => {
  const context = new StandaloneContext(1000)
  for (const call of [
    ['append', 'k', '1'],
    ['setrange', 'k', 0, '2'],
    ['incr', 'k'],
    ['incrbyfloat', 'k', '0.5'],
  ]) {
    context.call('set', 'k', '1', 'px', 500)
    context.call(...call)
    expect(context.call('pexpiretime', 'k')).toBe(1500)
  }
})

test('what would be too long is refused, but not when a master did it', () => {
  const context = new StandaloneContext(0)
  expect(context.call('setrange', 'k', 512 * 1024 * 1024, 'x')).toMatchObject({ message: STRING_TOO_LONG })
  expect(context.takeEffects()).toEqual([])
  expect(context.call('exists', 'k')).toBe(0)
})

test('nothing written changes nothing', () => {
  const context = new StandaloneContext(0)
  context.call('set', 'k', 'abc')
  context.takeEffects()
  expect(context.call('setrange', 'k', 10, '')).toBe(3)
  expect(context.call('setrange', 'none', 10, '')).toBe(0)
  expect(context.takeEffects()).toEqual([])
  // An append of nothing creates the key, and counts as a change, as in Redis.
  expect(context.call('append', 'new', '')).toBe(0)
  expect(context.call('exists', 'new')).toBe(1)
  expect(context.takeEffects()).toEqual(['append new '])
})
