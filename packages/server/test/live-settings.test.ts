import { readdirSync } from 'node:fs'
import { Socket } from 'node:net'
import { pino } from 'pino'
import { expect, test, vi } from 'vitest'
import { Server, type ServerOptions } from '../src/index.ts'
import { readFields } from './support/info.ts'
import { RawClient } from './support/raw-client.ts'
import { TemporaryFolder } from './support/server-process.ts'

const MEBIBYTE = 1024 * 1024
/** Longer than any test: what waits for it is released by a change of the setting, or never. */
const FOREVER = 86_400

/** Servers in this process, with a client each. */
class Bench implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack()

  async start(options: ServerOptions = {}, isPersistent = true): Promise<Node> {
    const folder = this.#stack.use(new TemporaryFolder())
    const server = await Server.start({
      port: 0,
      ...(isPersistent && { dir: folder.path }),
      logger: pino({ level: 'silent' }),
      ...options,
    })
    this.#stack.use(server)
    return new Node(server, this.#stack.use(await RawClient.connect(server.port)), options.dir ?? folder.path)
  }

  follower(master: Node, options: ServerOptions = {}): Promise<Node> {
    return this.start({ replicaof: { host: '127.0.0.1', port: master.server.port }, ...options })
  }

  /** A master and a slave that is in step with it. */
  async pair(masterOptions: ServerOptions = {}, slaveOptions: ServerOptions = {}): Promise<[Node, Node]> {
    const master = await this.start(masterOptions)
    const slave = await this.follower(master, slaveOptions)
    await slave.server.slave.online()
    return [master, slave]
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync()
  }
}

class Node {
  readonly server: Server
  readonly client: RawClient
  readonly directory: string

  constructor(server: Server, client: RawClient, directory: string) {
    this.server = server
    this.client = client
    this.directory = directory
  }

  async set(name: string, value: string | number): Promise<void> {
    expect(await this.client.line(`CONFIG SET ${name} ${value === '' ? '""' : value}`)).toBe('+OK')
  }

  async field(name: string, section = 'replication'): Promise<string | undefined> {
    return (await readFields(this.client, section)).get(name)
  }

  async number(name: string, section = 'replication'): Promise<number> {
    return Number(await this.field(name, section))
  }

  fill(megabytes: number): void {
    // Each value once: the digest and the file grow with them.
    for (let i = 0; i < megabytes; i++) this.server.store.set(`big:${i}`, `${i}`.padEnd(MEBIBYTE, 'x'))
  }

  files(pattern: RegExp): string[] {
    return readdirSync(this.directory).filter((name) => pattern.test(name))
  }

  /** Connects to the master anew. */
  async reconnect(master: Node): Promise<void> {
    this.server.slave.slaveof(null)
    await until(() => !this.server.store.isReadOnly)
    this.server.slave.slaveof('127.0.0.1', master.server.port)
    await this.server.slave.online()
  }
}

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 5))
}

test('masterauth', async () => {
  await using bench = new Bench()
  const master = await bench.start({ requirepass: 'secret' })
  const slave = await bench.follower(master)
  await until(() => slave.server.slave.lastError?.code === 'PASSWORD_REQUIRED')
  await slave.set('masterauth', 'secret')
  await slave.server.slave.online()
})

test('requirepass, for slaves', async () => {
  await using bench = new Bench()
  const master = await bench.start()
  await master.set('requirepass', 'secret')
  const slave = await bench.follower(master)
  await until(() => slave.server.slave.lastError?.code === 'PASSWORD_REQUIRED')
})

test('masteruser: there is one, and no other name is taken for one', async () => {
  await using bench = new Bench()
  const { client } = await bench.start()
  expect(await client.line('CONFIG SET masteruser default')).toBe('+OK')
  expect(await client.line('CONFIG SET masteruser somebody')).toMatch(
    /^-ERR CONFIG SET failed \(possibly related to argument 'masteruser'\) - masters know no user but 'default'/,
  )
})

test('min-replicas-to-write and min-replicas-max-lag', async () => {
  await using bench = new Bench()
  const master = await bench.start()
  await master.set('min-replicas-to-write', 1)
  expect(await master.client.line('SET k v')).toMatch(/^-NOREPLICAS/)
  await master.set('min-replicas-max-lag', 0)
  expect(await master.client.line('SET k v')).toBe('+OK')
})

