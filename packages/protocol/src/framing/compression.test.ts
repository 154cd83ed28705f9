import { randomBytes } from 'node:crypto'
import { zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { streamChunkHeader } from '../messages/data-envelope.ts'
import { ProtocolError } from '../protocol-error.ts'
import { compressFrame, decompressBody, MAX_COMPRESSION_LEVEL, MIN_COMPRESSION_LEVEL } from './compression.ts'
import { FRAME_HEADER_LENGTH } from './frame.ts'

function refusedWith(body: Buffer, maxLength: number): string {
  try {
    decompressBody(body, maxLength)
  } catch (error) {
    if (error instanceof ProtocolError) return error.code
    throw error
  }
  return 'accepted'
}

test('a compressed frame holds what the uncompressed one held, at the lowest and the highest level', () => {
  const data = Buffer.from('SET key:1 value '.repeat(20_000))
  const head = streamChunkHeader(7, data.length)
  for (const level of [MIN_COMPRESSION_LEVEL, MAX_COMPRESSION_LEVEL]) {
    const frame = compressFrame(head, data, level)!
    expect(frame[0]).toBe(1)
    expect(frame.readUInt32BE(1)).toBe(frame.length - FRAME_HEADER_LENGTH)
    const body = decompressBody(frame.subarray(FRAME_HEADER_LENGTH), 1024 * 1024)
    expect(body).toEqual(Buffer.concat([head.subarray(FRAME_HEADER_LENGTH), data]))
  }
})

test('what would not become shorter is not compressed', () => {
  const data = randomBytes(300)
  expect(compressFrame(streamChunkHeader(0, data.length), data, 1)).toBeNull()
})

test('the limit is on what comes out', () => {
  const bomb = zstdCompressSync(Buffer.alloc(8 * 1024 * 1024))
  expect(bomb.length).toBeLessThan(2000)
  expect(refusedWith(bomb, 8 * 1024 * 1024)).toBe('accepted')
  expect(refusedWith(bomb, 8 * 1024 * 1024 - 1)).toBe('FRAME_TOO_LONG')
})

test('a header that asks for a huge window is refused', () => {
  // RFC 8878: magic number, frame header descriptor 0, window descriptor, one raw block that is the last.
  const withWindowLog = (log: number) =>
    Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, (log - 10) << 3, (5 << 3) | 1, 0, 0]), Buffer.from('small')])
  expect(decompressBody(withWindowLog(23), 1000).toString()).toBe('small')
  expect(refusedWith(withWindowLog(24), 1000)).toBe('BAD_COMPRESSION')
  expect(refusedWith(withWindowLog(27), 1000)).toBe('BAD_COMPRESSION')
})

test('anything but one whole zstd frame is refused', () => {
  const whole = zstdCompressSync(Buffer.from('some text that is long enough to be cut anywhere'.repeat(10)))
  for (let length = 0; length < whole.length; length++) {
    expect(refusedWith(whole.subarray(0, length), 1000)).toBe('BAD_COMPRESSION')
  }
  expect(refusedWith(Buffer.concat([whole, Buffer.from('more')]), 1000)).toBe('BAD_COMPRESSION')
  fc.assert(
    fc.property(fc.uint8Array(), (garbage) => {
      expect(refusedWith(Buffer.from(garbage), 1000)).toBe('BAD_COMPRESSION')
    }),
  )
})
