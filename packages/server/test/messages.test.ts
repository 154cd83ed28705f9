import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RawClient } from './support/raw-client.ts'
import { hasRedisTools, RedisServer, WITHOUT_REDIS_TOOLS } from './support/redis-tools.ts'
import { ServerProcess } from './support/server-process.ts'

let server: ServerProcess

beforeAll(async () => {
  server = await ServerProcess.start()
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const SAME_AS_REDIS: readonly (readonly string[])[] = [
  [
    'SUBSCRIBE a b',
    'GET x',
    'CONFIG GET x',
    'PING',
    'PING hi',
    'PSUBSCRIBE x*',
    'PUNSUBSCRIBE',
    'UNSUBSCRIBE a',
    'UNSUBSCRIBE b',
  ],
  ['UNSUBSCRIBE', 'PUNSUBSCRIBE zz', 'GET x', 'SSUBSCRIBE s', 'GET x', 'SUNSUBSCRIBE', 'SUNSUBSCRIBE', 'GET x'],
  ['HELLO 3', 'SUBSCRIBE a', 'PSUBSCRIBE *', 'PUBLISH a hello', 'GET x', 'PING', 'UNSUBSCRIBE', 'RESET', 'PING'],
  ['PUBSUB CHANNELS', 'PUBSUB NUMSUB a b', 'PUBSUB NUMPAT', 'PUBSUB NUMSUB', 'PUBSUB NOPE', 'PUBSUB', 'PUBLISH a'],
  ['SUBSCRIBE a', 'MULTI', 'RESET', 'PUBSUB CHANNELS', 'PUBLISH a b'],
  ['MULTI', 'SUBSCRIBE a b', 'EXEC', 'PING'],
  [
    'HELLO 3',
    'CONFIG SET notify-keyspace-events KEAmn',
    'PSUBSCRIBE __key*',
    'SET a 1',
    'GET nope',
    'DEL a',
    'LPUSH l 1 2',
    'LPOP l 2',
    'HSET h f v',
    'EXPIRE h 100',
    'RENAME h g',
    'MSET a 1 b 2',
    'SELECT 3',
    'SADD s a b',
    'SREM s a b',
    'ZADD z 1 a',
    'SET t 1 EX 100',
    'PERSIST t',
    'COPY t u',
    'FLUSHALL',
    'CONFIG SET notify-keyspace-events ""',
  ],
]

test.skipIf(!hasRedisTools)(`the same answers (${hasRedisTools ? 'compared' : WITHOUT_REDIS_TOOLS})`, async () => {
  await using redis = await RedisServer.start()
  for (const lines of SAME_AS_REDIS) {
    const text = `${[...lines, 'QUIT'].join('\r\n')}\r\n`
    const [ours, theirs] = await Promise.all(
      [server.port, redis.port].map(async (port) => RawClient.exchange(port, text)),
    )
    // Nobody counts clients as the other does; and a reply may come before or behind the events of its command.
    const plain = (answer: string): string => {
      const known = answer.replace(/(\$2\r\nid\r\n:)\d+/, '$1')
      return lines.length < 15 ? known : known.replace(/^[:+].*\r\n/gm, '')
    }
    expect(plain(ours!), lines.join(', ')).toBe(plain(theirs!))
  }
})

describe('with clients', () => {
  test('ioredis in RESP2: channels and patterns, and commands again afterwards', async () => {
    const [subscriber, publisher] = [new Redis(server.port), new Redis(server.port)]
    const heard: string[] = []
    subscriber.on('message', (channel, message) => heard.push(`${channel}: ${message}`))
    subscriber.on('pmessage', (pattern, channel, message) => heard.push(`${pattern} ${channel}: ${message}`))
    expect(await subscriber.subscribe('news', 'weather')).toBe(2)
    expect(await subscriber.psubscribe('n?ws')).toBe(3)
    expect(await publisher.publish('news', 'one')).toBe(2)
    expect(await publisher.publish('sports', 'two')).toBe(0)
    await expect.poll(() => heard).toEqual(['news: one', 'n?ws news: one'])
    expect(await publisher.pubsub('NUMSUB', 'news', 'sports')).toEqual(['news', 1, 'sports', 0])
    await subscriber.unsubscribe('news', 'weather')
    await subscriber.punsubscribe('n?ws')
    expect(await subscriber.ping()).toBe('PONG')
    await Promise.all([subscriber.quit(), publisher.quit()])
  })

  test('node-redis in RESP3, with bytes that are no text', async () => {
    const client = await createClient({ RESP: 3, socket: { port: server.port } }).connect()
    const publisher = await client.duplicate().connect()
    const heard: Buffer[] = []
    await client.subscribe('bytes', (message) => heard.push(message), true)
    const message = Buffer.from([0, 255, 13, 10, 128])
    await publisher.publish('bytes', message)
    await expect.poll(() => heard).toEqual([message])
    // In RESP3 a subscriber may ask for anything.
    expect(await client.set('a', 'b')).toBe('OK')
    client.destroy()
    publisher.destroy()
  })
})

test('what a master publishes reaches the subscribers of its slaves, and of theirs', async () => {
  await using slave = await ServerProcess.start('--slaveof', `127.0.0.1 ${server.port}`)
  await using second = await ServerProcess.start('--slaveof', `127.0.0.1 ${slave.port}`)
  const master = new Redis(server.port)
  const subscribers = [new Redis(slave.port), new Redis(second.port)]
  await master.set('chain', 'up')
  for (const each of subscribers) await expect.poll(() => each.get('chain')).toBe('up')
  const heard: string[] = []
  for (const each of subscribers) {
    each.on('message', (channel, message) => heard.push(`${channel}: ${message}`))
    await each.subscribe('news')
  }
  expect(await master.publish('news', 'hello')).toBe(0)
  await expect.poll(() => heard).toEqual(['news: hello', 'news: hello'])
  await master.multi().set('a', '1').publish('news', 'in a transaction').exec()
  await expect.poll(() => heard.length).toBe(4)
  // A slave's own clients may publish to each other; nobody else hears of it.
  const local = new Redis(slave.port)
  expect(await local.publish('news', 'local')).toBe(1)
  await expect.poll(() => heard.slice(4)).toEqual(['news: local'])
  for (const each of [master, local, ...subscribers]) each.disconnect()
})

test('keyspace events of commands, expiry, and of a master on its slave', async () => {
  await using slave = await ServerProcess.start(
    '--slaveof',
    `127.0.0.1 ${server.port}`,
    '--notify-keyspace-events',
    'KEA',
  )
  const master = new Redis(server.port)
  const subscriber = new Redis(slave.port)
  await master.set('event', 'yes')
  await expect.poll(() => subscriber.get('event')).toBe('yes')
  const own = new Redis(server.port)
  await master.config('SET', 'notify-keyspace-events', 'Ex')
  const heard: string[] = []
  for (const each of [subscriber, own]) {
    each.on('message', (channel, message) => heard.push(`${each === own ? 'master' : 'slave'} ${channel} ${message}`))
  }
  await own.subscribe('__keyevent@0__:expired')
  await subscriber.subscribe('__keyspace@0__:session', '__keyevent@0__:del')
  await master.set('session', '1', 'PX', 5)
  await expect.poll(() => heard.length).toBeGreaterThanOrEqual(5)
  expect(heard.filter((each) => each.startsWith('master'))).toEqual(['master __keyevent@0__:expired session'])
  expect(heard.filter((each) => each.startsWith('slave'))).toEqual([
    'slave __keyspace@0__:session set',
    'slave __keyspace@0__:session expire',
    'slave __keyspace@0__:session del',
    'slave __keyevent@0__:del session',
  ])
  for (const each of [master, own, subscriber]) each.disconnect()
})
