import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RawClient } from './support/raw-client.ts'
import { hasRedisTools, RedisServer, WITHOUT_REDIS_TOOLS } from './support/redis-tools.ts'
import { ServerProcess, TemporaryFolder } from './support/server-process.ts'

let server: ServerProcess

beforeAll(async () => {
  server = await ServerProcess.start()
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

/** What one connection sends; the answers have to be Redis's own, byte for byte. */
const SAME_AS_REDIS: readonly (readonly string[])[] = [
  ['MULTI', 'MULTI', 'SET a 1', 'GET a', 'EXEC', 'EXEC', 'DISCARD'],
  ['MULTI', 'NOPE', 'EXEC', 'MULTI', 'GET', 'SET a 1', 'EXEC', 'MULTI', 'SAVE', 'EXEC'],
  ['SET a 1', 'WATCH a', 'SET a 2', 'MULTI', 'GET a', 'EXEC', 'GET a'],
  ['WATCH a', 'UNWATCH', 'SET a 3', 'MULTI', 'GET a', 'EXEC', 'MULTI', 'WATCH a', 'EXEC', 'WATCH', 'UNWATCH'],
  ['WATCH nothing', 'FLUSHALL', 'MULTI', 'PING', 'EXEC', 'SET a 1', 'WATCH a', 'FLUSHALL', 'MULTI', 'PING', 'EXEC'],
  [
    'SET a 1',
    'WATCH a',
    'SWAPDB 0 5',
    'MULTI',
    'PING',
    'EXEC',
    'SWAPDB 0 5',
    'WATCH a',
    'DEL nothing',
    'MULTI',
    'EXEC',
  ],
  ['WATCH a', 'SET b 1', 'MULTI', 'DISCARD', 'MULTI', 'EXEC', 'HELLO 3', 'WATCH a', 'SET a 1', 'MULTI', 'EXEC'],
  ['SET a x', 'MULTI', 'INCR a', 'LPUSH a 1', 'EXEC', 'GET a'],
  [
    'MULTI',
    'SELECT 3',
    'SET x 1',
    'EXEC',
    'GET x',
    'SELECT 0',
    'GET x',
    'SWAPDB 0 3',
    'GET x',
    'SWAPDB 0 99',
    'SWAPDB a 1',
  ],
  [
    'FLUSHALL',
    'SET x 1',
    'MOVE x 4',
    'MOVE x 4',
    'MOVE x 99',
    'SELECT 4',
    'GET x',
    'SELECT 16',
    'SELECT -1',
    'FLUSHALL',
  ],
  ['MULTI', 'EXEC 1', 'PING', 'EXEC', 'MULTI', 'DISCARD 1', 'DISCARD', 'DISCARD', 'MULTI'],
  ['MULTI', 'BLPOP l 0', 'BRPOP l 0', 'BLMOVE a b LEFT RIGHT 0', 'BZPOPMIN z 0', 'BLMPOP 0 1 l LEFT', 'EXEC'],
  ['MULTI', 'WAIT 1 0', 'CLIENT NO-EVICT on', 'EXEC', 'MULTI', 'PING', 'RESET', 'EXEC', 'MULTI', 'SLAVEOF', 'EXEC'],
  [
    'CONFIG SET notify-keyspace-events q',
    'CONFIG SET notify-keyspace-events KEAmn',
    'CONFIG GET notify-keyspace-events',
  ],
]

test.skipIf(!hasRedisTools)(`the same answers (${hasRedisTools ? 'compared' : WITHOUT_REDIS_TOOLS})`, async () => {
  await using redis = await RedisServer.start()
  for (const lines of SAME_AS_REDIS) {
    const text = `${[...lines, 'QUIT'].join('\r\n')}\r\n`
    const [ours, theirs] = await Promise.all(
      [server.port, redis.port].map(async (port) => RawClient.exchange(port, text)),
    )
    // Nobody counts clients as the other does.
    const plain = (answer: string): string => answer.replace(/(\$2\r\nid\r\n:)\d+/, '$1')
    expect(plain(ours!), lines.join(', ')).toBe(plain(theirs!))
  }
})

describe('with clients', () => {
  test('ioredis: pipelines, results, aborted transactions', async () => {
    const redis = new Redis(server.port)
    const other = new Redis(server.port)
    expect(await redis.multi().set('i', '1').incr('i').exec()).toEqual([
      [null, 'OK'],
      [null, 2],
    ])
    await redis.watch('i')
    await other.incr('i')
    expect(await redis.multi().incr('i').exec()).toBe(null)
    await expect(redis.multi().call('nonsense').exec()).rejects.toThrow('EXECABORT')
    await Promise.all([redis.quit(), other.quit()])
  })

  test('node-redis: many watchers of one counter lose no update', async () => {
    const clients = await Promise.all(
      Array.from({ length: 5 }, () => createClient({ socket: { port: server.port } }).connect()),
    )
    await clients[0]!.set('counter', '0')
    await Promise.all(
      clients.map(async (client) => {
        for (let done = 0; done < 10; ) {
          await client.watch('counter')
          const value = Number(await client.get('counter'))
          const isDone = await client
            .multi()
            .set('counter', String(value + 1))
            .exec()
            .then(() => true)
            .catch(() => false)
          if (isDone) done++
        }
      }),
    )
    expect(await clients[0]!.get('counter')).toBe('50')
    for (const client of clients) client.destroy()
  })
})

test('a slave never shows half a transaction, and refuses one that writes', async () => {
  await using slave = await ServerProcess.start('--slaveof', `127.0.0.1 ${server.port}`)
  const [writer, reader] = [new Redis(server.port), new Redis(slave.port)]
  await writer.set('ready', 'yes')
  await expect.poll(() => reader.get('ready')).toBe('yes')
  const writing = (async () => {
    for (let round = 1; round <= 300; round++) {
      const transaction = writer.multi()
      for (let i = 0; i < 20; i++) transaction.set(`key-${i}`, String(round))
      await transaction.exec()
    }
  })()
  const keys = Array.from({ length: 20 }, (_, i) => `key-${i}`)
  let last: string | null = null
  while (last !== '300') {
    const values: (string | null)[] = await reader.mget(keys)
    expect(new Set(values).size).toBe(1)
    last = values[0]!
  }
  await writing
  using raw = await RawClient.connect(slave.port)
  raw.send('MULTI\r\nGET key-1\r\nEXEC\r\nMULTI\r\nSET a 1\r\nGET key-1\r\nEXEC\r\nQUIT\r\n')
  await raw.closed()
  expect(raw.received).toBe(
    "+OK\r\n+QUEUED\r\n*1\r\n$3\r\n300\r\n+OK\r\n-READONLY You can't write against a read only replica.\r\n+QUEUED\r\n" +
      '-EXECABORT Transaction discarded because of previous errors.\r\n+OK\r\n',
  )
  await Promise.all([writer.quit(), reader.quit()])
})

test('a master that is killed recovers whole transactions only', async () => {
  using folder = new TemporaryFolder()
  for (let life = 0; life < 4; life++) {
    await using killed = await ServerProcess.start('--dir', folder.path)
    const redis = new Redis(killed.port, { retryStrategy: null })
    redis.on('error', () => undefined)
    const keys = Array.from({ length: 200 }, (_, i) => `key-${i}`)
    expect(new Set(await redis.mget(keys)).size).toBe(1)
    const first = Number((await redis.get('key-0')) ?? 0)
    let round = first
    const writing = (async () => {
      for (;;) {
        round++
        const transaction = redis.multi()
        for (const key of keys) transaction.set(key, String(round))
        await transaction.exec()
      }
    })().catch(() => undefined)
    await expect.poll(() => round).toBeGreaterThan(first + 20)
    await killed.end('SIGKILL')
    redis.disconnect()
    await writing
  }
})

test('a client whose transaction grows beyond the limit of its requests is closed', async () => {
  await using small = await ServerProcess.start('--client-query-buffer-limit', '1mb')
  using client = await RawClient.connect(small.port)
  client.send('MULTI\r\n')
  const value = 'x'.repeat(64 * 1024)
  for (let i = 0; i < 40; i++) client.send(`*3\r\n$3\r\nSET\r\n$1\r\na\r\n$${value.length}\r\n${value}\r\n`)
  await client.closed()
  expect(await RawClient.exchange(small.port, 'GET a\r\nQUIT\r\n')).toBe('$-1\r\n+OK\r\n')
})
