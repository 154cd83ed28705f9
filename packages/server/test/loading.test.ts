import { Slave } from '@repl/slave'
import { Store } from '@repl/store'
import { pino } from 'pino'
import { expect, test, vi } from 'vitest'
import { Server } from '../src/index.ts'
import { answerTo, readFields } from './support/info.ts'
import { RawClient, request } from './support/raw-client.ts'
import { freePort } from './support/redis-tools.ts'
import { TemporaryFolder } from './support/server-process.ts'

const LOADING = '-LOADING Redis is loading the dataset in memory'
const logger = pino({ level: 'silent' })

/** Has stores open when told to: everything before that goes on while they load. */
function holdLoading() {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const open = Store.open.bind(Store)
  const spy = vi.spyOn(Store, 'open').mockImplementation(async (options = {}) => {
    options.onLoading?.({ bytes: 25, size: 100, records: 1 })
    await promise
    return open(options)
  })
  return { load: resolve, fail: reject, [Symbol.dispose]: () => spy.mockRestore() }
}

async function clientOf(port: number): Promise<RawClient> {
  for (;;) {
    try {
      return await RawClient.connect(port)
    } catch {
      await new Promise(setImmediate)
    }
  }
}

test('a server that loads its data listens, says so, and serves those who have come when it is done', async () => {
  using folder = new TemporaryFolder()
  const port = await freePort()
  using loading = holdLoading()
  const starting = Server.start({ port, dir: folder.path, requirepass: 'secret', logger })
  using client = await clientOf(port)
  expect(await client.line('PING')).toBe('-NOAUTH Authentication required.')
  expect(await client.line('AUTH wrong')).toMatch(/^-WRONGPASS/)
  expect(await client.line('AUTH secret')).toBe('+OK')
  for (const command of ['PING', 'GET k', 'SET k v', 'DBSIZE', 'REPLICAOF NO ONE', 'MULTI']) {
    expect(await client.line(command)).toBe(LOADING)
  }
  expect(await client.line('NONSENSE')).toMatch(/^-ERR unknown command/)
  expect(await client.line('GET')).toMatch(/^-ERR wrong number/)
  expect(await answerTo(client, 'ECHO hello')).toBe('hello')
  expect(await client.line('SELECT 3')).toBe('+OK')
  const fields = await readFields(client, 'persistence')
  expect(Object.fromEntries(fields)).toMatchObject({
    loading: '1',
    loading_total_bytes: '100',
    loading_loaded_bytes: '25',
    loading_loaded_perc: '25.00',
    role: 'master',
  })
  expect(fields.get('loading_eta_seconds')).toMatch(/^\d+$/)
  // A request that is under way when the data is there is carried out as a whole.
  const set = request('SET', 'k', 'in database 3')
  client.send(set.slice(0, 20))
  await new Promise(setImmediate)
  loading.load()
  await using server = await starting
  client.send(set.slice(20))
  expect(await client.take((received) => received.endsWith('\r\n'))).toBe('+OK\r\n')
  expect(await answerTo(client, 'GET k')).toBe('in database 3')
  expect(await client.line('SELECT 0')).toBe('+OK')
  expect(await client.line('GET k')).toBe('$-1')
  expect((await readFields(client, 'persistence')).get('loading')).toBe('0')
  expect(server.clients.size).toBe(1)
})

test('a slave is refused while its master loads, and comes back', async () => {
  using folder = new TemporaryFolder()
  await using copy = await Store.open()
  await using slave = new Slave(copy, { retryPeriod: 20 })
  const port = await freePort()
  using loading = holdLoading()
  const starting = Server.start({ port, dir: folder.path, logger })
  using first = await clientOf(port)
  expect(await first.line('PING')).toBe(LOADING)
  slave.slaveof('127.0.0.1', port)
  await vi.waitUntil(() => slave.lastError?.code === 'LOADING')
  loading.load()
  await using server = await starting
  await slave.online()
  expect(server.master.slaves).toHaveLength(1)
})

test('a node that was a slave says so while it loads', async () => {
  using folder = new TemporaryFolder()
  const nobody = await freePort()
  await (
    await Server.start({ port: 0, dir: folder.path, replicaof: { host: '127.0.0.1', port: nobody }, logger })
  ).close()
  const port = await freePort()
  using loading = holdLoading()
  const starting = Server.start({ port, dir: folder.path, logger })
  using client = await clientOf(port)
  expect((await readFields(client)).get('role')).toBe('slave')
  client.send('HELLO 3\r\n')
  expect(await client.take((received) => received.endsWith('*0\r\n'))).toContain('replica')
  loading.load()
  await using _server = await starting
  // RESP3 from here on.
  expect(await client.line('GET k')).toBe('_')
})

test('where the data can not be loaded, nobody is left waiting', async () => {
  using folder = new TemporaryFolder()
  const port = await freePort()
  using loading = holdLoading()
  const starting = Server.start({ port, dir: folder.path, logger })
  const failure = expect(starting).rejects.toThrow('no good snapshot')
  using client = await clientOf(port)
  expect(await client.line('PING')).toBe(LOADING)
  loading.fail(new Error('no good snapshot'))
  await failure
  await client.closed()
  await expect(RawClient.connect(port)).rejects.toThrow('ECONNREFUSED')
})

test('what is read of the snapshot is told', async () => {
  using folder = new TemporaryFolder()
  {
    await using store = await Store.open({ dir: folder.path })
    for (let i = 0; i < 1000; i++) store.set(`key:${i}`, 'x'.repeat(1000))
    await store.persistSnapshot()
  }
  const progress: number[] = []
  await using store = await Store.open({
    dir: folder.path,
    onLoading: ({ bytes, size }) => progress.push(bytes / size),
  })
  expect(progress.length).toBeGreaterThan(2)
  expect(progress.at(-1)).toBe(1)
  expect(store.dataSet.size).toBe(1000)
})
