import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { findFreePorts, Workplace } from '@repl/harness'
import type { Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { NodeUnderTest, untilInStep } from '../src/node-under-test.ts'

async function write(client: Redis, from: number, count: number): Promise<void> {
  for (let i = from; i < from + count; i += 500) {
    const pipeline = client.pipeline()
    for (let key = i; key < i + 500; key++) pipeline.set(`key:${key}`, `${key}`.padEnd(200, 'x'))
    await pipeline.exec()
  }
}

async function pair(workplace: Workplace, signal: AbortSignal, options: readonly string[]) {
  const [masterPort, slavePort] = await findFreePorts(2)
  const master = new NodeUnderTest(workplace, 'master', masterPort!, options, signal)
  const following = ['--slaveof', `127.0.0.1 ${masterPort}`]
  const slave = new NodeUnderTest(workplace, 'slave', slavePort!, following, signal)
  await master.start()
  return { master, slave }
}

const isUp = async (slave: NodeUnderTest): Promise<boolean> => (await slave.infoText('master_link_status')) === 'up'

it('a transfer goes on at its byte after SIGKILL of the slave', async ({ signal }) => {
  await using workplace = await Workplace.open('repl-resume-')
  const { master, slave } = await pair(workplace, signal, ['--repl-snapshot-rate', '2mb'])
  await write(master.client, 0, 50_000)
  await slave.start()
  const received = () => slave.infoNumber('master_sync_read_bytes').catch(() => 0)
  await slave.waitFor('half a second of the transfer', async () => (await received()) > 1_000_000)
  await slave.kill()
  await master.client.config('SET', 'repl-snapshot-rate', '0')
  await slave.start()
  await slave.waitFor('the synchronisation', () => isUp(slave))
  await untilInStep(master, slave)
  const [file] = readdirSync(master.directory).filter((name) => /^snapshot-.*\.rdb$/.test(name))
  const { size } = statSync(join(master.directory, file!))
  // What was on its way when the slave died was sent twice, and nothing else.
  expect(await master.infoNumber('repl_bytes_sent')).toBeLessThan(size + 6_000_000)
  expect(await master.infoNumber('rdb_saves')).toBe(1)
  expect(await slave.client.call('DEBUG', 'DIGEST')).toBe(await master.client.call('DEBUG', 'DIGEST'))
})

it('a slave that was away is given what it lacks from the disk of the master', async ({ signal }) => {
  await using workplace = await Workplace.open('repl-absence-')
  const { master, slave } = await pair(workplace, signal, ['--repl-backlog-size', '16kb'])
  await slave.start()
  await slave.waitFor('the first synchronisation', () => isUp(slave))
  await slave.kill()
  await write(master.client, 0, 20_000)
  await master.client.call('SAVE')
  await slave.start()
  await slave.waitFor('the link', () => isUp(slave))
  await untilInStep(master, slave)
  expect(await master.infoNumber('sync_full')).toBe(1)
  expect(await master.infoNumber('sync_partial_ok')).toBe(1)
})

it('a single flipped byte in the memory of a slave is noticed, said and healed', async ({ signal }) => {
  await using workplace = await Workplace.open('repl-flipped-')
  const { master, slave } = await pair(workplace, signal, ['--repl-digest-period', '1'])
  await write(master.client, 0, 5_000)
  await slave.start()
  await slave.client.config('SET', 'repl-digest-memory-period', '1')
  await slave.waitFor('a comparison', async () => (await slave.infoNumber('slave_digest_memory_checks')) > 0)
  expect(await slave.infoNumber('slave_digest_mismatches')).toBe(0)
  await slave.client.call('DEBUG', 'FLIP-BYTE', 'key:4321')
  await slave.waitFor('the difference', async () => (await slave.infoNumber('slave_digest_mismatches')) > 0)
  expect(slave.log).toContain('DIVERGENCE')
  await slave.client.config('SET', 'repl-digest-mismatch-action', 'resync')
  await slave.waitFor('the right value', async () => (await slave.client.get('key:4321'))?.startsWith('4321') ?? false)
  expect(await slave.client.call('DEBUG', 'DIGEST')).toBe(await master.client.call('DEBUG', 'DIGEST'))
})

it('a client reads its write on a slave after WAITOFFSET', async ({ signal }) => {
  await using workplace = await Workplace.open('repl-read-your-writes-')
  const { master, slave } = await pair(workplace, signal, ['--repl-compression', 'yes', '--repl-stream-delay', '20'])
  await slave.start()
  for (let i = 0; i < 50; i++) {
    await master.client.set('key', i)
    const offset = await master.client.call('REPLOFFSET')
    expect(await slave.client.call('WAITOFFSET', String(offset), '0')).toBe(1)
    expect(await slave.client.get('key')).toBe(String(i))
  }
  expect(await slave.client.call('WAITOFFSET', '999999999', '10')).toBe(0)
})
