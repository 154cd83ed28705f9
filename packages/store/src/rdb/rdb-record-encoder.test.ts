import { describe, expect, it } from 'vitest'
import { LONGEST_PIECE_BYTES, PIECE_BYTES, RdbRecordEncoder } from './rdb-record-encoder.ts'

function encode(run: (encoder: RdbRecordEncoder) => void): { bytes: Buffer; pieces: Buffer[] } {
  const pieces: Buffer[] = []
  const encoder = new RdbRecordEncoder((piece) => pieces.push(piece))
  run(encoder)
  encoder.flush()
  const bytes = Buffer.concat(pieces)
  expect(encoder.bytes).toBe(bytes.length)
  return { bytes, pieces }
}

describe('RdbRecordEncoder', () => {
  it('writes a record as RDB says', () => {
    const source = Buffer.from('..keyvalue')
    const { bytes } = encode((encoder) => encoder.append(source, 2, 5, 5, 10, 0, 0))
    expect(bytes.toString('hex')).toBe(
      `0003${Buffer.from('key').toString('hex')}05${Buffer.from('value').toString('hex')}`,
    )
  })

  it('writes an expiry before the record, in milliseconds', () => {
    const { bytes } = encode((encoder) => encoder.append(Buffer.from('kv'), 0, 1, 1, 2, 0, 1_700_000_000_123))
    const expected = Buffer.alloc(9)
    expected[0] = 252
    expected.writeBigInt64LE(1_700_000_000_123n, 1)
    expect(bytes.subarray(0, 9)).toEqual(expected)
    expect(bytes.subarray(9).toString('hex')).toBe('00016b0176')
  })

  it('writes the database with its sizes', () => {
    expect(encode((encoder) => encoder.selectDatabase(3, 100, 5)).bytes.toString('hex')).toBe('fe03fb406405')
  })

  it('hands long values on where they lie, in bounded pieces', () => {
    const source = Buffer.alloc(2 * LONGEST_PIECE_BYTES + 100, 'x')
    const { bytes, pieces } = encode((encoder) => encoder.append(source, 0, 3, 3, source.length, 0, 0))
    expect(bytes.length).toBe(1 + 1 + 3 + 5 + source.length - 3)
    expect(Math.max(...pieces.map(({ length }) => length))).toBe(LONGEST_PIECE_BYTES)
    expect(pieces.filter(({ buffer }) => buffer === source.buffer)).toHaveLength(3)
  })

  it('uses a released piece again, but never memory that is not its own', () => {
    const source = Buffer.alloc(PIECE_BYTES, 'x')
    const memory = new Set<ArrayBufferLike>()
    const encoder = new RdbRecordEncoder((piece) => {
      memory.add(piece.buffer)
      encoder.release(piece)
    })
    for (let i = 0; i < 1000; i++) encoder.append(source, 0, 16, 16, 16 + 1000, 0, 0)
    for (let i = 0; i < 3; i++) encoder.append(source, 0, 16, 0, PIECE_BYTES, 0, 0)
    encoder.flush()
    memory.delete(source.buffer)
    expect(memory.size).toBe(1)
    expect(source.every((byte) => byte === 'x'.charCodeAt(0))).toBe(true)
  })

  it('refuses a type that it has no form for', () => {
    expect(() => encode((encoder) => encoder.append(Buffer.from('kv'), 0, 1, 1, 2, 7, 0))).toThrow(TypeError)
  })
})
