import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RawClient, request } from './support/raw-client.ts'
import { hasRedisTools, RedisServer, WITHOUT_REDIS_TOOLS } from './support/redis-tools.ts'
import { ServerProcess } from './support/server-process.ts'

let server: ServerProcess

beforeAll(async () => {
  server = await ServerProcess.start()
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

/** Requests whose answers have to be Redis's own, byte for byte; most end the connection. */
const SAME_AS_REDIS: readonly string[] = [
  '*x\r\n',
  '*-5\r\n*1\r\n$4\r\nPING\r\nQUIT\r\n',
  '*99999999999\r\n',
  '*1\r\n:5\r\n',
  '*1\r\n$-1\r\n',
  '*1\r\n$99999999999\r\n',
  'SET "a\r\n',
  `${'a'.repeat(70_000)}`,
  `*${'1'.repeat(70_000)}`,
  `*1\r\n$${'1'.repeat(70_000)}`,
  '\r\n\r\nPING\r\nQUIT\r\n',
  'FOO a b\r\nfoo "with \'quotes\'"\r\nCLIENT\r\nCLIENT foo\r\nCONFIG foo\r\nGET\r\nGET a b\r\nQUIT\r\n',
  `${request('FOO', 'x'.repeat(200), 'y'.repeat(200))}QUIT\r\n`,
  'PING a b\r\nPING "a b"\r\nECHO hi\r\nECHO\r\nQUIT\r\n',
  'SELECT 99\r\nSELECT a\r\nSELECT 0\r\nQUIT\r\n',
  'HELLO 9\r\nHELLO x\r\nHELLO 2 SETNAME\r\nHELLO 3 AUTH\r\nHELLO 2 SETNAME "a b"\r\nQUIT\r\n',
  'AUTH a\r\nAUTH a b\r\nAUTH default b\r\nAUTH a b c\r\nQUIT\r\n',
  'CLIENT SETNAME "a b"\r\nCLIENT SETNAME me\r\nCLIENT GETNAME\r\nRESET\r\nCLIENT GETNAME\r\nQUIT\r\n',
  'CLIENT NO-EVICT on\r\nCLIENT NO-EVICT x\r\nCLIENT LIST TYPE x\r\nCLIENT LIST TYPE pubsub\r\nCLIENT LIST ID x\r\nQUIT\r\n',
  'CONFIG SET foo bar\r\nCONFIG SET port\r\nCONFIG SET save "a b"\r\nCONFIG SET maxclients -1\r\nCONFIG GET\r\nQUIT\r\n',
  'CONFIG SET appendfsync foo\r\nCONFIG SET save "" save ""\r\nCONFIG GET nothing\r\nCONFIG GET appendfsync\r\nQUIT\r\n',
  'WAIT a b\r\nWAIT 0 -1\r\nWAIT 0 b\r\nWAIT 0 0\r\nWAIT 1 10\r\nROLE\r\nBGSAVE x\r\nSHUTDOWN foo\r\nQUIT\r\n',
  'SLAVEOF a b\r\nREPLICAOF a\r\nSLAVEOF no one\r\nSET k v\r\nGET k\r\nINCR k\r\nDEL k\r\nGET k\r\nQUIT\r\n',
  'POST / HTTP/1.1\r\nHost: localhost\r\n\r\n',
]

describe('beside redis-server', () => {
  test.skipIf(!hasRedisTools)(`the same answers (${hasRedisTools ? 'compared' : WITHOUT_REDIS_TOOLS})`, async () => {
    await using redis = await RedisServer.start()
    for (const text of SAME_AS_REDIS) {
      const [ours, theirs] = await Promise.all(
        [server.port, redis.port].map(async (port) => RawClient.exchange(port, text)),
      )
      expect(ours, JSON.stringify(text.slice(0, 100))).toBe(theirs)
    }
  })
})

describe('a connection', () => {
  test('answers a pipeline in order, also where requests are split anywhere', async () => {
    using client = await RawClient.connect(server.port)
    const count = 20_000
    const bytes = Buffer.from(Array.from({ length: count }, (_, i) => request('ECHO', String(i))).join(''))
    for (let i = 0; i < bytes.length; i += 7919) client.send(bytes.subarray(i, i + 7919))
    const expected = Array.from({ length: count }, (_, i) => `$${String(i).length}\r\n${i}\r\n`).join('')
    expect(await client.take((received) => received.length >= expected.length)).toBe(expected)
  })

  test('answers what was asked before the client ended its side', async () => {
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true })
    let received = ''
    socket.on('data', (bytes) => {
      received += String(bytes)
    })
    socket.end('PING\r\nECHO hi\r\n')
    await once(socket, 'close')
    expect(received).toBe('+PONG\r\n$2\r\nhi\r\n')
  })

  test('takes large values', async () => {
    using client = await RawClient.connect(server.port)
    const value = 'v'.repeat(5_000_000)
    client.send(request('SET', 'large', value))
    await client.take((received) => received === '+OK\r\n')
    client.send(request('GET', 'large'))
    const reply = await client.take((received) => received.length >= value.length + 12)
    expect(reply === `$${value.length}\r\n${value}\r\n`).toBe(true)
  })

  test('is not served by more than it takes', async () => {
    using client = await RawClient.connect(server.port)
    await client.line(`SET block ${'x'.repeat(60_000)}`)
    const id = (await client.line('CLIENT ID')).slice(1)
    client.socket.pause()
    const count = 2000
    client.send(request('GET', 'block').repeat(count))
    using observer = await RawClient.connect(server.port)
    // Until its replies are stuck, as many as there will be.
    let waiting = 0
    for (let last = -1; waiting === 0 || waiting !== last; ) {
      last = waiting
      observer.send(`CLIENT LIST ID ${id}\r\n`)
      const line = await observer.take((received) => received.endsWith('\r\n\n\r\n') || received.endsWith('\n\r\n'))
      waiting = Number(/ omem=(\d+)/.exec(line)?.[1])
    }
    expect(waiting).toBeLessThan(1_000_000)
    client.socket.resume()
    const reply = `$60000\r\n${'x'.repeat(60_000)}\r\n`
    const all = await client.take((received) => received.length >= reply.length * count)
    expect(all === reply.repeat(count)).toBe(true)
  })

  test('with a long pipeline does not keep another waiting', async () => {
    using busy = await RawClient.connect(server.port)
    using other = await RawClient.connect(server.port)
    await other.line('PING')
    const count = 300_000
    busy.send(request('SET', 'k', 'v').repeat(count))
    const first = await busy.take((received) => received.length > 0)
    expect(await other.line('PING')).toBe('+PONG')
    // The other one was answered while most of the pipeline was still to do.
    expect(busy.received.length).toBeLessThan((count - 1000) * 5)
    await busy.take((received) => first.length + received.length === count * 5)
  })

  test('is refused where there are too many', async () => {
    await using full = await ServerProcess.start('--maxclients', '1')
    using first = await RawClient.connect(full.port)
    await first.line('PING')
    expect(await RawClient.exchange(full.port, '')).toBe('-ERR max number of clients reached\r\n')
    expect(await first.line('INFO stats')).toBeDefined()
  })

  test('is closed where it sends more than the query buffer may hold', async () => {
    await using small = await ServerProcess.start('--client-query-buffer-limit', '1mb', '--proto-max-bulk-len', '8mb')
    expect(await RawClient.exchange(small.port, `*2\r\n$4\r\nECHO\r\n$4000000\r\n${'x'.repeat(3_000_000)}`)).toBe('')
    await small.logged((entry) => entry['code'] === 'QUERY_BUFFER_LIMIT')
  })
})

