import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ProcessLauncher } from '../children/process-launcher.ts'
import { KeySpace } from '../keyspace/key-space.ts'
import { RdbUnsupportedTypeError } from '../rdb/rdb-errors.ts'
import { type PlainRecord, RecordList } from './record-list.ts'
import { RedisProcess, redisIsMissing } from './redis-process.ts'
import { loadSnapshot } from './snapshot-loader.ts'
import { persistSnapshot } from './snapshot-persister.ts'

const reason = redisIsMissing()
if (reason !== null) console.log(`skipped: ${reason}`)

const REPLICATION_ID = '0123456789'.repeat(4)
const FUTURE = Date.now() + 3_600_000

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'snapshot-interop-'))
})
afterEach(() => rm(directory, { recursive: true }))

const children = new ProcessLauncher((error) => {
  throw error
})
afterAll(() => children.close())

function record(key: string, value: string | Buffer, expiresAt = 0): PlainRecord {
  return { key: Buffer.from(key, 'latin1'), value: Buffer.isBuffer(value) ? value : Buffer.from(value), expiresAt }
}

/** Values of all kinds that RDB treats differently, and keys too. */
function variedRecords(prefix: string): PlainRecord[] {
  const records: PlainRecord[] = []
  for (const number of ['0', '-1', '127', '-128', '128', '32767', '-32768', '32768', '2147483647', '-2147483648']) {
    records.push(record(prefix + number, number), record(number + prefix, number, FUTURE + records.length))
  }
  for (const text of ['', '007', '-0', '+1', '2147483648', '9999999999', '1.5', '\0\r\n\xff']) {
    records.push(record(`${prefix}text:${text}`, text))
  }
  for (const length of [1, 19, 20, 21, 63, 64, 65, 255, 16383, 16384, 100_000, 1_500_000]) {
    records.push(record(`${prefix}same:${length}`, Buffer.alloc(length, 'a'), length % 2 === 0 ? FUTURE : 0))
    records.push(record(`${prefix}pattern:${length}`, Buffer.alloc(length, `${prefix} some words and more words `)))
    records.push(record(`${prefix}mixed:${length}`, mixedBytes(length)))
  }
  records.push(
    record('', 'the empty key'),
    record('k'.repeat(100_000), 'a long key'),
    record('\x80\xff\0', 'a binary key'),
  )
  for (let i = 0; i < 2000; i++)
    records.push(record(`${prefix}:${i}`, `value ${i * 7919}`, i % 3 === 0 ? FUTURE + i : 0))
  return new RecordList(records).records()
}

/** Bytes without a pattern, always the same. */
function mixedBytes(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  let state = 12345
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) | 0
    bytes[i] = state >>> 16
  }
  return bytes
}

/** Compares without a printout of megabytes. */
function expectSameRecords(actual: RecordList, expected: readonly PlainRecord[]): void {
  const records = new RecordList(expected).records()
  expect(actual.size).toBe(records.length)
  for (const [i, { key, value, expiresAt }] of actual.records().entries()) {
    const other = records[i]!
    const isSame = key.equals(other.key) && value.equals(other.value) && expiresAt === other.expiresAt
    expect(isSame, key.toString('latin1', 0, 50)).toBe(true)
  }
}

function keySpaceOf(records: readonly PlainRecord[]): KeySpace {
  const keySpace = new KeySpace()
  for (const { key, value, expiresAt } of records) {
    keySpace.set(key, 0, key.length, value, 0, value.length, expiresAt)
  }
  return keySpace
}

describe.skipIf(reason !== null)('with the real Redis 7.0', { timeout: 60_000 }, () => {
  it('a file that is written here passes redis-check-rdb, and redis-server has the same from it', async () => {
    const databases = new Map([
      [0, variedRecords('a')],
      [3, variedRecords('b')],
    ])
    const empty = new KeySpace()
    const keySpaces = [0, 1, 2, 3].map((database) => keySpaceOf(databases.get(database) ?? []))
    const path = join(directory, 'dump.rdb')
    const snapshots = [...keySpaces, empty].map((keySpace) => keySpace.openSnapshot())
    const file = await persistSnapshot(snapshots, { children, path, replicationId: REPLICATION_ID, offset: 4711 })
    for (const snapshot of snapshots) snapshot.close()

    const report = execFileSync('redis-check-rdb', [path], { encoding: 'utf8' })
    expect(report).toContain('Checksum OK')
    expect(report).toContain('RDB looks OK')
    expect(report).toContain("repl-offset = '4711'")
    expect((await readFile(path)).subarray(-8).reverse().toString('hex')).toBe(file.crc64)

    await using redis = await RedisProcess.start(directory)
    for (const [database, records] of databases) {
      await redis.call('SELECT', database)
      expect(await redis.call('DBSIZE')).toBe(records.length)
      for (const { key, value, expiresAt } of records) {
        const found = await redis.call('GET', key)
        expect(Buffer.isBuffer(found) && found.equals(value), key.toString('latin1', 0, 50)).toBe(true)
        expect(await redis.call('PEXPIRETIME', key)).toBe(expiresAt === 0 ? -1 : expiresAt)
      }
    }
  })

  it.each([
    [[]],
    [['--rdbcompression', 'no']],
    [['--rdbchecksum', 'no']],
    [['--maxmemory-policy', 'allkeys-lru']],
    [['--maxmemory-policy', 'allkeys-lfu']],
  ])('a dump of redis-server with %j is loaded equal', async (options) => {
    const databases = [variedRecords('x'), [], variedRecords('y')]
    await using redis = await RedisProcess.start(directory, ...options)
    await redis.call('FUNCTION', 'LOAD', "#!lua name=lib\nredis.register_function('f', function() return 1 end)")
    for (const [database, records] of databases.entries()) {
      await redis.call('SELECT', database)
      for (const { key, value, expiresAt } of records) {
        if (expiresAt === 0) await redis.call('SET', key, value)
        else await redis.call('SET', key, value, 'PXAT', expiresAt)
      }
    }
    const inSeconds = Math.ceil(FUTURE / 1000)
    await redis.call('SET', 'seconds', 'x', 'EXAT', inSeconds)
    databases[2]!.push(record('seconds', 'x', inSeconds * 1000))
    await redis.call('INCR', 'counter')
    databases[2]!.push(record('counter', '1'))
    await redis.call('SAVE')

    const loaded = new Map<number, RecordList>()
    const result = await loadSnapshot(join(directory, 'dump.rdb'), {
      keySpaceFor: (database) => {
        const list = new RecordList()
        loaded.set(database, list)
        return list
      },
    })
    expect([...loaded.keys()]).toEqual([0, 2])
    for (const [database, list] of loaded) expectSameRecords(list, databases[database]!)
    expect(result.version).toBe(10)
    expect(result.auxiliaryFields.get('redis-ver')).toBe('7.0.15')
  })

  it('a dump with a stream is refused by key and type, and nothing is left of it', async () => {
    await using redis = await RedisProcess.start(directory)
    for (let i = 0; i < 100; i++) await redis.call('SET', `key:${i}`, i)
    await redis.call('XADD', 'some stream', '*', 'f', 'v')
    await redis.call('SAVE')
    const keySpace = new KeySpace()
    const loading = loadSnapshot(join(directory, 'dump.rdb'), { keySpaceFor: () => keySpace })
    const failure = await loading.catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(RdbUnsupportedTypeError)
    expect(failure).toMatchObject({ typeName: 'stream', key: Buffer.from('some stream') })
    expect(keySpace.size).toBe(0)
  })
})
