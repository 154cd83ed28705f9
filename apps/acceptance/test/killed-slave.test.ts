import { randomInt } from 'node:crypto'
import { findFreePorts, Workplace } from '@repl/harness'
import { expect, it } from 'vitest'
import { compareCopies } from '../src/copies.ts'
import { NodeUnderTest } from '../src/node-under-test.ts'
import { Writer } from '../src/writer.ts'

const KILLS = 20
/** Enough that a transfer and a loading are long enough to be hit. */
const KEYS_AT_THE_START = 200_000
/** The states of a slave's link, as it logs them, in each of which it is killed in its first synchronisation. */
const STATES = ['connecting', 'handshake', 'sync', 'transfer', 'loading', 'connected'] as const
/** Batches of writes between a slave that runs and its end. */
const MOST_BATCHES = 60

it('a slave killed in every phase and at random moments under load ends equal, and copies all only until it has all once', async ({
  signal,
}) => {
  await using workplace = await Workplace.open('repl-killed-slave-')
  const [masterPort, slavePort] = await findFreePorts(2)
  const master = new NodeUnderTest(workplace, 'master', masterPort!, [], signal)
  const slave = new NodeUnderTest(workplace, 'slave', slavePort!, ['--slaveof', `127.0.0.1 ${masterPort}`], signal)
  await master.start()
  for (let i = 0; i < KEYS_AT_THE_START; i += 1000) {
    const pipeline = master.client.pipeline()
    for (let key = i; key < i + 1000; key++) pipeline.set(`start:${key}`, 'x'.repeat(200))
    await pipeline.exec()
  }
  const writers = ['a', 'b', 'c'].map((name) => new Writer(name))
  for (const writer of writers) writer.start(await master.connect())

  let fullAfterFirst: number | null = null
  for (let kill = 0; kill < KILLS; kill++) {
    await slave.launch()
    const state = STATES[kill]
    if (state !== undefined) {
      await slave.logs(`"state":"${state}"`)
    } else {
      // From while it recovers to long after it is in step.
      await writers[0]!.writes(1 + randomInt(MOST_BATCHES))
    }
    await slave.kill()
    const full = await master.infoNumber('sync_full')
    if (fullAfterFirst === null) {
      if (state === 'loading') fullAfterFirst = full
    } else {
      expect(full, `full synchronisations after kill ${kill + 1}`).toBe(fullAfterFirst)
    }
  }

  await slave.start()
  await writers[0]!.writes(5)
  for (const writer of writers) await writer.stop()
  const comparison = await compareCopies(master, slave)
  expect(await master.infoNumber('sync_full')).toBe(fullAfterFirst)
  expect(comparison.differences).toEqual([])
  expect(comparison.slaveDigest).toBe(comparison.masterDigest)
})
