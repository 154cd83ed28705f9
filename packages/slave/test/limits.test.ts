import { open } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Slave } from '../src/index.ts'
import { Bench, failedWith, inState, until } from './pair.ts'

describe('limits of full synchronisations', () => {
  let bench: Bench
  beforeEach(async () => {
    bench = await Bench.open()
  })
  afterEach(() => bench[Symbol.asyncDispose]())

  async function filled(bytes: number) {
    const store = await bench.store('master')
    for (let i = 0; i * 1000 < bytes; i++) store.set(`key-${i}`, `${i}`.padEnd(1000, '.'))
    return store
  }

  it('hold all transfers together to a rate, which may change while they are under way', async () => {
    const store = await filled(2_000_000)
    const { master, port } = await bench.master(store, { snapshotBytesPerSecond: 2_000 })
    const slaves = [bench.slave(await bench.store('one')), bench.slave(await bench.store('two'))]
    for (const slave of slaves) slave.slaveof('127.0.0.1', port)
    await Promise.all(slaves.map((slave) => until(() => (slave.progress?.bytes ?? 0) > 0)))
    // The rest would take half an hour.
    for (const slave of slaves) expect(slave.progress?.bytes).toBeLessThan(100_000)
    master.configure({ snapshotBytesPerSecond: 0 })
    await Promise.all(slaves.map((slave) => slave.online()))
  })

  it('let one transfer go on at a time, and tell the others their place', async () => {
    const store = await filled(1_000_000)
    const { master, port } = await bench.master(store, { maxTransfers: 1, snapshotBytesPerSecond: 50_000 })
    const slaves: Slave[] = []
    for (const name of ['one', 'two', 'three']) {
      const slave = bench.slave(await bench.store(name))
      slave.slaveof('127.0.0.1', port)
      if (slaves.length === 0) await inState(slave, 'transfer')
      else await until(() => slave.queuePlace === slaves.length)
      slaves.push(slave)
    }
    expect(master.statistics).toMatchObject({ transfers: 1, transfersWaiting: 2 })
    expect(master.slaves.map(({ queuePlace }) => queuePlace)).toEqual([0, 1, 2])
    slaves[1]!.slaveof(null)
    await until(() => slaves[2]!.queuePlace === 1)
    master.configure({ snapshotBytesPerSecond: 0 })
    await slaves[0]!.online()
    await slaves[2]!.online()
    expect(store.persistence.savesDone).toBe(1)
    expect(master.statistics).toMatchObject({ transfers: 0, transfersWaiting: 0 })
  })

  it('refuse who needs a full synchronisation until a time, and nobody else', async () => {
    const store = await filled(10_000)
    const { master, port } = await bench.master(store)
    const known = bench.slave(await bench.store('known'))
    known.slaveof('127.0.0.1', port)
    await known.online()
    master.configure({ fullSynchronizationGate: Date.now() + 3_600_000 })
    const stranger = bench.slave(await bench.store('stranger'))
    stranger.slaveof('127.0.0.1', port)
    expect((await failedWith(stranger, 'FULL_SYNCHRONIZATION_GATE')).message).toContain('before 2')
    known.slaveof('localhost', port)
    await known.online()
    expect(known.statistics.partialSynchronizations).toBe(1)
    expect(master.statistics.fullSynchronizations).toBe(1)
    master.configure({ fullSynchronizationGate: 0 })
    await stranger.online()
  })

  it('offer a snapshot that is damaged on the disk of the master to nobody again', async () => {
    const store = await filled(100_000)
    const file = await store.persistSnapshot()
    const handle = await open(file.path, 'r+')
    await handle.write('x', 50_000)
    await handle.close()
    const { master, port } = await bench.master(store)
    const reports: string[] = []
    master.on('error', (error) => reports.push('code' in error ? String(error.code) : error.message))
    const slave = bench.slave(await bench.store('slave'))
    slave.slaveof('127.0.0.1', port)
    await failedWith(slave, 'SNAPSHOT_DAMAGED')
    await slave.online()
    expect(reports).toContain('SNAPSHOT_REPLACED')
    expect(await slave.store.digestMemory()).toBe(await store.digestMemory())
    expect(slave.statistics.fullSynchronizations).toBeLessThanOrEqual(4)
  })
})
