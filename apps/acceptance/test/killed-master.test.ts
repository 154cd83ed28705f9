import { randomInt } from 'node:crypto'
import { findFreePorts, Workplace } from '@repl/harness'
import { expect, it } from 'vitest'
import { compareCopies } from '../src/copies.ts'
import { NodeUnderTest } from '../src/node-under-test.ts'
import { Writer } from '../src/writer.ts'

const KILLS = 20
/** Batches of writes between a master that runs and its end. */
const MOST_BATCHES = 40

it('a master killed under appendfsync always loses no answered write, and its slave goes on where it was', async ({
  signal,
}) => {
  await using workplace = await Workplace.open('repl-killed-master-')
  const [masterPort, slavePort] = await findFreePorts(2)
  const master = new NodeUnderTest(workplace, 'master', masterPort!, ['--appendfsync', 'always'], signal)
  const slave = new NodeUnderTest(workplace, 'slave', slavePort!, ['--slaveof', `127.0.0.1 ${masterPort}`], signal)
  await master.start()
  await slave.start()
  await slave.waitFor('the first synchronisation', async () => (await slave.infoText('master_link_status')) === 'up')

  const writers = ['a', 'b', 'c'].map((name) => new Writer(name))
  for (let kill = 0; kill < KILLS; kill++) {
    for (const writer of writers) writer.start(await master.connect())
    await writers[kill % writers.length]!.writes(1 + randomInt(MOST_BATCHES))
    await master.kill()
    for (const writer of writers) await writer.stop()

    await master.start()
    for (const writer of writers) expect(await writer.lostOn(master.client)).toEqual([])
    await slave.waitFor('the slave is back', async () => (await master.infoNumber('connected_slaves')) === 1)
    expect(await master.infoNumber('sync_full'), `full synchronisations after kill ${kill + 1}`).toBe(0)
    expect(await master.infoNumber('sync_partial_ok')).toBe(1)
  }

  const comparison = await compareCopies(master, slave)
  expect(comparison.differences).toEqual([])
  expect(comparison.slaveDigest).toBe(comparison.masterDigest)
})
