import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KeySpace } from '../keyspace/key-space.ts'
import { RdbError, RdbFormatError, RdbTruncatedError } from '../rdb/rdb-errors.ts'
import { encodeRdbFileHeader } from '../rdb/rdb-file-header.ts'
import { RdbRecordEncoder } from '../rdb/rdb-record-encoder.ts'
import { type PlainRecord, RecordList } from './record-list.ts'
import { loadSnapshot } from './snapshot-loader.ts'
import type { RecordTarget } from './snapshot-records.ts'

const HEADER = {
  replicationId: 'ab'.repeat(20),
  offset: 99,
  streamDatabase: 0,
  createdAt: 1_700_000_000_000,
  usedMemory: 0,
}

let directory: string
let path: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'snapshot-loader-'))
  path = join(directory, 'a.rdb')
})
afterEach(() => rm(directory, { recursive: true }))

/** Writes a file without a checksum: that is the reader's matter, and tested there. */
async function writeFileOf(databases: readonly (readonly PlainRecord[])[]): Promise<void> {
  const pieces: Buffer[] = []
  const encoder = new RdbRecordEncoder((piece) => pieces.push(Buffer.from(piece)))
  encoder.appendEncoded(encodeRdbFileHeader(HEADER))
  for (const [database, records] of databases.entries()) {
    encoder.selectDatabase(database, records.length, 0)
    for (const { key, value, expiresAt } of records) {
      const bytes = Buffer.concat([key, value])
      encoder.append(bytes, 0, key.length, key.length, bytes.length, 0, expiresAt)
    }
  }
  encoder.end()
  await writeFile(path, Buffer.concat([...pieces, Buffer.alloc(8)]))
}

function numbered(count: number, valueLength = 10): PlainRecord[] {
  return Array.from({ length: count }, (_, i) => ({
    key: Buffer.from(`key:${i}`),
    value: Buffer.alloc(valueLength, `value ${i} `),
    expiresAt: i % 5 === 0 ? i + 1 : 0,
  }))
}

describe('loadSnapshot', () => {
  it('loads several databases, with records that have expired long ago', async () => {
    const databases = [numbered(100), numbered(0), numbered(300, 5000)]
    await writeFileOf(databases)
    const lists = databases.map(() => new RecordList())
    const progress: number[] = []
    const loaded = await loadSnapshot(path, {
      keySpaceFor: (database) => lists[database]!,
      onProgress: ({ bytes, size, records }) => {
        progress.push(bytes / size)
        expect(records).toBeLessThanOrEqual(400)
      },
    })
    expect(loaded).toMatchObject({ version: 10, replicationId: HEADER.replicationId, offset: 99, records: 400 })
    expect(loaded.auxiliaryFields.get('ctime')).toBe('1700000000')
    for (const [database, records] of databases.entries()) {
      expect(lists[database]!.records()).toEqual(new RecordList(records).records())
    }
    expect(progress.length).toBeGreaterThan(1)
    expect(progress.at(-1)).toBe(1)
  })

  it('loads into a key space', async () => {
    const records = numbered(1000)
    await writeFileOf([records])
    const keySpace = new KeySpace()
    await loadSnapshot(path, { keySpaceFor: () => keySpace })
    expect(keySpace.size).toBe(1000)
    for (const { key, value, expiresAt } of records) {
      const address = keySpace.find(key, 0, key.length)
      expect(keySpace.readValue(address).equals(value)).toBe(true)
      expect(keySpace.expiresAt(address)).toBe(expiresAt)
    }
  })

  it('leaves nothing of a file that is cut off or damaged', async () => {
    await writeFileOf([numbered(200)])
    const file = await readFile(path)
    await fc.assert(
      fc.asyncProperty(fc.nat(file.length - 1), fc.boolean(), async (at, isCut) => {
        const damaged = isCut ? file.subarray(0, at) : Buffer.from(file)
        // An unknown opcode or length; one that does no harm would be found by its checksum.
        if (!isCut) damaged[at] = 0xff
        await writeFile(path, damaged)
        const list = new RecordList()
        const loading = loadSnapshot(path, { keySpaceFor: () => list })
        if (isCut) await expect(loading).rejects.toThrow(RdbTruncatedError)
        const failure = await loading.catch((error: unknown) => error)
        if (failure instanceof Error) {
          expect(failure).toBeInstanceOf(RdbError)
          expect(list.size).toBe(0)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('stops when it is told to, and leaves nothing', async () => {
    await writeFileOf([numbered(2000, 1000)])
    const list = new RecordList()
    const controller = new AbortController()
    const reason = new Error('enough')
    const loading = loadSnapshot(path, {
      keySpaceFor: () => list,
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    })
    await expect(loading).rejects.toBe(reason)
    expect(list.size).toBe(0)
    await expect(loadSnapshot(path, { keySpaceFor: () => list, signal: controller.signal })).rejects.toBe(reason)
  })

  it('refuses a key that is there twice', async () => {
    await writeFileOf([[...numbered(3), ...numbered(1)]])
    const list = new RecordList()
    await expect(loadSnapshot(path, { keySpaceFor: () => list })).rejects.toThrow(RdbFormatError)
    expect(list.size).toBe(0)
  })

  it('does not touch a key space that is not empty', async () => {
    await writeFileOf([numbered(3)])
    const list = new RecordList(numbered(1))
    await expect(loadSnapshot(path, { keySpaceFor: () => list })).rejects.toThrow(TypeError)
    expect(list.size).toBe(1)
  })

  it('empties all databases where one is refused', async () => {
    await writeFileOf([numbered(3), numbered(3)])
    const list = new RecordList()
    const refusal = new Error('only database 0')
    const keySpaceFor = (database: number): RecordTarget => {
      if (database !== 0) throw refusal
      return list
    }
    await expect(loadSnapshot(path, { keySpaceFor })).rejects.toBe(refusal)
    expect(list.size).toBe(0)
  })

  it('knows no history where the file tells none', async () => {
    await writeFile(path, Buffer.concat([Buffer.from('REDIS0010'), Buffer.from([255]), Buffer.alloc(8)]))
    const loaded = await loadSnapshot(path, { keySpaceFor: () => new RecordList() })
    expect(loaded).toMatchObject({ replicationId: null, offset: null, records: 0 })
  })

  it('says that there is no file', async () => {
    await expect(loadSnapshot(path, { keySpaceFor: () => new RecordList() })).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
