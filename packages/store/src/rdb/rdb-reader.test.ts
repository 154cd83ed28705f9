import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type PlainRecord, RecordList } from '../persistence/record-list.ts'
import { Crc64 } from './crc64.ts'
import {
  RdbChecksumError,
  RdbError,
  RdbFormatError,
  RdbTruncatedError,
  RdbUnsupportedTypeError,
  RdbVersionError,
} from './rdb-errors.ts'
import { encodeRdbFileHeader } from './rdb-file-header.ts'
import type { RdbHandler } from './rdb-handler.ts'
import { RdbReader, type RdbReaderOptions } from './rdb-reader.ts'
import { RdbRecordEncoder } from './rdb-record-encoder.ts'

/** A wrong bit may make a collection of a string. */
const stringsOnly = () => new RdbFormatError('strings only', 0)

class Collected implements RdbHandler {
  readonly fields: [string, string][] = []
  readonly records: (PlainRecord & { database: number })[] = []
  #database = 0

  onSelectDatabase(database: number): void {
    this.#database = database
  }

  onAuxiliaryField(name: string, value: string): void {
    this.fields.push([name, value])
  }

  onString(k: Buffer, kStart: number, kEnd: number, v: Buffer, vStart: number, vEnd: number, expiresAt: number): void {
    const key = Buffer.from(k.subarray(kStart, kEnd))
    this.records.push({ database: this.#database, key, value: Buffer.from(v.subarray(vStart, vEnd)), expiresAt })
  }

  onCompact(): void {
    throw stringsOnly()
  }

  onCollectionStart(): void {
    throw stringsOnly()
  }

  onElement(): boolean {
    throw stringsOnly()
  }

  onItems(): void {
    throw stringsOnly()
  }

  onCollectionEnd(): void {
    throw stringsOnly()
  }
}

function read(chunks: readonly Buffer[], options?: RdbReaderOptions): Collected {
  const collected = new Collected()
  const reader = new RdbReader(collected, options)
  for (const chunk of chunks) {
    const copy = Buffer.from(chunk)
    reader.feed(copy)
    // The reader must not look at a chunk after feed() has returned.
    copy.fill(0xee)
  }
  reader.finish()
  return collected
}

/** A file of this body, with the end mark and the right checksum. */
function fileOf(...body: readonly (Buffer | string | number[])[]): Buffer {
  const parts = body.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part)))
  const file = Buffer.concat([...parts, Buffer.from([255]), Buffer.alloc(8)])
  const crc = new Crc64()
  crc.update(file, 0, file.length - 8)
  crc.writeTo(file, file.length - 8)
  return file
}

function writtenFile(databases: readonly (readonly PlainRecord[])[]): Buffer {
  const pieces: Buffer[] = []
  const encoder = new RdbRecordEncoder((piece) => pieces.push(Buffer.from(piece)))
  encoder.appendEncoded(
    encodeRdbFileHeader({
      replicationId: 'ab'.repeat(20),
      offset: 12345,
      streamDatabase: 0,
      createdAt: 1_700_000_000_000,
      usedMemory: 1,
    }),
  )
  for (const [database, records] of databases.entries()) {
    const list = new RecordList(records)
    encoder.selectDatabase(database, list.size, list.volatileSize)
    while (list.visit(10, encoder.append));
  }
  encoder.flush()
  return fileOf(...pieces)
}

const bytes = fc
  .oneof({ weight: 5, arbitrary: fc.uint8Array({ maxLength: 40 }) }, fc.uint8Array({ minLength: 60, maxLength: 300 }))
  .map((array) => Buffer.from(array))
const expiries = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }))
const plainRecords = fc.uniqueArray(fc.record({ key: bytes, value: bytes, expiresAt: expiries }), {
  selector: ({ key }) => key.toString('latin1'),
  maxLength: 30,
})

function split(file: Buffer, cuts: readonly number[]): Buffer[] {
  const ends = [...cuts.map((cut) => cut % file.length).sort((a, b) => a - b), file.length]
  return ends.map((end, i) => file.subarray(i === 0 ? 0 : ends[i - 1], end))
}

