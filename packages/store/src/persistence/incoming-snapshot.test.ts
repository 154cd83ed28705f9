import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SimulatedDisk } from '../disk/simulated-disk.ts'
import { Crc64 } from '../rdb/crc64.ts'
import { IncomingSnapshot, type IncomingSnapshotDescription, IncomingSnapshotError } from './incoming-snapshot.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'incoming-snapshot-'))
})
afterEach(() => rm(directory, { recursive: true }))

function fileOf(content: Uint8Array): Buffer {
  const crc = new Crc64()
  crc.update(content)
  const file = Buffer.concat([content, Buffer.alloc(8)])
  crc.writeTo(file, content.length)
  return file
}

function describeFile(file: Buffer, snapshotId = 'snapshot-1'): IncomingSnapshotDescription {
  return { snapshotId, replicationId: 'ab'.repeat(20), offset: 77, size: file.length }
}

const FILE = fileOf(Buffer.from('REDIS0010 and what else there is'))

describe('IncomingSnapshot', () => {
  it('receives a file over any number of transfers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 10, maxLength: 200 }),
        fc.array(fc.record({ length: fc.integer({ min: 1, max: 60 }), breaks: fc.boolean() }), { maxLength: 12 }),
        fc.boolean(),
        async (content, steps, isSizeKnown) => {
          const file = fileOf(Buffer.concat([Buffer.from('REDIS'), content]))
          const description = { ...describeFile(file), ...(!isSizeKnown && { size: 0 }) }
          let incoming = await IncomingSnapshot.open(directory, description)
          for (const { length, breaks } of [...steps, { length: file.length, breaks: false }]) {
            const from = incoming.received
            await incoming.write(file.subarray(from, from + length))
            if (!breaks) continue
            await incoming.close()
            incoming = await IncomingSnapshot.open(directory, description)
            expect(incoming.received).toBe(Math.min(file.length, from + length))
          }
          const snapshot = await incoming.complete()
          expect((await readFile(snapshot.path)).equals(file)).toBe(true)
          expect(snapshot).toMatchObject({ id: 'snapshot-1', size: file.length, offset: 77 })
          expect(await readdir(directory)).toEqual(['snapshot-snapshot-1.rdb'])
          await rm(snapshot.path)
        },
      ),
      { numRuns: 50 },
    )
  })

  it('does not take zeros, which a loss of power may leave, for a file with the right checksum', async () => {
    await writeFile(join(directory, 'incoming-snapshot-1.rdb.part'), Buffer.alloc(FILE.length))
    const incoming = await IncomingSnapshot.open(directory, describeFile(FILE))
    expect(incoming.received).toBe(FILE.length)
    await expect(incoming.complete()).rejects.toMatchObject({ code: 'SNAPSHOT_CHECKSUM' })
    expect(await readdir(directory)).toEqual([])
  })

  it('goes on after a part of a chunk got lost in a crash', async () => {
    await using first = await IncomingSnapshot.open(directory, describeFile(FILE))
    await first.write(FILE.subarray(0, 20))
    await first.close()
    await truncate(join(directory, 'incoming-snapshot-1.rdb.part'), 13)
    const second = await IncomingSnapshot.open(directory, describeFile(FILE))
    expect(second.received).toBe(13)
    await second.write(FILE.subarray(13))
    await second.complete()
  })

  it('refuses damaged bytes and keeps none of them', async () => {
    for (let at = 0; at < FILE.length; at++) {
      const damaged = Buffer.from(FILE)
      damaged[at]! ^= 1
      const incoming = await IncomingSnapshot.open(directory, describeFile(FILE))
      await incoming.write(damaged)
      await expect(incoming.complete()).rejects.toMatchObject({ code: 'SNAPSHOT_CHECKSUM' })
      expect(await readdir(directory)).toEqual([])
    }
  })

  it('refuses too many bytes, and too few', async () => {
    await using incoming = await IncomingSnapshot.open(directory, describeFile(FILE))
    await incoming.write(FILE.subarray(0, 10))
    await expect(incoming.complete()).rejects.toMatchObject({ code: 'SNAPSHOT_SIZE' })
    await expect(incoming.write(FILE)).rejects.toMatchObject({ code: 'SNAPSHOT_SIZE' })
    expect(incoming.received).toBe(10)
    await incoming.write(FILE.subarray(10))
    await incoming.complete()
  })

  it('does not take the beginning of a file for the whole, also where its size is not known', async () => {
    for (let length = 0; length < FILE.length; length++) {
      await using incoming = await IncomingSnapshot.open(directory, { ...describeFile(FILE), size: 0 })
      await incoming.write(FILE.subarray(incoming.received, length))
      await expect(incoming.complete()).rejects.toThrow(IncomingSnapshotError)
    }
  })

  it('begins again where there is more than the announced size', async () => {
    await writeFile(join(directory, 'incoming-snapshot-1.rdb.part'), Buffer.alloc(FILE.length + 1))
    await using incoming = await IncomingSnapshot.open(directory, describeFile(FILE))
    expect(incoming.received).toBe(0)
  })

  it('removes the parts of other snapshots, and nothing else', async () => {
    await writeFile(join(directory, 'incoming-other.rdb.part'), 'x')
    await writeFile(join(directory, 'snapshot-other.rdb'), 'x')
    await using _incoming = await IncomingSnapshot.open(directory, describeFile(FILE))
    expect((await readdir(directory)).sort()).toEqual(['incoming-snapshot-1.rdb.part', 'snapshot-other.rdb'])
  })

  it('discards', async () => {
    const incoming = await IncomingSnapshot.open(directory, describeFile(FILE))
    await incoming.write(FILE.subarray(0, 10))
    await incoming.discard()
    expect(await readdir(directory)).toEqual([])
  })

  it.each<[string, Partial<IncomingSnapshotDescription>]>([
    ['an id that leads elsewhere', { snapshotId: '../../etc/x' }],
    ['an empty id', { snapshotId: '' }],
    ['a long id', { snapshotId: 'x'.repeat(129) }],
    ['a bad replication id', { replicationId: 'x' }],
    ['a negative offset', { offset: -1 }],
    ['half a byte', { size: 100.5 }],
    ['a size that no file has', { size: 17 }],
  ])('refuses %s', async (_, part) => {
    await expect(IncomingSnapshot.open(directory, { ...describeFile(FILE), ...part })).rejects.toMatchObject({
      name: 'IncomingSnapshotError',
      code: 'SNAPSHOT_DESCRIPTION',
    })
  })

  it('keeps what has arrived when the disk is full, and goes on when it is not', async () => {
    const disk = new SimulatedDisk()
    const incoming = await IncomingSnapshot.open('/data', describeFile(FILE), disk.mount())
    await incoming.write(FILE.subarray(0, 10))
    disk.capacity = 15
    const failure = await incoming.write(FILE.subarray(10)).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(IncomingSnapshotError)
    expect(failure).toMatchObject({ code: 'SNAPSHOT_WRITE', systemCode: 'ENOSPC' })
    expect(disk.bytesOf('/data/incoming-snapshot-1.rdb.part').length).toBe(10)
    disk.capacity = 1000
    await incoming.write(FILE.subarray(10))
    await incoming.complete()
    expect(disk.bytesOf('/data/snapshot-snapshot-1.rdb').equals(FILE)).toBe(true)
  })

  it('keeps nothing after a failed sync', async () => {
    const disk = new SimulatedDisk()
    disk.fault = (operation) => (operation === 'datasync' ? 'EIO' : null)
    const incoming = await IncomingSnapshot.open('/data', describeFile(FILE), disk.mount())
    await incoming.write(FILE)
    await expect(incoming.complete()).rejects.toMatchObject({ code: 'SNAPSHOT_WRITE', systemCode: 'EIO' })
    expect(disk.list('/data')).toEqual([])
  })

  it('never gives a damaged file its name, however often the power fails', async () => {
    const random = fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }))
    const file = fileOf(Buffer.from(Array.from({ length: 5000 }, (_, i) => i * 7)))
    await fc.assert(
      fc.asyncProperty(random, fc.array(fc.nat(9)), async (numbers, crashes) => {
        const disk = new SimulatedDisk(() => numbers.next().value)
        const transfer = async (chunks: number) => {
          const incoming = await IncomingSnapshot.open('/data', describeFile(file), disk.mount())
          for (let i = 0; i < chunks && incoming.received < file.length; i++) {
            await incoming.write(file.subarray(incoming.received, incoming.received + 600))
          }
          if (incoming.received === file.length) return incoming.complete()
          return null
        }
        for (const chunks of crashes) {
          // A power failure may have damaged what is there: then it's dropped, and the next transfer begins again.
          const isComplete = await transfer(chunks).catch((error: unknown) => {
            expect(error).toMatchObject({ code: 'SNAPSHOT_CHECKSUM' })
            return null
          })
          if (isComplete !== null) break
          disk.losePower()
        }
        if (disk.list('/data').some((name) => name.startsWith('snapshot-'))) disk.losePower()
        else await transfer(100).catch(() => transfer(100))
        expect(disk.bytesOf('/data/snapshot-snapshot-1.rdb').equals(file)).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  it('says which folder is not there', async () => {
    const failure = IncomingSnapshot.open(join(directory, 'missing'), describeFile(FILE))
    await expect(failure).rejects.toMatchObject({ code: 'SNAPSHOT_WRITE', systemCode: 'ENOENT' })
  })
})
