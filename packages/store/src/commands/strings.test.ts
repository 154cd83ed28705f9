import { describe, expect, test } from 'vitest'
import { StandaloneContext } from '../../test/commands/standalone-context.ts'
import { VALUE_TYPE_HASH } from '../keyspace/value-type.ts'
import { CommandArguments } from './command-arguments.ts'
import { WRONG_TYPE } from './error-texts.ts'

const NOW = 1_800_000_000_000
/** A value that no string command may touch, as a context shows it. */
const OTHER = { type: VALUE_TYPE_HASH, value: JSON.stringify(['field', 'value', '0']), expiresAt: 0 }

function contextWithOther(): StandaloneContext {
  const context = new StandaloneContext(NOW)
  context.call('hset', 'other', 'field', 'value')
  context.takeEffects()
  return context
}

describe('the effect', () => {
  test.each([
    ['SET k v', 'SET k v'],
    ['set k v EX 10', `SET k v PXAT ${NOW + 10_000}`],
    ['set k v PX 10', `SET k v PXAT ${NOW + 10}`],
    ['set k v EXAT 2000000000', 'SET k v PXAT 2000000000000'],
    ['set k v PXAT 5', 'SET k v PXAT 5'],
    ['set k v NX', 'SET k v'],
    ['set k v GET', 'SET k v'],
    ['set k v KEEPTTL', 'SET k v KEEPTTL'],
    ['setex k 10 v', `SET k v PXAT ${NOW + 10_000}`],
    ['psetex k 10 v', `SET k v PXAT ${NOW + 10}`],
    ['setnx k v', 'SET k v'],
    ['getset k v', 'SET k v'],
    ['mset k v a b', 'mset k v a b'],
    ['msetnx k v a b', 'msetnx k v a b'],
  ])('of %s is %s', (call, effect) => {
    const context = new StandaloneContext(NOW)
    context.call(...call.split(' '))
    expect(context.takeEffects()).toEqual([effect])
  })

  test.each([
    ['getdel k', ['DEL k']],
    ['getex k', []],
    ['getex k PERSIST', ['PERSIST k']],
    ['getex k EX 10', [`PEXPIREAT k ${NOW + 10_000}`]],
    ['getex k PXAT 5', ['DEL k']],
    ['set k v NX', []],
    ['set k v XX', ['SET k v']],
    ['setnx k v', []],
    ['msetnx a b k v', []],
  ])('of %s on a key with an expiry is %j', (call, effects) => {
    const context = new StandaloneContext(NOW)
    context.call('set', 'k', 'old', 'px', 1000)
    context.takeEffects()
    const changesBefore = context.changes
    context.call(...call.split(' '))
    expect(context.takeEffects()).toEqual(effects)
    expect(context.changes - changesBefore).toBe(effects.length)
  })

  test('of overwriting what has expired needs no DEL, of asking for it is one', () => {
    const context = new StandaloneContext(NOW)
    context.call('mset', 'a', '1', 'b', '1')
    context.call('pexpire', 'a', 5)
    context.call('pexpire', 'b', 5)
    context.takeEffects()
    context.now += 5
    expect(context.call('get', 'a')).toEqual(Buffer.from('1'))
    context.now++
    context.call('set', 'a', '2')
    expect(context.call('set', 'b', '2', 'KEEPTTL', 'GET')).toBeNull()
    expect(context.call('pttl', 'b')).toBe(-1)
    expect(context.takeEffects()).toEqual(['set a 2', 'DEL b', 'SET b 2 KEEPTTL'])
  })
})

test('a slave hides what has expired and keeps it', () => {
  const slave = new StandaloneContext(NOW, true)
  slave.call('set', 'k', 'v', 'PXAT', 5)
  slave.isApplying = false
  slave.isSlave = true
  expect(slave.call('get', 'k')).toBeNull()
  expect(slave.call('mget', 'k')).toEqual([null])
  expect(slave.call('keys', '*')).toEqual([])
  expect(slave.call('randomkey')).toBeNull()
  expect(slave.call('scan', 0)).toEqual([Buffer.from('0'), []])
  expect(slave.call('dbsize')).toBe(1)
  expect(slave.effects).toEqual([])
})

test('an expiry beyond 2^53 - 1 milliseconds becomes that', () => {
  const context = new StandaloneContext(NOW)
  expect(context.call('set', 'k', 'v', 'PXAT', '9223372036854775807')).toBe('OK')
  expect(context.call('pexpiretime', 'k')).toBe(Number.MAX_SAFE_INTEGER)
})

describe('a value of another type', () => {
  const calls = [
    'get other',
    'set other v GET',
    'getdel other',
    'getex other',
    'getset other v',
    'incr other',
    'incrbyfloat other 1',
    'append other v',
    'strlen other',
    'getrange other 0 1',
    'substr other 0 1',
    'setrange other 0 v',
  ]

  test.each(calls)('is refused by %s', (call) => {
    const context = contextWithOther()
    expect(context.call(...call.split(' '))).toMatchObject({ message: WRONG_TYPE, code: 'WRONGTYPE' })
    expect(context.takeEffects()).toEqual([])
    expect(context.records().get('other')).toEqual(OTHER)
  })

  test('is shown as none by MGET, and overwritten by SET', () => {
    const context = contextWithOther()
    expect(context.call('mget', 'other')).toEqual([null])
    expect(context.call('set', 'other', 'v')).toBe('OK')
    expect(context.call('get', 'other')).toEqual(Buffer.from('v'))
  })

  test('keeps its type and expiry when it is copied and renamed', () => {
    const context = contextWithOther()
    context.call('pexpire', 'other', 10)
    context.call('copy', 'other', 'second')
    context.call('rename', 'other', 'first')
    const record = { ...OTHER, expiresAt: NOW + 10 }
    expect(context.records()).toEqual(
      new Map([
        ['first', record],
        ['second', record],
      ]),
    )
  })
})

test('a plain SET hands on the very arguments it was given', () => {
  const context = new StandaloneContext(NOW)
  const handed: CommandArguments[] = []
  context.propagateArguments = (args) => handed.push(args)
  context.propagate = () => {
    throw new Error('a plain SET builds no effect')
  }
  const args = CommandArguments.of('SET', 'k', 'v')
  context.execute(args, { status: () => {} } as never)
  expect(handed).toEqual([args])
  expect(handed[0]).toBe(args)
})
