import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  connectLink,
  connectSnapshotFetch,
  createNonce,
  type MasterMessage,
  type SnapshotMessage,
} from '@repl/protocol'
import { Store } from '@repl/store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Master, type MasterOptions } from '../src/index.ts'

const RUN_ID = 'c'.repeat(40)

describe('connections to a master', () => {
  let directory: string
  let store: Store
  let master: Master
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'repl-master-'))
    store = await Store.open({ dir: directory })
  })
  afterEach(async () => {
    await master.close()
    await store.close()
    await rm(directory, { recursive: true })
  })

  async function dial(options: MasterOptions = {}): Promise<() => Socket> {
    master = new Master(store, options)
    const { port } = await master.listen({ port: 0 })
    return () => connect(port, '127.0.0.1')
  }

  /** A slave in the test's hands. @param onHeard told of each message at once */
  function link(socket: Socket, onHeard: (message: MasterMessage) => void = () => undefined) {
    const heard: MasterMessage[] = []
    const closed = Promise.withResolvers<Error | null>()
    const connection = connectLink(socket, {
      onMessage: (message) => {
        heard.push(message)
        onHeard(message)
      },
      onClose: closed.resolve,
    })
    const next = async (type: MasterMessage['type']) => {
      await expect.poll(() => heard.map((message) => message.type), { timeout: 10_000 }).toContain(type)
      return heard.find((message) => message.type === type)
    }
    const ping = () =>
      connection.send({
        type: 'ping',
        protocolVersion: 1,
        capabilities: [],
        clientNonce: createNonce(),
        announcedHost: '10.0.0.1',
        announcedPort: 7000,
        runId: RUN_ID,
      })
    return { connection, next, ping, closed: closed.promise }
  }

  function fetchSnapshot(socket: Socket, snapshotId: string, token: Uint8Array, from = 0): Promise<SnapshotMessage[]> {
    return new Promise((resolve) => {
      const heard: SnapshotMessage[] = []
      const connection = connectSnapshotFetch(socket, {
        onMessage: (message) => {
          heard.push(message)
          if (message.type !== 'data') connection.close()
        },
        onClose: () => resolve(heard),
      })
      connection.send({ type: 'snapshotRequest', snapshotId, token, from })
    })
  }

  it('outlive a slave that calls a snapshot damaged which never becomes whole', async () => {
    store.set('a', 'b')
    const { replicationId } = store.history
    // A folder where the file should come.
    await mkdir(join(directory, `snapshot-${replicationId}-${store.offset}.rdb`))
    const dialled = await dial()
    const slave = link(dialled(), (message) => {
      if (message.type !== 'snapshotReady') return
      expect(message.size).toBe(0)
      slave.connection.send({ type: 'snapshotDamaged', snapshotId: message.snapshotId })
    })
    slave.ping()
    await slave.next('pong')
    slave.connection.send({ type: 'synchronizationRequest', replicationId: '', offset: 0 })
    expect(await slave.next('refusal')).toMatchObject({ code: 'PERSISTING_FAILED' })
  })

  it('give a snapshot only to whom it was offered', async () => {
    store.set('a', 'b')
    // One that is there, so that its size is known from the beginning.
    await store.persistSnapshot()
    const dialled = await dial()
    const slave = link(dialled())
    slave.ping()
    await slave.next('pong')
    slave.connection.send({ type: 'synchronizationRequest', replicationId: '', offset: 0 })
    const ready = await slave.next('snapshotReady')
    if (ready?.type !== 'snapshotReady') throw new Error('no snapshot')
    expect(master.slaves).toMatchObject([{ address: '10.0.0.1', port: 7000, runId: RUN_ID, state: 'send_bulk' }])
    const { snapshotId, token, size } = ready
    const wrong = await fetchSnapshot(dialled(), snapshotId, new Uint8Array(32))
    expect(wrong).toMatchObject([{ type: 'refusal', code: 'NO_SUCH_SNAPSHOT' }])
    const other = await fetchSnapshot(dialled(), 'another', token)
    expect(other).toMatchObject([{ type: 'refusal', code: 'NO_SUCH_SNAPSHOT' }])
    const beyond = await fetchSnapshot(dialled(), snapshotId, token, size + 1)
    expect(beyond).toMatchObject([{ type: 'refusal', code: 'BEYOND_SNAPSHOT' }])
    const right = await fetchSnapshot(dialled(), snapshotId, token, size - 3)
    expect(right).toMatchObject([{ type: 'data' }, { type: 'end', size }])
    slave.connection.destroy()
    await expect.poll(() => master.slaves).toEqual([])
    const late = await fetchSnapshot(dialled(), snapshotId, token)
    expect(late).toMatchObject([{ type: 'refusal', code: 'NO_SUCH_SNAPSHOT' }])
  })

  it('are closed where they speak something else, or nothing', async () => {
    const dialled = await dial({ timeout: 50 })
    const errors: string[] = []
    master.on('error', (error) => errors.push('code' in error ? String(error.code) : error.message))
    const garbage = dialled()
    garbage.write('GET / HTTP/1.1\r\n\r\n')
    const silent = dialled()
    await Promise.all([once(garbage.resume(), 'close'), once(silent.resume(), 'close')])
    await expect.poll(() => errors.sort()).toEqual(['SLAVE_LOST', 'SLAVE_SILENT'])
  })

  it('never end the process, though nobody listens to the errors', async () => {
    const dialled = await dial({ timeout: 50 })
    const garbage = dialled()
    garbage.write(Buffer.alloc(100, 0xff))
    garbage.on('error', () => undefined)
    await once(garbage.resume(), 'close')
    expect(master.slaves).toEqual([])
  })

  it('are refused beyond the limit', async () => {
    const dialled = await dial({ maxConnections: 1 })
    const first = link(dialled())
    first.ping()
    await first.next('pong')
    const second = link(dialled())
    expect(await second.next('refusal')).toMatchObject({ code: 'TOO_MANY_CONNECTIONS' })
    expect(await second.closed).toBeNull()
    expect(master.statistics).toMatchObject({ connectionsAccepted: 1, connectionsRefused: 1 })
    first.connection.destroy()
  })

  it('are told when the master closes', async () => {
    const dialled = await dial()
    const slave = link(dialled())
    slave.ping()
    await slave.next('pong')
    await master.close()
    expect(await slave.next('refusal')).toMatchObject({ code: 'MASTER_CLOSING' })
    expect(await slave.closed).toBeNull()
    expect(store.listenerCount('readable')).toBe(0)
  })
})
