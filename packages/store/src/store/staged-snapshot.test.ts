import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SnapshotFile } from '../persistence/snapshot-file.ts'
import { digestDataSet } from './data-set-digest.ts'
import { Store } from './store.ts'

const KEYS = 5000

describe('a snapshot that is loaded while it is received', () => {
  let directory: string
  let master: Store
  let slave: Store
  let file: SnapshotFile
  let bytes: Buffer

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'repl-staged-'))
    master = await Store.open({ dir: join(directory, 'master') })
    slave = await Store.open({ dir: join(directory, 'slave') })
    slave.set('old', 'data')
    slave.follow()
    for (let i = 0; i < KEYS; i++) master.set(`key:${i}`, 'x'.repeat(i % 300))
    for (let i = 0; i < KEYS; i++) await master.call('RPUSH', 'list', `item:${i}`)
    file = await master.persistSnapshot()
    bytes = await readFile(file.path)
  })
  afterEach(async () => {
    await slave.close()
    await master.close()
    await rm(directory, { recursive: true })
  })

  const receive = () => slave.incomingSnapshot({ ...file, snapshotId: file.id }, { loads: true })

  it('is shown at once when its checksum has been compared, and not before', async () => {
    const incoming = await receive()
    for (let at = 0; at < bytes.length; at += 40_000) {
      await incoming.write(bytes.subarray(at, at + 40_000))
      expect(slave.get('old')?.toString()).toBe('data')
    }
    const { loaded } = await slave.adopt(incoming)
    await loaded
    expect(slave.get('old')).toBeNull()
    expect(await digestDataSet(slave.dataSet)).toBe(await digestDataSet(master.dataSet))
  })

  it('goes on from what is there after a break', async () => {
    const first = await receive()
    await first.write(bytes.subarray(0, 100_000))
    await first.close()
    const second = await receive()
    expect(second.received).toBe(100_000)
    await second.write(bytes.subarray(100_000))
    const { loaded } = await slave.adopt(second)
    await loaded
    expect(await digestDataSet(slave.dataSet)).toBe(await digestDataSet(master.dataSet))
  })

  it('is not taken where a byte is wrong', async () => {
    const incoming = await receive()
    const damaged = Buffer.from(bytes)
    damaged[bytes.length - 100]! ^= 1
    await incoming.write(damaged)
    await expect(slave.adopt(incoming)).rejects.toMatchObject({ code: 'SNAPSHOT_CHECKSUM' })
    expect(slave.get('old')?.toString()).toBe('data')
    expect(slave.dataSet.size).toBe(1)
  })

  it('is given up with its transfer', async () => {
    const incoming = await receive()
    await incoming.write(bytes.subarray(0, 100_000))
    await incoming.close()
    await expect(incoming.beyond(100_000)).rejects.toThrow('not received any more')
    expect(await incoming.beyond(0)).toBe(100_000)
  })
})