test('replica-serve-stale-data', async () => {
  await using bench = new Bench()
  const slave = await bench.start({ replicaof: { host: '127.0.0.1', port: 1 } })
  expect(await slave.client.line('GET k')).toBe('$-1')
  await slave.set('replica-serve-stale-data', 'no')
  expect(await slave.client.line('GET k')).toMatch(/^-MASTERDOWN/)
})

test('replica-priority and replica-announced', async () => {
  await using bench = new Bench()
  const [, slave] = await bench.pair()
  await slave.set('replica-priority', 7)
  await slave.set('replica-announced', 'no')
  expect(await slave.field('slave_priority')).toBe('7')
  expect(await slave.field('replica_announced')).toBe('0')
})

test('replica-announce-ip and replica-announce-port, from the next link on', async () => {
  await using bench = new Bench()
  const [master, slave] = await bench.pair()
  await slave.set('replica-announce-ip', 'slave.example')
  await slave.set('replica-announce-port', 1234)
  await slave.reconnect(master)
  await until(async () => /^ip=slave\.example,port=1234,/.test((await master.field('slave0')) ?? ''))
})

test('repl-timeout of a master: a connection that says nothing is closed', async () => {
  await using bench = new Bench()
  const master = await bench.start({ replTimeout: FOREVER })
  using silent = await RawClient.connect(master.server.port)
  // The first byte of a frame, and no more.
  silent.send(Buffer.of(0))
  await until(() => master.server.master.statistics.connectionsAccepted === 1)
  await master.set('repl-timeout', 1)
  await silent.closed()
})

test('repl-timeout of a slave: a master that says nothing is left', async () => {
  await using bench = new Bench()
  const [master, slave] = await bench.pair(
    { replPingReplicaPeriod: FOREVER, replDigestPeriod: 0, replTimeout: FOREVER },
    { replTimeout: FOREVER },
  )
  expect(master.server.master.slaves).toHaveLength(1)
  await slave.set('repl-timeout', 1)
  await until(() => slave.server.slave.lastError?.code === 'MASTER_SILENT')
})

test('repl-ping-replica-period', async () => {
  await using bench = new Bench()
  const [master, slave] = await bench.pair({ replPingReplicaPeriod: FOREVER, replDigestPeriod: 0 })
  const { lastIoAt } = slave.server.slave
  await master.set('repl-ping-replica-period', 1)
  await until(() => slave.server.slave.lastIoAt > lastIoAt + 1500)
})

test('repl-backlog-size', async () => {
  await using bench = new Bench()
  const master = await bench.start()
  master.fill(4)
  await master.server.store.whenDurable()
  // Memory answers at once, the disk later.
  const isInMemory = (): boolean => {
    using reader = master.server.store.journal.reader(1024)
    return !(reader.next(10) instanceof Promise)
  }
  expect(isInMemory()).toBe(true)
  await master.set('repl-backlog-size', '16kb')
  await until(() => !isInMemory())
})

test('repl-backlog-ttl', async () => {
  await using bench = new Bench()
  const [master, slave] = await bench.pair()
  master.fill(4)
  slave.server.slave.slaveof(null)
  await until(() => master.server.master.slaves.length === 0)
  await master.set('repl-backlog-ttl', 1)
  await until(() => {
    using reader = master.server.store.journal.reader(1024)
    return reader.next(10) instanceof Promise
  })
})

test('repl-disable-tcp-nodelay', async () => {
  await using bench = new Bench()
  const [master] = await bench.pair()
  const setNoDelay = vi.spyOn(Socket.prototype, 'setNoDelay')
  try {
    await master.set('repl-disable-tcp-nodelay', 'yes')
    expect(setNoDelay).toHaveBeenLastCalledWith(false)
    expect(setNoDelay.mock.contexts.at(-1)).toMatchObject({ localPort: master.server.port })
  } finally {
    setNoDelay.mockRestore()
  }
})

test.each([
  ['repl-diskless-sync-delay', 0],
  ['repl-diskless-sync', 'no'],
  ['repl-diskless-sync-max-replicas', 1],
])('%s: a new snapshot waits for more slaves no longer', async (name, value) => {
  await using bench = new Bench()
  const master = await bench.start()
  await master.set('repl-diskless-sync-delay', FOREVER)
  master.server.store.set('k', 'v')
  const slave = await bench.follower(master)
  await until(() => master.server.master.slaves[0]?.state === 'wait_bgsave')
  expect(await slave.field('master_link_state')).toBe('sync')
  expect(await master.number('rdb_bgsave_in_progress', 'persistence')).toBe(0)
  await master.set(name, value)
  await slave.server.slave.online()
})