describe('RdbReader', () => {
  it('reads what was written, however the file is split', () => {
    fc.assert(
      fc.property(
        fc.array(plainRecords, { maxLength: 3 }),
        fc.array(fc.nat(), { maxLength: 20 }),
        (databases, cuts) => {
          const file = writtenFile(databases)
          const expected = databases.flatMap((list, database) => list.map((record) => ({ database, ...record })))
          expect(read(split(file, cuts), { size: file.length }).records).toEqual(expected)
          expect(read(split(file, cuts)).records).toEqual(expected)
        },
      ),
    )
  })

  it('reads a file byte by byte', () => {
    const file = writtenFile([[{ key: Buffer.from('k'), value: Buffer.alloc(100, 'v'), expiresAt: 7 }]])
    const collected = read(Array.from(file, (byte) => Buffer.from([byte])))
    expect(collected.records).toEqual([
      { database: 0, key: Buffer.from('k'), value: Buffer.alloc(100, 'v'), expiresAt: 7 },
    ])
    expect(collected.fields).toContainEqual(['repl-offset', '12345'])
  })

  it('reads long values in small chunks', () => {
    const long = { key: Buffer.from('long'), value: Buffer.alloc(3_000_000, 'long value '), expiresAt: 0 }
    const next = { key: Buffer.from('next'), value: Buffer.from('x'), expiresAt: 0 }
    const file = writtenFile([[long, next]])
    const cuts = Array.from({ length: 100 }, (_, i) => i * 40_000)
    for (const options of [{}, { size: file.length }]) {
      expect(read(split(file, cuts), options).records.map(({ value }) => value.length)).toEqual([3_000_000, 1])
    }
  })

  it('refuses every truncated file', () => {
    fc.assert(
      fc.property(plainRecords, fc.nat(), (records, cut) => {
        const file = writtenFile([records])
        const part = file.subarray(0, cut % file.length)
        expect(() => read([part])).toThrow(RdbTruncatedError)
        expect(() => read([part], { size: part.length })).toThrow(RdbTruncatedError)
      }),
    )
  })

  it('refuses every file with a wrong bit', () => {
    fc.assert(
      fc.property(plainRecords, fc.nat(), fc.nat(7), fc.boolean(), (records, at, bit, isSizeKnown) => {
        const file = writtenFile([records])
        file[at % file.length]! ^= 1 << bit
        expect(() => read([file], isSizeKnown ? { size: file.length } : {})).toThrow(RdbError)
      }),
      { numRuns: 500 },
    )
  })

  it('answers any garbage with an RdbError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (garbage, hasHeader) => {
        const file = Buffer.concat([Buffer.from(hasHeader ? 'REDIS0010' : ''), garbage])
        expect(() => read([file], { size: file.length })).toThrow(RdbError)
      }),
      { numRuns: 500 },
    )
  })

  it('reads integers and compressed strings, as keys and as values', () => {
    const lzf = [0xc3, 5, 8, 1, 0x61, 0x62, 0x80, 1]
    const file = fileOf('REDIS0009', [
      ...[0, 0xc0, 0x85, 0xc1, 0x39, 0x30],
      ...[0, ...lzf, 0xc2, 0x00, 0x00, 0x00, 0x80],
      ...[0, 1, 0x6b, ...lzf],
    ])
    const text = read([file]).records.map(({ key, value }) => `${key}=${value}`)
    expect(text).toEqual(['-123=12345', 'abababab=-2147483648', 'k=abababab'])
    expect(read(Array.from(file, (byte) => Buffer.from([byte]))).records).toHaveLength(3)
  })

  it('reads all kinds of expiry', () => {
    const seconds = Buffer.alloc(5, 253)
    seconds.writeInt32LE(1_700_000_000, 1)
    const milliseconds = (value: bigint) => {
      const buffer = Buffer.alloc(9, 252)
      buffer.writeBigInt64LE(value, 1)
      return buffer
    }
    const record = [0, 1, 0x6b, 1, 0x76]
    const file = fileOf(
      ...['REDIS0010', seconds, record, milliseconds(1_700_000_000_999n), record],
      ...[milliseconds(-5n), record, milliseconds(2n ** 63n - 1n), record, record],
    )
    expect(read([file]).records.map(({ expiresAt }) => expiresAt)).toEqual([
      ...[1_700_000_000_000, 1_700_000_000_999, 1, Number.MAX_SAFE_INTEGER, 0],
    ])
  })

  it('passes over what it has no use for', () => {
    const file = fileOf(
      'REDIS0012',
      [250, 1, 0x61, 0xc0, 5], // auxiliary field
      [245, 3, 1, 2, 3], // function
      [247, 0x81, 1, 2, 3, 4, 5, 6, 7, 8, 2, 1, 5, 2, 0x61, 0x62, 3, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 1, 9, 0], // module
      [254, 2, 251, 1, 0, 244, 1, 1, 0], // database, sizes, slot
      [248, 0x40, 0x99, 249, 7, 252, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x6b, 1, 0x76], // idle, frequency
    )
    for (const chunks of [[file], Array.from(file, (byte) => Buffer.from([byte]))]) {
      const collected = read(chunks)
      expect(collected.fields).toEqual([['a', '5']])
      expect(collected.records).toEqual([{ database: 2, key: Buffer.from('k'), value: Buffer.from('v'), expiresAt: 1 }])
    }
  })

  it('names key and type of a value that it cannot read', () => {
    const file = fileOf('REDIS0010', [0, 1, 0x6b, 1, 0x76, 21, 6], 'events', [1, 2, 3])
    const failure = catchError(() => read([file]))
    expect(failure).toBeInstanceOf(RdbUnsupportedTypeError)
    expect(failure).toMatchObject({
      code: 'RDB_UNSUPPORTED_TYPE',
      type: 21,
      typeName: 'stream',
      key: Buffer.from('events'),
    })
    expect(String(failure)).toContain('"events" has the type stream')
  })

  it('tells a wrong checksum, and where', () => {
    const file = writtenFile([[{ key: Buffer.from('k'), value: Buffer.from('v'), expiresAt: 0 }]])
    file[file.length - 10]! ^= 1
    expect(catchError(() => read([file]))).toMatchObject({ code: 'RDB_CHECKSUM', position: file.length - 8 })
    expect(catchError(() => read([file]))).toBeInstanceOf(RdbChecksumError)
    expect(read([file], { verify: false }).records).toHaveLength(1)
  })

  it('accepts a file without checksum', () => {
    expect(read([Buffer.concat([Buffer.from('REDIS0010'), Buffer.from([255]), Buffer.alloc(8)])]).records).toEqual([])
    expect(read([Buffer.concat([Buffer.from('REDIS0004'), Buffer.from([255])])]).records).toEqual([])
  })

  it('refuses other versions, other files, and more after the end', () => {
    expect(() => read([fileOf('REDIS0013')])).toThrow(RdbVersionError)
    expect(() => read([fileOf('REDIS0000')])).toThrow(RdbVersionError)
    expect(() => read([fileOf('REDIS00x1')])).toThrow(RdbFormatError)
    expect(() => read([Buffer.from('GET')])).toThrow(RdbFormatError)
    expect(() => read([fileOf('REDIS0010'), Buffer.from('x')])).toThrow(RdbFormatError)
  })

  it('refuses a length that no file can have before it takes the memory', () => {
    const huge = fileOf('REDIS0010', [0, 1, 0x6b, 0x81, 0, 0, 1, 0, 0, 0, 0, 0])
    expect(() => read([huge])).toThrow(RdbFormatError)
    const bomb = fileOf('REDIS0010', [0, 1, 0x6b, 0xc3, 3, 0x80, 0x10, 0, 0, 0, 1, 2, 3])
    expect(() => read([bomb])).toThrow(RdbFormatError)
    const beyond = fileOf('REDIS0010', [0, 1, 0x6b, 0x80, 0x10, 0, 0, 0])
    expect(() => read([beyond.subarray(0, 14)], { size: beyond.length })).not.toThrow(RdbFormatError)
    expect(() => read([beyond], { size: beyond.length })).toThrow(RdbTruncatedError)
  })
})

function catchError(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
