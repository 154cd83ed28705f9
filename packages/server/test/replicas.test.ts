import { describe, expect, test } from 'vitest'
import { answerTo, readFields, untilField } from './support/info.ts'
import { RawClient, request } from './support/raw-client.ts'
import { freePort, hasRedisTools, RedisServer, WITHOUT_REDIS_TOOLS } from './support/redis-tools.ts'
import { ServerProcess, TemporaryFolder } from './support/server-process.ts'

const NO_REPLICAS = '-NOREPLICAS Not enough good replicas to write.'
const MASTER_DOWN = "-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."

/** Sends a command and waits for so many lines. */
async function lines(client: RawClient, command: string, count: number): Promise<string[]> {
  client.send(`${command}\r\n`)
  const received = await client.take((text) => text.split('\r\n').length > count)
  return received.split('\r\n').slice(0, count)
}

describe('writes that wait', () => {
  test('for disks: WAITAOF', async () => {
    using folders = new DisposableStack()
    const [one, other] = [folders.use(new TemporaryFolder()), folders.use(new TemporaryFolder())]
    await using master = await ServerProcess.start('--dir', one.path, '--appendfsync', 'no')
    await using slave = await ServerProcess.start(
      '--dir',
      other.path,
      '--appendfsync',
      'no',
      '--replicaof',
      `127.0.0.1 ${master.port}`,
    )
    using client = await RawClient.connect(master.port)
    using toSlave = await RawClient.connect(slave.port)
    await untilField(client, 'slave0', /state=online/)
    expect(await client.line('SET k v')).toBe('+OK')
    expect(await lines(client, 'WAITAOF 1 1 0', 3)).toEqual(['*2', ':1', ':1'])
    slave.process.kill('SIGSTOP')
    try {
      await client.line('SET k w')
      expect(await lines(client, 'WAITAOF 1 1 50', 3)).toEqual(['*2', ':1', ':0'])
      expect(await client.line('WAIT 1 50')).toBe(':0')
    } finally {
      slave.process.kill('SIGCONT')
    }
    expect(await lines(client, 'WAITAOF 0 1 0', 3)).toEqual(['*2', expect.stringMatching(/^:[01]$/), ':1'])
    const answers = [
      ['WAITAOF 2 0 0', '-ERR value is out of range, value must between 0 and 1'],
      ['WAITAOF x 0 0', '-ERR value is not an integer or out of range'],
      ['WAITAOF 0 -1 0', '-ERR value is out of range, must be positive'],
      ['WAITAOF 0 0 x', '-ERR timeout is not an integer or out of range'],
      ['WAITAOF 0 0 -1', '-ERR timeout is negative'],
    ] as const
    for (const [command, answer] of answers) expect(await client.line(command)).toBe(answer)
    expect(await toSlave.line('WAITAOF 0 0 0')).toMatch(/^-ERR WAITAOF cannot be used with replica instances\./)
    await using memory = await ServerProcess.start()
    using toMemory = await RawClient.connect(memory.port)
    expect(await toMemory.line('WAITAOF 1 0 0')).toBe(
      '-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.',
    )
    expect(await lines(toMemory, 'WAITAOF 0 0 0', 3)).toEqual(['*2', ':0', ':0'])
  })

  test('for too few slaves are refused: min-replicas', async () => {
    await using master = await ServerProcess.start()
    using client = await RawClient.connect(master.port)
    expect(await client.line('SET k v')).toBe('+OK')
    expect((await readFields(client)).has('min_slaves_good_slaves')).toBe(false)
    expect(await client.line('CONFIG SET min-replicas-to-write 1')).toBe('+OK')
    expect(await client.line('SET k w')).toBe(NO_REPLICAS)
    expect(await answerTo(client, 'GET k')).toBe('v')
    expect((await readFields(client)).get('min_slaves_good_slaves')).toBe('0')
    expect(await client.line('MULTI')).toBe('+OK')
    expect(await client.line('SET k w')).toBe(NO_REPLICAS)
    expect(await client.line('EXEC')).toMatch(/^-EXECABORT /)
    await using slave = await ServerProcess.start('--replicaof', `127.0.0.1 ${master.port}`)
    await untilField(client, 'min_slaves_good_slaves', '1')
    expect(await client.line('SET k w')).toBe('+OK')
    expect(await client.line('CONFIG SET min-slaves-max-lag 1')).toBe('+OK')
    slave.process.kill('SIGSTOP')
    try {
      await untilField(client, 'min_slaves_good_slaves', '0')
      expect(await client.line('SET k x')).toBe(NO_REPLICAS)
      expect(await client.line('CONFIG SET min-replicas-max-lag 0')).toBe('+OK')
      expect(await client.line('SET k x')).toBe('+OK')
    } finally {
      slave.process.kill('SIGCONT')
    }
  })
})

