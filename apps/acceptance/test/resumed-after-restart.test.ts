import { readdirSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { findFreePorts, Workplace } from '@repl/harness'
import type { Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { compareCopies } from '../src/copies.ts'
import { NodeUnderTest } from '../src/node-under-test.ts'
import { Writer } from '../src/writer.ts'

const KEYS = 60_000
/** What may be sent twice, or is no part of the file: what sockets held, the stream, frames. */
const SLACK = 3_000_000

interface Pair {
  readonly workplace: Workplace
  readonly master: NodeUnderTest
  readonly slave: NodeUnderTest
}

/** A master with data that it sends slowly, and a slave that has a good part of it. */
async function inTheMiddle(workplace: Workplace, signal: AbortSignal, begin?: (pair: Pair) => Promise<void>) {
  const [masterPort, slavePort] = await findFreePorts(2)
  // The size is told beforehand only of a file that is whole.
  const options = ['--appendfsync', 'always', '--repl-snapshot-rate', '4mb', '--repl-diskless-sync', 'no']
  const master = new NodeUnderTest(workplace, 'master', masterPort!, options, signal)
  const slave = new NodeUnderTest(workplace, 'slave', slavePort!, ['--slaveof', `127.0.0.1 ${masterPort}`], signal)
  const pair = { workplace, master, slave }
  await master.start()
  await fill(master.client)
  await begin?.(pair)
  await slave.start()
  await slave.waitFor('more than half of the file', async () => {
    const size = await slave.infoNumber('master_sync_total_bytes').catch(() => 0)
    return size > 0 && (await slave.infoNumber('master_sync_read_bytes').catch(() => 0)) > size / 2
  })
  return { ...pair, size: await slave.infoNumber('master_sync_total_bytes') }
}

async function fill(client: Redis, from = 0): Promise<void> {
  for (let i = from; i < from + KEYS; i += 500) {
    const pipeline = client.pipeline()
    for (let key = i; key < i + 500; key++) pipeline.set(`start:${key}`, `${key}`.padEnd(200, 'x'))
    await pipeline.exec()
  }
}

/** Starts the master again, whose counters begin at 0, and lets the transfer go as fast as it can. */
async function startAgain(master: NodeUnderTest): Promise<void> {
  await master.start()
  await master.client.config('SET', 'repl-snapshot-rate', '0')
}

async function expectEqual({ master, slave }: Pair): Promise<void> {
  const comparison = await compareCopies(master, slave)
  expect(comparison.differences).toEqual([])
  expect(comparison.slaveDigest).toBe(comparison.masterDigest)
}

const part = (slave: NodeUnderTest): string | undefined =>
  readdirSync(slave.directory).find((name) => name.endsWith('.rdb.part'))

for (const [how, end] of [
  ['killed', (master: NodeUnderTest) => master.kill()],
  ['ended in order', (master: NodeUnderTest) => master.stop()],
] as const) {
  it(`a transfer goes on at its byte after the master was ${how} and started again`, async ({ signal }) => {
    await using workplace = await Workplace.open('repl-resumed-')
    const { master, slave, size } = await inTheMiddle(workplace, signal)
    await end(master)
    await startAgain(master)
    await expectEqual({ workplace, master, slave })
    // More than half was there: the master that was started again has sent the rest and no more.
    expect(await master.infoNumber('repl_bytes_sent')).toBeLessThan(size / 2 + SLACK / 2)
    expect(await master.infoNumber('rdb_saves')).toBe(0)
    expect(master.log).toMatch(/the slave goes on at byte \d+/)
    expect(part(slave)).toBeUndefined()
  })
}

it('the same with writes before, meanwhile and after, and a newer snapshot', async ({ signal }) => {
  await using workplace = await Workplace.open('repl-resumed-writes-')
  const writers = ['a', 'b'].map((name) => new Writer(name))
  const { master, slave, size } = await inTheMiddle(workplace, signal, async ({ master }) => {
    for (const writer of writers) writer.start(await master.connect())
  })
  await writers[0]!.writes(20)
  const saved = await master.connect()
  await saved.call('SAVE')
  const offset = await master.infoNumber('master_repl_offset')
  await master.kill()
  for (const writer of writers) await writer.stop()
  await startAgain(master)
  for (const writer of writers) expect(await writer.lostOn(master.client)).toEqual([])
  for (const writer of writers) writer.start(await master.connect())
  await writers[1]!.writes(20)
  for (const writer of writers) await writer.stop()
  await master.connect()
  await expectEqual({ workplace, master, slave })
  const stream = await master.infoNumber('master_repl_offset')
  expect(stream).toBeGreaterThan(offset)
  const file = Number(/-(\d+)-[0-9a-f]{16} at offset (\d+)/.exec(slave.log)?.[2])
  expect(await master.infoNumber('repl_bytes_sent')).toBeLessThan(size / 2 + (stream - file) + SLACK)
  expect(master.log).toMatch(/the slave goes on at byte \d+/)
})

it('the same when both are killed', async ({ signal }) => {
  await using workplace = await Workplace.open('repl-resumed-both-')
  const { master, slave, size } = await inTheMiddle(workplace, signal)
  await Promise.all([master.kill(), slave.kill()])
  expect(part(slave)).toBeDefined()
  await startAgain(master)
  await master.client.set('since', 'the restart')
  await slave.start()
  await expectEqual({ workplace, master, slave })
  expect(await master.infoNumber('repl_bytes_sent')).toBeLessThan(size / 2 + SLACK)
  expect(slave.log).toMatch(/the slave goes on at byte \d+/)
})

it('begins anew, and says why, where the file is gone', async ({ signal }) => {
  await using workplace = await Workplace.open('repl-resumed-gone-')
  const { master, slave } = await inTheMiddle(workplace, signal)
  await master.kill()
  // Another history, with the same keys and other values: nothing of the part may be mixed with it.
  await rm(master.directory, { recursive: true })
  await startAgain(master)
  const pipeline = master.client.pipeline()
  for (let key = 0; key < KEYS; key += 2) pipeline.set(`start:${key}`, `another ${key}`)
  await pipeline.exec()
  await expectEqual({ workplace, master, slave })
  expect(slave.log).toMatch(/not the one that the slave has begun, since its file is no longer here/)
  expect(part(slave)).toBeUndefined()
})

it('a master killed while it may still write what it sends gives that or another one, and nothing between', async ({
  signal,
}) => {
  await using workplace = await Workplace.open('repl-resumed-draft-')
  const [masterPort, slavePort] = await findFreePorts(2)
  const master = new NodeUnderTest(workplace, 'master', masterPort!, [], signal)
  const slave = new NodeUnderTest(workplace, 'slave', slavePort!, ['--slaveof', `127.0.0.1 ${masterPort}`], signal)
  await master.start()
  for (let round = 0; round < 5; round++) await fill(master.client, round * KEYS)
  await slave.launch()
  await slave.logs('sent while a child process writes it')
  await slave.logs('"state":"transfer"')
  await master.kill()
  await startAgain(master)
  await slave.connect()
  await expectEqual({ workplace, master, slave })
  expect(part(slave)).toBeUndefined()
})

it('begins anew, and says why, where what is there of the file is not what was sent', async ({ signal }) => {
  await using workplace = await Workplace.open('repl-resumed-damaged-')
  const { master, slave, size } = await inTheMiddle(workplace, signal)
  await Promise.all([master.kill(), slave.kill()])
  const file = await open(join(slave.directory, part(slave)!), 'r+')
  // In the middle of a value: only the checksum can tell.
  await file.write(Buffer.from('damage'), 0, 6, 1_000_000)
  await file.close()
  await startAgain(master)
  await slave.start()
  await slave.logs('SNAPSHOT_DAMAGED')
  await expectEqual({ workplace, master, slave })
  expect(slave.log).toMatch(/has the checksum [0-9a-f]{16}, the file says [0-9a-f]{16}/)
  // The rest, and then all of it.
  expect(await master.infoNumber('repl_bytes_sent')).toBeGreaterThan(size)
  expect(await master.infoNumber('repl_bytes_sent')).toBeLessThan(1.5 * size + SLACK)
})
