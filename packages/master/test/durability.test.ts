import { connect } from 'node:net'
import { connectLink, createNonce, FakeClock, type MasterMessage } from '@repl/protocol'
import { Store } from '@repl/store'
import { describe, expect, it } from 'vitest'
import { Master, type MasterOptions } from '../src/index.ts'

/** A master in memory, and a slave in the test's hands. */
async function open(options: MasterOptions = {}) {
  const clock = new FakeClock()
  const store = await Store.open({ backlogBytes: 1024 })
  const master = new Master(store, { ...options, clock })
  const { port } = await master.listen({ port: 0 })
  const heard: MasterMessage[] = []
  const join = async () => {
    const connection = connectLink(connect(port, '127.0.0.1'), {
      onMessage: (message) => void heard.push(message),
      onClose: () => undefined,
    })
    const { replicationId } = store.history
    connection.send({
      type: 'ping',
      protocolVersion: 1,
      capabilities: [],
      clientNonce: createNonce(),
      announcedHost: '',
      announcedPort: 7000,
      runId: 'c'.repeat(40),
    })
    connection.send({ type: 'synchronizationRequest', replicationId, offset: store.offset })
    await expect.poll(() => master.slaves.length).toBe(1)
    return {
      /** What the slave says that it has. */
      acknowledge: async (applied: number, durable: number) => {
        await expect.poll(() => heard.some(({ type }) => type === 'streamChunk')).toBe(true)
        connection.send({
          type: 'acknowledgement',
          receivedOffset: applied,
          appliedOffset: applied,
          durableOffset: durable,
        })
      },
      leave: async () => {
        connection.destroy()
        await expect.poll(() => master.slaves.length).toBe(0)
      },
    }
  }
  return {
    clock,
    store,
    master,
    heard,
    join,
    async [Symbol.asyncDispose]() {
      await master.close()
      await store.close()
    },
  }
}

describe('a master', () => {
  it('waits for the disks of slaves, and tells them from their memories', async () => {
    await using node = await open()
    const slave = await node.join()
    node.store.set('key', 'value')
    const { offset } = node.store
    const applied = node.master.waitForAcknowledgements(1, offset, 0)
    const durable = node.master.waitForDurability({ local: 1, slaves: 1 }, offset, 0)
    await expect.poll(() => node.heard.some(({ type }) => type === 'acknowledgementRequest')).toBe(true)
    await slave.acknowledge(offset, offset - 1)
    expect(await applied).toBe(1)
    expect(node.master.durabilityOf(offset)).toEqual({ local: 1, slaves: 0 })
    await slave.acknowledge(offset, offset)
    expect(await durable).toEqual({ local: 1, slaves: 1 })
  })

  it('lets nobody wait any longer when it becomes a slave', async () => {
    await using node = await open()
    await node.join()
    node.store.set('key', 'value')
    const waiting = node.master.waitForAcknowledgements(1, node.store.offset, 0)
    node.store.follow()
    expect(await waiting).toBe(0)
  })

  it('refuses writes that too few slaves would get, as long as it is told to', async () => {
    await using node = await open({ minSlavesToWrite: 1, minSlavesMaxLag: 5_000 })
    expect(() => node.store.set('key', 'value')).toThrow('NOREPLICAS')
    await node.join()
    node.store.set('key', 'value')
    node.clock.advance(6_000)
    expect(() => node.store.set('key', 'value')).toThrow('NOREPLICAS')
    node.master.configure({ minSlavesMaxLag: 10_000 })
    node.store.set('key', 'value')
    node.clock.advance(10_000)
    expect(() => node.store.set('key', 'value')).toThrow('NOREPLICAS')
    node.master.configure({ minSlavesToWrite: 0 })
    node.store.set('key', 'value')
    expect(() => node.master.configure({ minSlavesToWrite: -1 })).toThrow(RangeError)
  })

  it('lets go of the backlog after a time without slaves, and keeps it again for the next one', async () => {
    await using node = await open({ backlogRetention: 1_000 })
    const { store, clock } = node
    const write = async () => {
      for (let i = 0; i < 20; i++) store.set(`key:${i}`, 'x'.repeat(100))
      await new Promise(setImmediate)
    }
    const slave = await node.join()
    await write()
    clock.advance(5_000)
    expect(store.journal.memoryBytes).toBe(1024)
    await slave.leave()
    clock.advance(999)
    expect(store.journal.memoryBytes).toBe(1024)
    clock.advance(1)
    expect(store.journal.memoryBytes).toBe(0)
    await write()
    expect(store.offset - store.journal.firstOffset).toBeLessThan(1024)
    await node.join()
    expect(store.journal.memoryBytes).toBe(1024)
    await write()
    expect(store.offset - store.journal.firstOffset).toBeGreaterThanOrEqual(1024)
  })
})