test('repl-diskless-sync: a new snapshot is sent while it is written, or when it is whole', async () => {
  await using bench = new Bench()
  const master = await bench.start()
  const slave = await bench.start()
  const origins: string[] = []
  slave.server.slave.on('step', ({ number, detail }) => number === 5 && origins.push(detail))
  for (const value of ['yes', 'no']) {
    await master.set('repl-diskless-sync', value)
    // More than would be replayed behind an old snapshot.
    master.fill(4)
    slave.server.store.set('diverged', value)
    slave.server.slave.slaveof('127.0.0.1', master.server.port)
    await slave.server.slave.online()
    slave.server.slave.slaveof(null)
    await until(() => !slave.server.store.isReadOnly)
  }
  expect(origins).toEqual([
    expect.stringContaining('sent while a child process writes it'),
    expect.stringContaining('persisted by a child process'),
  ])
})

test('repl-diskless-sync-max-replicas: those who wait share one snapshot', async () => {
  await using bench = new Bench()
  const master = await bench.start({ replDisklessSyncDelay: FOREVER, replDisklessSyncMaxReplicas: 3 })
  master.server.store.set('k', 'v')
  const [one, other] = [await bench.follower(master), await bench.follower(master)]
  await until(() => master.server.master.slaves.length === 2)
  await master.set('repl-diskless-sync-max-replicas', 2)
  await Promise.all([one.server.slave.online(), other.server.slave.online()])
  expect(await master.number('rdb_saves', 'persistence')).toBe(1)
})

test('repl-diskless-load', async () => {
  await using bench = new Bench()
  const [master, slave] = await bench.pair()
  const receive = vi.spyOn(slave.server.store, 'incomingSnapshot')
  for (const [value, loads] of [
    ['swapdb', true],
    ['disabled', false],
  ] as const) {
    await slave.set('repl-diskless-load', value)
    slave.server.slave.slaveof(null)
    await until(() => !slave.server.store.isReadOnly)
    slave.server.store.set('diverged', value)
    slave.server.slave.slaveof('127.0.0.1', master.server.port)
    await slave.server.slave.online()
    expect(receive.mock.lastCall?.[1]).toEqual({ loads })
  }
})

test('repl-digest-period, also where none was asked for before', async () => {
  await using bench = new Bench()
  const [master, slave] = await bench.pair({ replDigestPeriod: 0 })
  await master.set('repl-digest-period', 1)
  await until(async () => (await slave.number('slave_digest_checks')) > 1)
  await master.set('repl-digest-period', 0)
  expect(master.server.store.digest).toBeNull()
})

test('repl-digest-memory-period and repl-digest-mismatch-action', async () => {
  await using bench = new Bench()
  const [master, slave] = await bench.pair({ replDigestPeriod: 1 }, { replDigestMemoryPeriod: 0 })
  master.server.store.set('key', 'value')
  await until(async () => (await slave.number('slave_digest_checks')) > 0)
  expect(await slave.number('slave_digest_memory_checks')).toBe(0)
  await slave.set('repl-digest-memory-period', 1)
  await until(async () => (await slave.number('slave_digest_memory_checks')) > 0)
  expect(await slave.client.line('DEBUG FLIP-BYTE key')).toMatch(/^[+:]/)
  await until(async () => (await slave.number('slave_digest_mismatches')) > 0)
  expect(slave.server.slave.statistics.fullSynchronizations).toBe(1)
  await slave.set('repl-digest-mismatch-action', 'resync')
  await until(() => slave.server.store.get('key')?.toString() === 'value')
  expect(slave.server.slave.statistics.fullSynchronizations).toBe(2)
})

test('repl-snapshot-rate', async () => {
  await using bench = new Bench()
  const master = await bench.start({ replSnapshotRate: 1024 })
  master.fill(4)
  const slave = await bench.follower(master)
  await until(() => (slave.server.slave.progress?.bytes ?? 0) > 0)
  expect(slave.server.slave.progress?.bytes).toBeLessThan(MEBIBYTE)
  await master.set('repl-snapshot-rate', 0)
  await slave.server.slave.online()
})