describe('a slave without its master', () => {
  test('answers from old data, or with MASTERDOWN where it must not', async () => {
    const master = await ServerProcess.start()
    await using slave = await ServerProcess.start('--replicaof', `127.0.0.1 ${master.port}`)
    using client = await RawClient.connect(slave.port)
    using toMaster = await RawClient.connect(master.port)
    await toMaster.line('SET k v')
    await untilField(client, 'master_link_status', 'up')
    await toMaster.line('WAIT 1 0')
    expect(await client.line('CONFIG SET replica-serve-stale-data no')).toBe('+OK')
    expect(await answerTo(client, 'GET k')).toBe('v')
    await master.end('SIGKILL')
    await untilField(client, 'master_link_status', 'down')
    expect(await client.line('GET k')).toBe(MASTER_DOWN)
    expect(await client.line('PING')).toBe(MASTER_DOWN)
    expect(await client.line('SET k w')).toBe("-READONLY You can't write against a read only replica.")
    expect(await client.line('MULTI')).toBe('+OK')
    expect(await client.line('GET k')).toBe(MASTER_DOWN)
    expect(await client.line('EXEC')).toMatch(/^-EXECABORT /)
    expect(await client.line('CONFIG SET slave-serve-stale-data yes')).toBe('+OK')
    expect(await answerTo(client, 'GET k')).toBe('v')
    await client.line('CONFIG SET replica-serve-stale-data no')
    expect(await client.line('REPLICAOF NO ONE')).toBe('+OK')
    expect(await answerTo(client, 'GET k')).toBe('v')
  })
})

test('every setting of replication can be changed while the server runs', async () => {
  await using master = await ServerProcess.start()
  await using slave = await ServerProcess.start(
    '--replicaof',
    `127.0.0.1 ${master.port}`,
    '--replica-announce-ip',
    'slave.example',
    '--replica-announce-port',
    '1234',
  )
  using client = await RawClient.connect(master.port)
  using toSlave = await RawClient.connect(slave.port)
  await untilField(client, 'slave0', /^ip=slave\.example,port=1234,state=online,/)
  expect(await answerTo(client, 'ROLE')).toContain('slave.example\r\n$4\r\n1234\r\n')
  const settings = [
    'masterauth secret',
    'masteruser default',
    'min-replicas-max-lag 20',
    'min-replicas-to-write 0',
    'repl-backlog-size 32768',
    'repl-backlog-ttl 1',
    'repl-disable-tcp-nodelay yes',
    'repl-diskless-load swapdb',
    'repl-diskless-sync no',
    'repl-diskless-sync-delay 0',
    'repl-diskless-sync-max-replicas 2',
    'repl-ping-replica-period 1',
    'repl-timeout 5',
    'replica-announce-ip 10.1.2.3',
    'replica-announce-port 77',
    'replica-announced no',
    'replica-priority 7',
    'replica-read-only yes',
    'replica-serve-stale-data yes',
  ]
  for (const setting of settings) {
    const [name = '', value = ''] = setting.split(' ')
    expect(await toSlave.line(`CONFIG SET ${setting}`)).toBe('+OK')
    expect((await lines(toSlave, `CONFIG GET ${name}`, 5)).at(4)).toBe(value)
  }
  expect(await toSlave.line('CONFIG SET replica-read-only no')).toMatch(
    /^-ERR CONFIG SET failed \(possibly related to argument 'replica-read-only'\) - replicas are always read-only here/,
  )
  const fields = await readFields(toSlave)
  expect(fields.get('slave_priority')).toBe('7')
  expect(fields.get('replica_announced')).toBe('0')
  expect(fields.get('repl_backlog_size')).toBe('32768')
  // A live time-out: a master that stands still is left after five seconds rather than sixty.
  master.process.kill('SIGSTOP')
  try {
    await untilField(toSlave, 'master_link_error_code', 'MASTER_SILENT')
  } finally {
    master.process.kill('SIGCONT')
  }
  await toSlave.line('CONFIG SET masterauth ""')
  // The new address is shown from the next link on.
  await untilField(client, 'slave0', /^ip=10\.1\.2\.3,port=77,/)
})

