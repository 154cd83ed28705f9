import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CommandArguments } from '../../src/commands/command-arguments.ts'
import { RedisPeer, redisPeerAbsence } from './redis-peer.ts'
import { RespTextReply } from './resp-text-reply.ts'
import { StandaloneContext } from './standalone-context.ts'

const numbers = (count: number) => Array.from({ length: count }, (_, i) => String(i))

/** Makes the key `k`, which is then looked at. */
const makings: readonly (readonly (readonly string[])[])[] = [
  [['set', 'k', '1']],
  [['set', 'k', '9999']],
  [['set', 'k', '10000']],
  [['set', 'k', '-1']],
  [['set', 'k', '9223372036854775807']],
  [['set', 'k', '9223372036854775808']],
  [['set', 'k', '01']],
  [['set', 'k', '']],
  [['set', 'k', 'x'.repeat(44)]],
  [['set', 'k', 'x'.repeat(45)]],
  [['incrby', 'k', '5']],
  [['rpush', 'k', 'a']],
  [['rpush', 'k', ...numbers(3000)]],
  [['sadd', 'k', '1', '2']],
  [['sadd', 'k', ...numbers(512)]],
  [['sadd', 'k', ...numbers(513)]],
  [['sadd', 'k', '1', 'a']],
  [
    ['sadd', 'k', '1', 'a'],
    ['srem', 'k', 'a'],
  ],
  [
    ['sadd', 'other', '1', 'a'],
    ['srem', 'other', 'a'],
    ['sunionstore', 'k', 'other'],
  ],
  [['hset', 'k', 'a', 'b']],
  [['hset', 'k', 'a', 'x'.repeat(65)]],
  [['hset', 'k', ...numbers(512).flatMap((i) => [i, i])]],
  [['hset', 'k', ...numbers(513).flatMap((i) => [i, i])]],
  [['zadd', 'k', '1', 'a']],
  [['zadd', 'k', '1', 'x'.repeat(65)]],
  [['zadd', 'k', ...numbers(129).flatMap((i) => [i, i])]],
]

const latin1 = (parts: readonly string[]): Buffer[] => parts.map((part) => Buffer.from(part, 'latin1'))

describe.skipIf(redisPeerAbsence !== null)(`OBJECT, as redis-server has it (${redisPeerAbsence ?? 'compared'})`, () => {
  let peer: RedisPeer
  beforeAll(async () => {
    peer = await RedisPeer.start()
  })
  afterAll(() => peer[Symbol.asyncDispose]())

  function run(context: StandaloneContext, ...parts: readonly string[]): string {
    const reply = new RespTextReply()
    context.execute(CommandArguments.of(...latin1(parts)), reply)
    return reply.take()
  }

  async function compare(context: StandaloneContext, ...parts: readonly string[]): Promise<void> {
    expect({ parts, reply: run(context, ...parts) }).toEqual({ parts, reply: await peer.call(...latin1(parts)) })
  }

  test('encodings and references', async () => {
    for (const making of makings) {
      await peer.call('flushall')
      const context = new StandaloneContext(Date.now())
      for (const parts of making) await compare(context, ...parts)
      await compare(context, 'object', 'encoding', 'k')
      await compare(context, 'OBJECT', 'RefCount', 'k')
      // Redis counts seconds; on a busy machine one may have passed.
      expect(run(context, 'object', 'idletime', 'k')).toBe(':0\r\n')
    }
  })

  test('help and errors', async () => {
    const context = new StandaloneContext(Date.now())
    await peer.call('flushall')
    for (const key of ['missing', 'k']) {
      for (const name of ['encoding', 'refcount', 'freq']) await compare(context, 'object', name, key)
      await compare(context, 'set', 'k', 'v')
    }
    await compare(context, 'object', 'idletime', 'missing')
    await compare(context, 'object', 'help')
    await compare(context, 'object')
    await compare(context, 'object', 'foo')
    await compare(context, 'object', 'encoding')
    await compare(context, 'object', 'freq', 'k', 'k')
    await compare(context, 'memory', 'usage', 'missing')
    await compare(context, 'memory', 'usage')
    await compare(context, 'memory', 'usage', 'k', 'samples')
    await compare(context, 'memory', 'usage', 'k', 'samples', 'x')
    await compare(context, 'memory', 'usage', 'k', 'samples', '-1')
    await compare(context, 'memory', 'usage', 'k', 'foo', '1')
    await compare(context, 'memory', 'foo')
  })
})

test('MEMORY USAGE grows with the value', () => {
  const context = new StandaloneContext(Date.now())
  const usage = () => context.call('memory', 'usage', 'k', 'samples', 0) as number
  context.call('sadd', 'k', 'a')
  const small = usage()
  context.call('sadd', 'k', ...numbers(1000).map((i) => `member ${i}`))
  const large = usage()
  expect(small).toBeGreaterThan(8)
  expect(small).toBeLessThan(64)
  expect(large).toBeGreaterThan(20_000)
  expect(large).toBeLessThan(100_000)
})