test('repl-snapshot-retention and repl-incoming-retention', async () => {
  await using bench = new Bench()
  const master = await bench.start({ replSnapshotRate: 1024, replSnapshotRetention: FOREVER })
  master.fill(4)
  const slave = await bench.follower(master, { replIncomingRetention: FOREVER })
  await until(() => slave.files(/\.part$/).length === 1 && (slave.server.slave.progress?.bytes ?? 0) > 0)
  await until(() => !master.server.store.persistence.isSaving)
  const [begun] = master.files(/^snapshot-/)
  master.server.store.set('newer', 'snapshot')
  await master.server.store.persistSnapshot()
  expect(master.files(/^snapshot-/)).toHaveLength(2)
  // It breaks off, and whoever comes back is refused.
  await master.set('repl-full-sync-gate-until', Math.ceil(Date.now() / 1000) + FOREVER)
  await slave.server.close()
  const again = await bench.follower(master, { dir: slave.directory, replIncomingRetention: FOREVER })
  await until(() => again.server.slave.lastError?.code === 'FULL_SYNCHRONIZATION_GATE')
  expect(again.files(/\.part$/)).toHaveLength(1)
  await again.set('repl-incoming-retention', 1)
  await until(() => again.files(/\.part$/).length === 0)
  expect(master.files(/^snapshot-/)).toContain(begun)
  await master.set('repl-snapshot-retention', 1)
  await until(() => !master.files(/^snapshot-/).includes(begun!))
})

test('repl-max-transfers', async () => {
  await using bench = new Bench()
  const master = await bench.start({ replSnapshotRate: 1024 })
  master.fill(1)
  await master.set('repl-max-transfers', 1)
  const slaves = [await bench.follower(master), await bench.follower(master)]
  await until(() => slaves.some(({ server }) => server.slave.queuePlace === 1))
  await master.set('repl-max-transfers', 0)
  await until(() => slaves.every(({ server }) => server.slave.state === 'transfer'))
})

test('repl-full-sync-gate-until', async () => {
  await using bench = new Bench()
  const master = await bench.start()
  await master.set('repl-full-sync-gate-until', Math.ceil(Date.now() / 1000) + FOREVER)
  const slave = await bench.follower(master)
  await until(() => slave.server.slave.lastError?.code === 'FULL_SYNCHRONIZATION_GATE')
  await master.set('repl-full-sync-gate-until', 0)
  await slave.server.slave.online()
})

test.each([
  // By default 256 MiB stay, and an hour of at most 4 GiB: what is shown is the last of the three to let go.
  [['repl-journal-retain-time', 0], 'repl-journal-retain-size', 0],
  [['repl-journal-retain-size', 0], 'repl-journal-retain-time', 0],
  [['repl-journal-retain-size', 0], 'repl-journal-retain-limit', 0],
] as const)('with %s, %s: the journal is given up', async ([otherName, otherValue], name, value) => {
  await using bench = new Bench()
  const master = await bench.start()
  await master.set(otherName, otherValue)
  // More than one file of the journal; always the same keys, so that the snapshots stay small.
  for (let i = 0; i < 70; i++) master.server.store.set('big', `${i}`.padEnd(MEBIBYTE, 'x'))
  await master.server.store.whenDurable()
  await master.server.store.persistSnapshot()
  expect(await master.number('repl_journal_first_offset')).toBe(0)
  await master.set(name, value)
  await until(async () => (await master.number('repl_journal_first_offset')) > 60 * MEBIBYTE)
})

test('repl-compression and repl-compression-level, from the next connection on', async () => {
  await using bench = new Bench()
  const master = await bench.start()
  const text = Array.from({ length: 20_000 }, (_, i) => `{"id":${i},"name":"user ${(i * 7919) % 10_007}","ok":true}`)
  for (let i = 0; i < text.length; i += 20) master.server.store.set(`user:${i}`, text.slice(i, i + 20).join(''))
  const bytesFor = async (): Promise<number> => {
    const before = master.server.master.statistics.bytesSent
    const slave = await bench.follower(master)
    await slave.server.slave.online()
    return master.server.master.statistics.bytesSent - before
  }
  const plain = await bytesFor()
  await master.set('repl-compression', 'yes')
  const compressed = await bytesFor()
  await master.set('repl-compression-level', 19)
  const most = await bytesFor()
  expect(compressed).toBeLessThan(plain / 2)
  expect(most).toBeLessThan(compressed)
})

test('repl-stream-delay', async () => {
  await using bench = new Bench()
  const [master, slave] = await bench.pair()
  await master.set('repl-stream-delay', 60_000)
  expect(await master.client.line('SET k v')).toBe('+OK')
  const { offset } = master.server.store
  expect(await slave.server.slave.reached(offset, { timeout: 100 })).toBe(false)
  await master.set('repl-stream-delay', 0)
  expect(await slave.server.slave.reached(offset)).toBe(true)
})
