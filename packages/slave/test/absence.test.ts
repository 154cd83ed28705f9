import { afterEach, beforeEach, expect, it } from 'vitest'
import { Bench, caughtUp } from './pair.ts'

let bench: Bench
beforeEach(async () => {
  bench = await Bench.open()
})
afterEach(() => bench[Symbol.asyncDispose]())

/** Lets a slave be away while far more is written than memory keeps, and then come back. */
async function comesBack(retention: { journalRetainBytes: number; journalRetainMilliseconds: number }) {
  const store = await bench.store('master', {
    backlogBytes: 16 * 1024,
    journalSegmentBytes: 64 * 1024,
    autoSnapshotBytes: 0,
    ...retention,
  })
  const { port } = await bench.master(store, { snapshotRetention: 1 })
  const copy = await bench.store('slave')
  const slave = bench.slave(copy)
  slave.slaveof('127.0.0.1', port)
  await slave.online()
  await slave.close()
  for (let i = 0; i < 3000; i++) {
    store.set(`key-${i}`, 'x'.repeat(300))
    // Turns, so that the journal begins new files.
    if (i % 100 === 0) await store.whenDurable()
  }
  await store.whenDurable()
  await store.persistSnapshot()
  const again = bench.slave(copy)
  again.slaveof('127.0.0.1', port)
  await again.online()
  await caughtUp(store, copy)
  expect(await copy.digestMemory()).toBe(await store.digestMemory())
  return { statistics: again.statistics, firstOffset: store.journal.firstOffset }
}

it('an absence within the time that the journal is kept costs what was written, however little memory keeps', async () => {
  const { statistics } = await comesBack({ journalRetainBytes: 0, journalRetainMilliseconds: 3_600_000 })
  expect(statistics).toMatchObject({ partialSynchronizations: 1, fullSynchronizations: 0 })
})

it('so it does within the bytes that it is kept', async () => {
  const { statistics } = await comesBack({ journalRetainBytes: 100_000_000, journalRetainMilliseconds: 0 })
  expect(statistics).toMatchObject({ partialSynchronizations: 1, fullSynchronizations: 0 })
})

it('and where neither keeps it, it costs a snapshot', async () => {
  const { statistics, firstOffset } = await comesBack({ journalRetainBytes: 0, journalRetainMilliseconds: 0 })
  expect(statistics).toMatchObject({ partialSynchronizations: 0, fullSynchronizations: 1 })
  expect(firstOffset).toBeGreaterThan(100_000)
})