describe('a password', () => {
  test('is asked of everybody', async () => {
    await using guarded = await ServerProcess.start('--requirepass', 'secret')
    using client = await RawClient.connect(guarded.port)
    expect(await client.line('PING')).toBe('-NOAUTH Authentication required.')
    expect(await client.line('GET k')).toBe('-NOAUTH Authentication required.')
    expect(await client.line('HELLO 3')).toMatch(/^-NOAUTH HELLO must be called with the client already authenticated/)
    expect(await client.line('AUTH wrong')).toBe('-WRONGPASS invalid username-password pair or user is disabled.')
    expect(await client.line('AUTH other secret')).toMatch(/^-WRONGPASS/)
    expect(await client.line('AUTH default secret')).toBe('+OK')
    expect(await client.line('PING')).toBe('+PONG')
    expect(await client.line('CONFIG SET requirepass other')).toBe('+OK')
    expect(await client.line('PING')).toBe('+PONG')
    expect(await RawClient.exchange(guarded.port, `*11\r\n`)).toBe(
      '-ERR Protocol error: unauthenticated multibulk length\r\n',
    )
    expect(await RawClient.exchange(guarded.port, `*1\r\n$20000\r\n`)).toBe(
      '-ERR Protocol error: unauthenticated bulk length\r\n',
    )
    expect(await RawClient.exchange(guarded.port, 'AUTH other\r\nRESET\r\nPING\r\nQUIT\r\n')).toBe(
      '+OK\r\n+RESET\r\n-NOAUTH Authentication required.\r\n+OK\r\n',
    )
  })
})