test('INFO tells how far a copy is', async () => {
  await using master = await ServerProcess.start('--repl-snapshot-rate', '1mb', '--repl-diskless-sync', 'no')
  await using slave = await ServerProcess.start()
  using client = await RawClient.connect(master.port)
  using toSlave = await RawClient.connect(slave.port)
  for (let i = 0; i < 16; i++) client.send(request('SET', `key:${i}`, `${i}`.padEnd(256 * 1024, 'x')))
  await client.take((received) => received.length === 16 * 5)
  expect((await readFields(toSlave)).has('master_sync_total_bytes')).toBe(false)
  await toSlave.line(`REPLICAOF 127.0.0.1 ${master.port}`)
  await untilField(toSlave, 'master_sync_read_bytes', /^[1-9]/)
  const fields = await readFields(toSlave)
  const [total, read, left] = ['total', 'read', 'left'].map((name) => Number(fields.get(`master_sync_${name}_bytes`)))
  expect(fields.get('master_sync_in_progress')).toBe('1')
  expect(total).toBeGreaterThan(16 * 256 * 1024)
  expect(read! + left!).toBe(total)
  expect(fields.get('master_sync_perc')).toBe(((read! / total!) * 100).toFixed(2))
  expect(Number(fields.get('master_sync_last_io_seconds_ago'))).toBeGreaterThanOrEqual(0)
  expect((await readFields(client)).get('slave0')).toMatch(/state=send_bulk,/)
  await client.line('CONFIG SET repl-snapshot-rate 0')
  await untilField(toSlave, 'master_link_status', 'up')
  expect((await readFields(toSlave)).get('master_sync_in_progress')).toBe('0')
})

/** A value with every number in it replaced, so that its form can be compared. */
const form = (value: string): string =>
  /^[0-9a-f]{40}$/.test(value) ? (/^0+$/.test(value) ? 'none' : 'id') : value.replace(/-?\d+(\.\d+)?/g, '#')

/** The fields that Redis has, in our order, and the form of each. */
function comparable(ours: ReadonlyMap<string, string>, theirs: ReadonlyMap<string, string>): [string, string][] {
  return [...ours].flatMap(([name, value]) => {
    const known = theirs.get(name)
    if (known === undefined) return []
    // What we say of a slave beyond what Redis says comes behind that.
    return [[name, form(/^slave\d/.test(name) ? value.split(',').slice(0, 5).join(',') : value)]]
  })
}

test("INFO replication is Redis's, field by field", async ({ skip }) => {
  skip(!hasRedisTools, WITHOUT_REDIS_TOOLS)
  const [masterPort, slavePort] = [await freePort(), await freePort()]
  await using redisSlave = await RedisServer.start(slavePort)
  await using slave = await ServerProcess.start()
  using toRedisSlave = await RawClient.connect(redisSlave.port)
  using toSlave = await RawClient.connect(slave.port)
  const compare = (ours: RawClient, theirs: RawClient): Promise<void> =>
    Promise.all([readFields(ours), readFields(theirs)]).then(([our, their]) => {
      expect(comparable(our, their)).toEqual([...their].map(([name, value]) => [name, form(value)]))
    })
  {
    await using redis = await RedisServer.start(masterPort)
    await using master = await ServerProcess.start('--port', '0')
    using toRedis = await RawClient.connect(redis.port)
    using toMaster = await RawClient.connect(master.port)
    for (const client of [toRedis, toMaster]) {
      await client.line('CONFIG SET min-replicas-to-write 1')
      await client.line('CONFIG SET min-replicas-max-lag 10')
    }
    await toRedisSlave.line(`REPLICAOF 127.0.0.1 ${redis.port}`)
    await toSlave.line(`REPLICAOF 127.0.0.1 ${master.port}`)
    for (const client of [toRedis, toMaster]) await untilField(client, 'slave0', /state=online/)
    for (const client of [toRedisSlave, toSlave]) await untilField(client, 'master_link_status', 'up')
    for (const client of [toRedis, toMaster]) {
      await client.line('SET key value')
      await client.line('WAIT 1 0')
    }
    await compare(toMaster, toRedis)
    await compare(toSlave, toRedisSlave)
    expect((await readFields(toSlave)).get('slave_repl_offset')).toBe(
      (await readFields(toMaster)).get('master_repl_offset'),
    )
  }
  for (const client of [toRedisSlave, toSlave]) await untilField(client, 'master_link_status', 'down')
  for (const client of [toRedisSlave, toSlave]) await untilField(client, 'master_link_down_since_seconds', /^\d+$/)
  await compare(toSlave, toRedisSlave)
  for (const client of [toRedisSlave, toSlave]) await client.line('REPLICAOF NO ONE')
  await compare(toSlave, toRedisSlave)
  const fields = await readFields(toSlave)
  expect(Number(fields.get('second_repl_offset'))).toBe(Number(fields.get('master_repl_offset')) + 1)
})
