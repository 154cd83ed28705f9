import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RawClient, request } from './support/raw-client.ts'
import { hasRedisTools, RedisServer, redisCli, WITHOUT_REDIS_TOOLS } from './support/redis-tools.ts'
import { ServerProcess } from './support/server-process.ts'

let server: ServerProcess

beforeAll(async () => {
  server = await ServerProcess.start()
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const SAME_AS_REDIS: readonly (readonly string[])[] = [
  ['CLIENT REPLY OFF', 'PING', 'CLIENT REPLY ON', 'CLIENT REPLY SKIP', 'PING', 'PING x', 'CLIENT REPLY foo'],
  ['CLIENT REPLY SKIP', 'CLIENT REPLY SKIP', 'PING', 'PING y'],
  ['CLIENT KILL a b c d e', 'CLIENT KILL foo', 'CLIENT KILL ID abc', 'CLIENT KILL ID 999999', 'CLIENT KILL TYPE foo'],
  ['CLIENT KILL SKIPME yes FOO bar', 'CLIENT KILL USER foo', 'CLIENT KILL SKIPME x', 'CLIENT KILL ID 5 SKIPME'],
  [
    'CLIENT UNBLOCK x',
    'CLIENT UNBLOCK 1 2',
    'CLIENT UNBLOCK 1 2 3',
    'CLIENT UNBLOCK 99999',
    'CLIENT PAUSE',
    'CLIENT UNPAUSE',
  ],
  [
    'CLIENT PAUSE -1',
    'CLIENT PAUSE x',
    'CLIENT PAUSE 1 foo',
    'CLIENT NO-EVICT on',
    'CLIENT GETREDIR',
    'CLIENT TRACKINGINFO',
  ],
  ['CLIENT CACHING yes', 'CLIENT TRACKING foo', 'CLIENT TRACKING off', 'CLIENT LIST ID 9999999', 'CLIENT'],
  ['SLOWLOG LEN x', 'SLOWLOG GET x', 'SLOWLOG GET -5', 'SLOWLOG NOPE', 'SLOWLOG', 'SLOWLOG RESET', 'SLOWLOG LEN'],
  [
    'LATENCY LATEST',
    'LATENCY RESET',
    'LATENCY HISTORY x',
    'ACL WHOAMI',
    'ACL USERS',
    'ACL CAT',
    'ACL CAT foo',
    'ACL LIST',
  ],
  [
    'COMMAND GETKEYS GET a',
    'COMMAND GETKEYS MSET a 1 b 2',
    'COMMAND GETKEYS ZUNIONSTORE d 2 a b',
    'COMMAND GETKEYS NOPE x',
  ],
  [
    'COMMAND GETKEYS ZUNIONSTORE d 5 a b',
    'COMMAND GETKEYS SORT a STORE b',
    'COMMAND GETKEYS SORT a BY x LIMIT 0 1 GET #',
  ],
  [
    'COMMAND GETKEYS PING a',
    'COMMAND GETKEYS BLMPOP 0 2 a b LEFT',
    'COMMAND GETKEYS OBJECT ENCODING a',
    'COMMAND GETKEYS GET',
  ],
  [
    'COMMAND GETKEYSANDFLAGS SET a b',
    'COMMAND GETKEYSANDFLAGS COPY a b',
    'COMMAND GETKEYSANDFLAGS LMOVE a b LEFT LEFT',
  ],
  ['COMMAND LIST FILTERBY PATTERN xyz*', 'COMMAND LIST FILTERBY FOO x', 'COMMAND LIST a', 'COMMAND INFO nope'],
  [
    'CONFIG SET maxclients 1 maxclients 2',
    'CONFIG SET maxclients 500 nonsense 1',
    'CONFIG GET maxclients',
    'CONFIG REWRITE',
  ],
  ['CONFIG SET client-output-buffer-limit "foo 1 2 3"', 'CONFIG SET client-output-buffer-limit "normal 1 2"'],
  ['CONFIG SET client-output-buffer-limit "pubsub 1mb 2kb 4 slave 0 0 0"', 'CONFIG GET client-output-buffer-limit'],
  [
    'CONFIG GET hash-max-* zset-* HASH-MAX-listpack-value',
    'CONFIG SET hash-max-ziplist-entries 7',
    'CONFIG GET hash-max-listpack-entries',
  ],
]

test.skipIf(!hasRedisTools)(`the same answers (${hasRedisTools ? 'compared' : WITHOUT_REDIS_TOOLS})`, async () => {
  await using redis = await RedisServer.start()
  for (const lines of SAME_AS_REDIS) {
    const text = `${[...lines, 'QUIT'].join('\r\n')}\r\n`
    const [ours, theirs] = await Promise.all(
      [server.port, redis.port].map(async (port) => RawClient.exchange(port, text)),
    )
    const isInAnyOrder = lines[0]!.startsWith('CONFIG GET')
    const plain = (answer: string): string => (isInAnyOrder ? answer.split('\r\n').sort().join('\r\n') : answer)
    expect(plain(ours!), lines.join(', ')).toBe(plain(theirs!))
  }
})

describe('CLIENT', () => {
  test('KILL by id, address, and type; a client that ends itself is answered first', async () => {
    using admin = await RawClient.connect(server.port)
    using victim = await RawClient.connect(server.port)
    const id = (await victim.line('CLIENT ID')).slice(1)
    expect(await admin.line(`CLIENT KILL ID ${id}`)).toBe(':1')
    await victim.closed()
    using subscriber = await RawClient.connect(server.port)
    await subscriber.line('SUBSCRIBE news')
    expect(await admin.line('CLIENT KILL TYPE pubsub')).toBe(':1')
    await subscriber.closed()
    using other = await RawClient.connect(server.port)
    await other.line('PING')
    const address = `127.0.0.1:${other.socket.localPort}`
    expect(await admin.line(`CLIENT KILL ${address}`)).toBe('+OK')
    await other.closed()
    expect(await admin.line('CLIENT KILL TYPE normal SKIPME no')).toMatch(/^:[1-9]/)
    await admin.closed()
  })

  test('PAUSE holds writes back, or everything, until UNPAUSE', async () => {
    using admin = await RawClient.connect(server.port)
    using writer = await RawClient.connect(server.port)
    expect(await admin.line('SET paused 0')).toBe('+OK')
    expect(await admin.line('CLIENT PAUSE 100000 WRITE')).toBe('+OK')
    writer.send('GET paused\r\nINCR paused\r\nGET paused\r\n')
    expect(await writer.take((received) => received.endsWith('\r\n0\r\n'))).toBe('$1\r\n0\r\n')
    await expect.poll(() => admin.line('GET paused').then(() => admin.line('CLIENT LIST'))).toContain('$')
    expect(await admin.line('CLIENT UNPAUSE')).toBe('+OK')
    expect(await writer.take((received) => received.endsWith('\r\n1\r\n'))).toBe(':1\r\n$1\r\n1\r\n')
    // A transaction is held back as a whole, by its EXEC.
    writer.send('MULTI\r\nINCR paused\r\n')
    await writer.take((received) => received.includes('QUEUED'))
    await admin.line('CLIENT PAUSE 100000 WRITE')
    writer.send('EXEC\r\n')
    using reader = await RawClient.connect(server.port)
    expect(await reader.line('PING')).toBe('+PONG')
    await admin.line('CLIENT UNPAUSE')
    expect(await writer.take((received) => received.includes(':2'))).toBe('*1\r\n:2\r\n')
    // By itself as well.
    await admin.line('CLIENT PAUSE 30 ALL')
    expect(await writer.line('PING')).toBe('+PONG')
  })

  test('UNBLOCK ends WAIT as if its time had run out, or with an error', async () => {
    using admin = await RawClient.connect(server.port)
    using waiting = await RawClient.connect(server.port)
    const id = (await waiting.line('CLIENT ID')).slice(1)
    for (const [reason, answer] of [
      ['TIMEOUT', ':0'],
      ['ERROR', '-UNBLOCKED client unblocked via CLIENT UNBLOCK'],
    ] as const) {
      waiting.send('WAIT 3 0\r\n')
      await expect.poll(() => admin.line(`CLIENT UNBLOCK ${id} ${reason}`)).toBe(':1')
      expect((await waiting.take((received) => received.includes('\r\n'))).trimEnd()).toBe(answer)
    }
    expect(await waiting.line('PING')).toBe('+PONG')
  })

  test('LIST shows databases, subscriptions and transactions', async () => {
    using client = await RawClient.connect(server.port)
    await client.line('SELECT 7')
    await client.line('CLIENT SETNAME watcher')
    await client.line('MULTI')
    await client.line('PING')
    using admin = await RawClient.connect(server.port)
    admin.send('CLIENT LIST\r\n')
    const list = await admin.take((received) => received.includes('cmd=client|list'))
    const line = list.split('\n').find((each) => each.includes('name=watcher'))
    expect(line).toMatch(/ flags=x db=7 sub=0 psub=0 ssub=0 multi=1 .* multi-mem=[1-9]/)
  })
})

test('MONITOR shows what others ask for, after it has been carried out, and no passwords', async () => {
  using monitor = await RawClient.connect(server.port)
  expect(await monitor.line('MONITOR')).toBe('+OK')
  using client = await RawClient.connect(server.port)
  client.send(
    `SELECT 3\r\n${request('SET', 'a', 'x"\\\n\x01\xff')}MULTI\r\nGET a\r\nEXEC\r\nAUTH secret\r\nCONFIG GET port\r\nECHO end\r\n`,
  )
  const shown = await monitor.take((received) => received.includes('"end"'))
  const lines = shown.trimEnd().split('\r\n')
  expect(lines.map((line) => line.replace(/^\+\d+\.\d{6} \[(\d+) 127\.0\.0\.1:\d+\] /, '$1 '))).toEqual([
    '3 "SELECT" "3"',
    '3 "SET" "a" "x\\"\\\\\\n\\x01\\xff"',
    '3 "MULTI"',
    '3 "GET" "a"',
    '3 "EXEC"',
    '3 "ECHO" "end"',
  ])
})

test('SLOWLOG keeps what took long, and no more than it may', async () => {
  using client = await RawClient.connect(server.port)
  await client.line('DEBUG SLEEP 0.03')
  client.send('SLOWLOG GET 1\r\n')
  expect(await client.take((received) => received.includes('SLEEP'))).toContain('DEBUG')
  await client.line('CONFIG SET slowlog-log-slower-than 0 slowlog-max-len 5')
  await client.line('SLOWLOG RESET')
  for (let i = 0; i < 9; i++) await client.line(`SET key ${'x'.repeat(200)}`)
  expect(await client.line('SLOWLOG LEN')).toBe(':5')
  client.send('SLOWLOG GET 2\r\n')
  const entries = await client.take((received) => received.includes('more bytes'))
  expect(entries).toContain(`${'x'.repeat(128)}... (72 more bytes)`)
  await client.line('CONFIG SET slowlog-log-slower-than 10000 slowlog-max-len 128')
})

test.skipIf(!hasRedisTools)(`redis-cli (${hasRedisTools ? 'run' : WITHOUT_REDIS_TOOLS})`, async () => {
  expect(await redisCli(server.port, '-n', '9', 'set', 'a', 'b')).toBe('OK')
  expect(await redisCli(server.port, 'swapdb', '9', '10')).toBe('OK')
  expect(await redisCli(server.port, '-n', '10', 'get', 'a')).toBe('b')
  expect(await redisCli(server.port, 'info', 'keyspace')).toMatch(/db10:keys=1,expires=0/)
  expect(await redisCli(server.port, 'memory', 'doctor')).toContain('MEMORY STATS')
  expect(await redisCli(server.port, 'memory', 'stats')).toContain('dataset.bytes')
  expect(await redisCli(server.port, '-n', '10', 'memory', 'usage', 'a')).toMatch(/^\d+$/)
  expect(await redisCli(server.port, '-n', '10', 'object', 'encoding', 'a')).toBe('embstr')
  expect(await redisCli(server.port, '-n', '10', 'debug', 'object', 'a')).toMatch(
    / encoding:embstr serializedlength:\d+ /,
  )
  expect(await redisCli(server.port, 'debug', 'object', 'a')).toBe('ERR no such key')
  expect(await redisCli(server.port, 'latency', 'doctor')).toContain('SLOWLOG')
})

test('a shut down server ends those who wait, watch and listen', async () => {
  const mortal = await ServerProcess.start()
  using subscriber = await RawClient.connect(mortal.port)
  await subscriber.line('SUBSCRIBE a')
  using waiting = await RawClient.connect(mortal.port)
  waiting.send('WATCH k\r\nBLPOP l 0\r\n')
  await waiting.take((received) => received.includes('OK'))
  const ended = once(mortal.process, 'exit')
  mortal.process.kill('SIGTERM')
  await Promise.all([subscriber.closed(), waiting.closed(), ended])
})
