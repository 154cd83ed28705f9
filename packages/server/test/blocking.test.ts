import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RawClient, request } from './support/raw-client.ts'
import { hasRedisTools, RedisServer, WITHOUT_REDIS_TOOLS } from './support/redis-tools.ts'
import { ServerProcess } from './support/server-process.ts'

/** A bulk string. */
const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`
const array = (...parts: readonly string[]): string => `*${parts.length}\r\n${parts.join('')}`
const NIL_ARRAY = '*-1\r\n'

async function connect(port: number, count: number): Promise<RawClient[]> {
  return Promise.all(Array.from({ length: count }, () => RawClient.connect(port)))
}

/** Sends words and waits for the answer, which is known. */
async function exchange(client: RawClient, words: string, answer: string): Promise<void> {
  client.send(request(...words.split(' ')))
  expect(await client.take((received) => received.length >= answer.length)).toBe(answer)
}

/** Waits until so many clients are blocked. */
async function blocked(control: RawClient, count: number): Promise<void> {
  for (;;) {
    control.send(request('INFO', 'clients'))
    const info = await control.take((received) => received.includes('# Clients') && received.endsWith('\r\n'))
    if (info.includes(`blocked_clients:${count}\r\n`)) return
  }
}

/** A server and a number of connections to it, closed at the end. */
async function withClients(
  port: number,
  use: (control: RawClient, ...clients: [RawClient, RawClient, RawClient]) => Promise<void>,
): Promise<void> {
  const [control, a, b, c] = await connect(port, 4)
  try {
    await exchange(control!, 'FLUSHALL', '+OK\r\n')
    await use(control!, a!, b!, c!)
  } finally {
    for (const client of [control, a, b, c]) client![Symbol.dispose]()
  }
}

/** What holds of this server and of redis-server alike. */
function describeWaiting(port: () => number): void {
  test('a client is answered at once where there is something', () =>
    withClients(port(), async (control, a) => {
      await exchange(control, 'RPUSH list 1 2 3', ':3\r\n')
      await exchange(a, 'BLPOP none list 0', array(bulk('list'), bulk('1')))
      await exchange(a, 'BRPOP list 0', array(bulk('list'), bulk('3')))
      await exchange(control, 'ZADD z 1.5 one', ':1\r\n')
      await exchange(a, 'BZPOPMAX z 0', array(bulk('z'), bulk('one'), bulk('1.5')))
    }))

  test('who waits is served in the order in which they came, several by one push', () =>
    withClients(port(), async (control, a, b, c) => {
      a.send(request('BLPOP', 'list', '0'))
      await blocked(control, 1)
      b.send(request('BRPOP', 'list', '0'))
      await blocked(control, 2)
      c.send(request('BLMPOP', '0', '1', 'list', 'LEFT', 'COUNT', '10'))
      await blocked(control, 3)
      await exchange(control, 'RPUSH list 1 2 3 4 5', ':5\r\n')
      expect(await a.take((text) => text.length > 20)).toBe(array(bulk('list'), bulk('1')))
      expect(await b.take((text) => text.length > 20)).toBe(array(bulk('list'), bulk('5')))
      expect(await c.take((text) => text.length > 30)).toBe(array(bulk('list'), array(bulk('2'), bulk('3'), bulk('4'))))
      await blocked(control, 0)
      await exchange(control, 'EXISTS list', ':0\r\n')
    }))

  test('what waits behind a command of the same connection is carried out afterwards', () =>
    withClients(port(), async (control, a) => {
      a.send(request('BLPOP', 'list', '0') + request('PING') + request('LLEN', 'list'))
      await blocked(control, 1)
      await exchange(control, 'RPUSH list x y', ':2\r\n')
      const answer = `${array(bulk('list'), bulk('x'))}+PONG\r\n:1\r\n`
      expect(await a.take((text) => text.length >= answer.length)).toBe(answer)
    }))

  test('one who moves an item serves the next', () =>
    withClients(port(), async (control, a, b, c) => {
      a.send(request('BLMOVE', 'first', 'second', 'LEFT', 'RIGHT', '0'))
      await blocked(control, 1)
      b.send(request('BRPOPLPUSH', 'second', 'third', '0'))
      await blocked(control, 2)
      c.send(request('BLPOP', 'third', '0'))
      await blocked(control, 3)
      await exchange(control, 'RPUSH first item', ':1\r\n')
      expect(await a.take((text) => text.length >= 10)).toBe(bulk('item'))
      expect(await b.take((text) => text.length >= 10)).toBe(bulk('item'))
      expect(await c.take((text) => text.length >= 25)).toBe(array(bulk('third'), bulk('item')))
    }))

  test('after EXEC and not in between', () =>
    withClients(port(), async (control, a) => {
      a.send(request('BLPOP', 'list', 'other', '0'))
      await blocked(control, 1)
      control.send(
        ['MULTI', 'RPUSH other 1', 'RPUSH list 2', 'LPOP other', 'BLPOP none 0', 'EXEC']
          .map((words) => request(...words.split(' ')))
          .join(''),
      )
      const queued = '+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n'
      const answer = queued + array(':1\r\n', ':1\r\n', bulk('1'), NIL_ARRAY)
      expect(await control.take((text) => text.length >= answer.length)).toBe(answer)
      expect(await a.take((text) => text.length > 20)).toBe(array(bulk('list'), bulk('2')))
    }))

  test('a value of another type, one that is gone, and one that comes by RENAME', () =>
    withClients(port(), async (control, a) => {
      await exchange(control, 'SET string x', '+OK\r\n')
      await exchange(a, 'BLPOP string 0', '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n')
      a.send(request('BLPOP', 'list', '0'))
      await blocked(control, 1)
      await exchange(control, 'ZADD list 1 a', ':1\r\n')
      await exchange(control, 'DEL list', ':1\r\n')
      await exchange(control, 'RPUSH elsewhere a', ':1\r\n')
      await blocked(control, 1)
      await exchange(control, 'RENAME elsewhere list', '+OK\r\n')
      expect(await a.take((text) => text.length > 20)).toBe(array(bulk('list'), bulk('a')))
    }))

  test('where the target has another type, the client gets the error and the item stays', () =>
    withClients(port(), async (control, a, b) => {
      await exchange(control, 'SET target x', '+OK\r\n')
      a.send(request('BLMOVE', 'list', 'target', 'LEFT', 'LEFT', '0'))
      await blocked(control, 1)
      b.send(request('BLPOP', 'list', '0'))
      await blocked(control, 2)
      await exchange(control, 'RPUSH list a', ':1\r\n')
      expect(await a.take((text) => text.endsWith('\r\n'))).toMatch(/^-WRONGTYPE /)
      expect(await b.take((text) => text.length > 20)).toBe(array(bulk('list'), bulk('a')))
    }))

  test('timeouts: errors, the null array when time runs out, RESP3 null', () =>
    withClients(port(), async (control, a) => {
      await exchange(a, 'BLPOP list x', '-ERR timeout is not a float or out of range\r\n')
      await exchange(a, 'BLPOP list -1', '-ERR timeout is negative\r\n')
      await exchange(a, 'BZMPOP inf 1 z MIN', '-ERR timeout is negative\r\n')
      await exchange(a, 'BLPOP list 0.01', NIL_ARRAY)
      await exchange(a, 'BLMOVE list to LEFT LEFT 0.01', NIL_ARRAY)
      await exchange(a, 'BZMPOP 0.01 1 z MIN', NIL_ARRAY)
      a.send(request('HELLO', '3'))
      await a.take((text) => text.includes('modules'))
      await exchange(a, 'BLPOP list 0.01', '_\r\n')
      await exchange(control, 'ZADD z 1 one', ':1\r\n')
      await exchange(a, 'BZPOPMIN z 0', `*3\r\n${bulk('z')}${bulk('one')},1\r\n`)
      await blocked(control, 0)
    }))

  test('CLIENT UNBLOCK, and a client that is gone', () =>
    withClients(port(), async (control, a, b, c) => {
      const ids: string[] = []
      for (const client of [a, b]) ids.push((await client.line('CLIENT ID')).slice(1))
      await exchange(control, `CLIENT UNBLOCK ${ids[0]}`, ':0\r\n')
      a.send(request('BLPOP', 'list', '0'))
      await blocked(control, 1)
      b.send(request('BZPOPMIN', 'list', '0'))
      await blocked(control, 2)
      c.send(request('BLPOP', 'list', '0'))
      await blocked(control, 3)
      await exchange(control, `CLIENT UNBLOCK ${ids[0]}`, ':1\r\n')
      expect(await a.take((text) => text.endsWith('\r\n'))).toBe(NIL_ARRAY)
      await exchange(control, `CLIENT UNBLOCK ${ids[1]} ERROR`, ':1\r\n')
      expect(await b.take((text) => text.endsWith('\r\n'))).toBe('-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n')
      c[Symbol.dispose]()
      await blocked(control, 0)
      await exchange(control, 'RPUSH list 1', ':1\r\n')
      await exchange(control, 'LLEN list', ':1\r\n')
    }))
}

let server: ServerProcess
beforeAll(async () => {
  server = await ServerProcess.start()
})
afterAll(() => server[Symbol.asyncDispose]())

describe('clients that wait', () => {
  describeWaiting(() => server.port)

  test('a slave refuses to wait, gets the effects, and sends away who waited when it becomes one', async () => {
    await using slave = await ServerProcess.start()
    const [toMaster, waiting, toSlave, waitingOnSlave] = await connect(server.port, 2).then(async (clients) => [
      ...clients,
      ...(await connect(slave.port, 2)),
    ])
    waitingOnSlave!.send(request('BLPOP', 'list', '0'))
    await blocked(toSlave!, 1)
    await exchange(toMaster!, 'FLUSHALL', '+OK\r\n')
    await exchange(toSlave!, `SLAVEOF 127.0.0.1 ${server.port}`, '+OK\r\n')
    expect(await waitingOnSlave!.take((text) => text.endsWith('\r\n'))).toMatch(
      /^-UNBLOCKED force unblock from blocking/,
    )
    for (let info = ''; !info.includes('master_link_status:up'); ) {
      toSlave!.send(request('INFO', 'replication'))
      info = await toSlave!.take((text) => text.includes('# Replication') && text.endsWith('\r\n'))
    }
    await exchange(toSlave!, 'BLPOP list 0', "-READONLY You can't write against a read only replica.\r\n")
    waiting!.send(request('BLMPOP', '0', '1', 'list', 'RIGHT', 'COUNT', '2'))
    await blocked(toMaster!, 1)
    await exchange(toMaster!, 'RPUSH list 1 2 3', ':3\r\n')
    expect(await waiting!.take((text) => text.length > 25)).toBe(array(bulk('list'), array(bulk('3'), bulk('2'))))
    await exchange(toMaster!, 'WAIT 1 0', ':1\r\n')
    await exchange(toSlave!, 'LRANGE list 0 -1', array(bulk('1')))
    expect(await toSlave!.line('DEBUG DIGEST')).toBe(await toMaster!.line('DEBUG DIGEST'))
    for (const client of [toMaster, waiting, toSlave, waitingOnSlave]) client![Symbol.dispose]()
  })
})

describe.skipIf(!hasRedisTools)(
  `redis-server does the same (${hasRedisTools ? 'compared' : WITHOUT_REDIS_TOOLS})`,
  () => {
    let redis: RedisServer
    beforeAll(async () => {
      redis = await RedisServer.start()
    })
    afterAll(() => redis[Symbol.asyncDispose]())
    describeWaiting(() => redis.port)
  },
)
