import { describe, expect, test } from 'vitest'
import { answerTo, readFields, untilField } from './support/info.ts'
import { RawClient, request } from './support/raw-client.ts'
import { ServerProcess, TemporaryFolder } from './support/server-process.ts'

class Pair implements AsyncDisposable {
  readonly #folders = [new TemporaryFolder(), new TemporaryFolder()]
  readonly #stack = new AsyncDisposableStack()
  master!: ServerProcess
  slave!: ServerProcess
  toMaster!: RawClient
  toSlave!: RawClient

  static async start(...options: string[]): Promise<Pair> {
    const pair = new Pair()
    pair.master = pair.#stack.use(await ServerProcess.start('--dir', pair.#folders[0]!.path, ...options))
    pair.toMaster = pair.#stack.use(await RawClient.connect(pair.master.port))
    await pair.toMaster.line('SET before 1')
    const following = ['--replicaof', `127.0.0.1 ${pair.master.port}`]
    pair.slave = pair.#stack.use(await ServerProcess.start('--dir', pair.#folders[1]!.path, ...following, ...options))
    pair.toSlave = pair.#stack.use(await RawClient.connect(pair.slave.port))
    await untilField(pair.toSlave, 'master_link_status', 'up')
    await untilField(pair.toMaster, 'slave0', /state=online/)
    return pair
  }

