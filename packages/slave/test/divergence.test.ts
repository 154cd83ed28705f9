import { once } from 'node:events'
import type { Store } from '@repl/store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench, caughtUp, until } from './pair.ts'

describe('comparison of data sets', () => {
  let bench: Bench
  beforeEach(async () => {
    bench = await Bench.open()
  })
  afterEach(() => bench[Symbol.asyncDispose]())

  async function pair(options: { digestMismatchAction?: 'none' | 'resync'; memoryCheckPeriod?: number } = {}) {
    const store = await bench.store('master')
    for (let i = 0; i < 3000; i++) store.set(`key-${i}`, `value-${i}`)
    for (let i = 0; i < 3000; i++) store.call('HSET', 'hash', `field-${i}`, i)
    const { master, port } = await bench.master(store, { digestPeriod: 10 })
    const copy = await bench.store('slave')
    const slave = bench.slave(copy, options)
    slave.slaveof('127.0.0.1', port)
    await slave.online()
    return { store, master, copy, slave }
  }

  function flipByte(store: Store, key: string): void {
    const keySpace = store.dataSet.keySpace(0)
    const address = keySpace.find(Buffer.from(key), 0, key.length)
    keySpace.bytesAt(address)[keySpace.valueStart(address)]! ^= 1
  }

  it('finds no difference under writes of every kind, and says up to where', async () => {
    const { store, master, copy, slave } = await pair({ memoryCheckPeriod: 1 })
    for (let round = 0; round < 200; round++) {
      store.set(`key-${round % 50}`, round)
      store.call('APPEND', `key-${round % 7}`, 'more')
      store.call('HSET', 'hash', `field-${round}`, 'changed')
      store.call('RPUSH', 'list', round)
      store.call('ZADD', 'scores', round, `member-${round % 9}`)
      store.call('SETBIT', 'bits', round, 1)
      if (round % 50 === 0) store.call('SWAPDB', 0, 1)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    await until(() => slave.statistics.digestChecks >= 5 && slave.statistics.memoryChecks > 0)
    await caughtUp(store, copy)
    await until(() => slave.lastCheckedOffset === store.offset)
    expect(slave.statistics.digestMismatches).toBe(0)
    expect(master.statistics.digestsAnnounced).toBeGreaterThan(0)
  })

  it('notices a single flipped byte in the memory of the slave', async () => {
    const { copy, slave } = await pair({ memoryCheckPeriod: 1 })
    await until(() => slave.statistics.memoryChecks > 0)
    expect(slave.statistics.digestMismatches).toBe(0)
    const divergence = once(slave, 'divergence')
    flipByte(copy, 'key-1234')
    const [{ expected, actual, isOfMemory }] = await divergence
    expect(actual).not.toBe(expected)
    expect(isOfMemory).toBe(true)
    expect(slave.statistics.digestMismatches).toBeGreaterThan(0)
    expect(slave.lastError?.code).toBe('DIVERGED')
    expect(slave.state).toBe('connected')
  })

  it('notices a write that only one side has, without reading memory', async () => {
    const { store, copy, slave } = await pair({ memoryCheckPeriod: 0 })
    const key = Buffer.from('key-7')
    copy.dataSet.keySpace(0).set(key, 0, key.length, key, 0, key.length, 0)
    await until(() => slave.statistics.digestMismatches > 0)
    expect(slave.lastDivergence?.isOfMemory).toBe(false)
    store.set('key-7', 'healed by the next write')
    await until(() => slave.lastCheckedOffset === store.offset)
  })

  it('synchronises again in full where that was chosen, and is equal then', async () => {
    const { store, copy, slave } = await pair({ memoryCheckPeriod: 1, digestMismatchAction: 'resync' })
    flipByte(copy, 'key-99')
    await until(() => slave.statistics.fullSynchronizations === 2 && slave.isOnline && !copy.isLoading)
    expect(copy.get('key-99')?.toString()).toBe('value-99')
    expect(await copy.digestMemory()).toBe(await store.digestMemory())
    const { digestMismatches, digestChecks } = slave.statistics
    await until(() => slave.statistics.digestChecks > digestChecks)
    expect(slave.statistics.digestMismatches).toBe(digestMismatches)
  })
})