  client(port: number): Promise<RawClient> {
    return RawClient.connect(port).then((client) => this.#stack.use(client))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync()
    for (const folder of this.#folders) folder[Symbol.dispose]()
  }
}

/** Writes one key after the other until it is refused, and says how many were answered and with what it was refused. */
async function writeUntilRefused(client: RawClient, prefix: string): Promise<{ answered: number; refusal: string }> {
  for (let answered = 0; ; answered++) {
    const answer = await client.line(`SET ${prefix}:${answered} x`)
    if (answer !== '+OK') return { answered, refusal: answer }
  }
}

describe('FAILOVER', () => {
  test('under load changes the roles, loses no answered write and copies nothing', async () => {
    await using pair = await Pair.start('--appendfsync', 'always')
    const { master, slave, toMaster, toSlave } = pair
    const blocked = await pair.client(master.port)
    blocked.send('BLPOP nothing 0\r\n')
    while ((await readFields(toMaster, 'clients')).get('blocked_clients') !== '1');
    const writers = await Promise.all(
      ['a', 'b', 'c'].map((name) => pair.client(master.port).then((c) => ({ c, name }))),
    )
    const writing = writers.map(({ c, name }) => writeUntilRefused(c, name))
    expect(await toMaster.line('FAILOVER')).toBe('+OK')
    const results = await Promise.all(writing)
    for (const { refusal } of results) expect(refusal).toBe("-READONLY You can't write against a read only replica.")
    expect(await blocked.take((received) => received.endsWith('\r\n'))).toMatch(
      /^-UNBLOCKED force unblock from blocking operation, instance state changed \(master -> replica\?\)/,
    )
    await untilField(toMaster, 'master_link_status', 'up')
    const [old, now] = [await readFields(toMaster), await readFields(toSlave)]
    expect(old.get('role')).toBe('slave')
    expect(old.get('master_port')).toBe(String(slave.port))
    expect(old.get('master_failover_state')).toBe('no-failover')
    expect(now.get('role')).toBe('master')
    expect(now.get('master_replid2')).toMatch(/^[0-9a-f]{40}$/)
    expect(old.get('master_replid')).toBe(now.get('master_replid'))
    for (const [i, { answered }] of results.entries()) {
      const key = `${'abc'[i]}:${answered - 1}`
      if (answered > 0) expect(await answerTo(toSlave, `GET ${key}`)).toBe('x')
    }
    const answered = results.reduce((sum, each) => sum + each.answered, 0)
    expect(await toSlave.line('DBSIZE')).toBe(`:${answered + 1}`)
    expect((await readFields(toSlave, 'stats')).get('sync_full')).toBe('0')
    expect((await readFields(toSlave, 'stats')).get('sync_partial_ok')).toBe('1')
    expect(await toSlave.line('SET after 1')).toBe('+OK')
    expect(await toSlave.line('WAIT 1 0')).toBe(':1')
    expect(await toMaster.line('DEBUG DIGEST')).toBe(await toSlave.line('DEBUG DIGEST'))

    // And back again, to the one that is named.
    const target = `TO 127.0.0.1 ${master.port}`
    expect(await toSlave.line(`FAILOVER ${target}`)).toBe('+OK')
    await untilField(toMaster, 'role', 'master')
    await untilField(toSlave, 'master_link_status', 'up')
    expect(await toMaster.line('SET home again')).toBe('+OK')
    expect((await readFields(toMaster, 'stats')).get('sync_full')).toBe('1')
  })

  test('that is aborted, or whose time is up, leaves everything as it was', async () => {
    await using pair = await Pair.start('--repl-timeout', '3600')
    const { slave, toMaster } = pair
    const before = await readFields(toMaster)
    slave.process.kill('SIGSTOP')
    try {
      const writer = await pair.client(pair.master.port)
      expect(await writer.line('SET not there yet')).toBe('-ERR syntax error')
      expect(await writer.line('SET not-there yet')).toBe('+OK')
      expect(await toMaster.line('FAILOVER')).toBe('+OK')
      expect((await readFields(toMaster)).get('master_failover_state')).toBe('waiting-for-sync')
      expect(await toMaster.line('FAILOVER')).toBe('-ERR FAILOVER already in progress.')
      expect(await toMaster.line('REPLICAOF 127.0.0.1 1')).toBe('-ERR REPLICAOF not allowed while failing over.')
      writer.send(request('SET', 'waits', '1') + request('GET', 'not-there'))
      expect(await toMaster.line('CLIENT UNPAUSE')).toBe('+OK')
      expect(await toMaster.line('EXISTS waits')).toBe(':0')
      expect(await toMaster.line('FAILOVER ABORT')).toBe('+OK')
      expect(await writer.take((received) => received.endsWith('yet\r\n'))).toBe('+OK\r\n$3\r\nyet\r\n')

      expect(await toMaster.line('FAILOVER TIMEOUT 50')).toBe('+OK')
      expect(await writer.line('SET waits 2')).toBe('+OK')
      const after = await readFields(toMaster)
      expect(after.get('role')).toBe('master')
      expect(after.get('master_failover_state')).toBe('no-failover')
      expect(after.get('master_replid')).toBe(before.get('master_replid'))
    } finally {
      slave.process.kill('SIGCONT')
    }
    expect(await toMaster.line('WAIT 1 0')).toBe(':1')
    expect((await readFields(toMaster, 'stats')).get('sync_full')).toBe('1')
  })

  test('that is forced goes on without what the slave lacks', async () => {
    await using pair = await Pair.start()
    const { slave, toMaster, toSlave } = pair
    slave.process.kill('SIGSTOP')
    // So much that the kernel does not hold it all.
    const lost = 'x'.repeat(1024 * 1024)
    for (let i = 0; i < 32; i++) toMaster.send(request('SET', `lost:${i}`, lost))
    await toMaster.take((received) => received.length === 32 * 5)
    expect(await toMaster.line(`FAILOVER TO 127.0.0.1 ${slave.port} FORCE TIMEOUT 50`)).toBe('+OK')
    await untilField(toMaster, 'master_failover_state', 'failover-in-progress')
    slave.process.kill('SIGCONT')
    await untilField(toSlave, 'role', 'master')
    await untilField(toMaster, 'master_link_status', 'up')
    await untilField(toMaster, 'master_failover_state', 'no-failover')
    expect(await toSlave.line('SET now mine')).toBe('+OK')
    expect(await toSlave.line('WAIT 1 0')).toBe(':1')
    expect(await toMaster.line('DEBUG DIGEST')).toBe(await toSlave.line('DEBUG DIGEST'))
  })

  test('is refused in the words of Redis', async () => {
    await using pair = await Pair.start()
    const { slave, toMaster, toSlave } = pair
    const answers: [string, string][] = [
      ['FAILOVER ABORT', '-ERR No failover in progress.'],
      ['FAILOVER NOW', '-ERR syntax error'],
      ['FAILOVER TO 127.0.0.1', '-ERR syntax error'],
      ['FAILOVER TO 127.0.0.1 x', '-ERR value is not an integer or out of range'],
      ['FAILOVER TIMEOUT 0', '-ERR FAILOVER timeout must be greater than 0'],
      ['FAILOVER FORCE', '-ERR FAILOVER with force option requires both a timeout and target HOST and IP.'],
      [
        `FAILOVER TO 127.0.0.1 ${slave.port} FORCE`,
        '-ERR FAILOVER with force option requires both a timeout and target HOST and IP.',
      ],
      ['FAILOVER TO 127.0.0.1 1', '-ERR FAILOVER target HOST and PORT is not a replica.'],
    ]
    for (const [command, answer] of answers) expect(await toMaster.line(command)).toBe(answer)
    expect(await toSlave.line('FAILOVER')).toBe('-ERR FAILOVER is not valid when server is a replica.')
    await toSlave.line('REPLICAOF NO ONE')
    await untilField(toMaster, 'connected_slaves', '0')
    expect(await toMaster.line('FAILOVER')).toBe('-ERR FAILOVER requires connected replicas.')
  })
})
