import { zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ProtocolError, type ProtocolErrorCode } from '../protocol-error.ts'
import { FLAG_COMPRESSED, isFrameStart, MAX_FRAME_LENGTH, writeFrameHeader } from './frame.ts'
import { FrameDecoder } from './frame-decoder.ts'

function frame(body: Uint8Array, flags = 0): Buffer {
  const header = Buffer.alloc(5)
  writeFrameHeader(header, 0, flags, body.length)
  return Buffer.concat([header, body])
}

function decodeAll(decoder: FrameDecoder, chunks: readonly Buffer[]): Buffer[] {
  const bodies: Buffer[] = []
  for (const chunk of chunks) {
    decoder.push(chunk)
    for (let body = decoder.next(); body !== null; body = decoder.next()) bodies.push(body)
  }
  return bodies
}

function codeOf(run: () => unknown): ProtocolErrorCode | null {
  try {
    run()
    return null
  } catch (error) {
    if (error instanceof ProtocolError) return error.code
    throw error
  }
}

const body = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array))

describe('FrameDecoder', () => {
  test('gives the same frames wherever the stream is split in two', () => {
    const bodies = [Buffer.from('one'), Buffer.alloc(0), Buffer.alloc(300, 7), Buffer.from([0])]
    const stream = Buffer.concat(bodies.map((each) => frame(each)))
    for (let at = 0; at <= stream.length; at++) {
      const decoder = new FrameDecoder(MAX_FRAME_LENGTH)
      expect(decodeAll(decoder, [stream.subarray(0, at), stream.subarray(at)])).toEqual(bodies)
      decoder.end()
    }
  })

  test('gives the same frames however the stream is cut up, compressed or not', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(body, fc.boolean())), fc.array(fc.nat(30)), (bodies, lengths) => {
        const stream = Buffer.concat(
          bodies.map(([each, isCompressed]) =>
            isCompressed ? frame(zstdCompressSync(each), FLAG_COMPRESSED) : frame(each),
          ),
        )
        const chunks: Buffer[] = []
        let at = 0
        for (const length of lengths) {
          chunks.push(stream.subarray(at, at + length))
          at += length
        }
        chunks.push(stream.subarray(at))
        const decoder = new FrameDecoder(MAX_FRAME_LENGTH)
        decoder.acceptsCompression = true
        expect(decodeAll(decoder, chunks)).toEqual(bodies.map(([each]) => each))
        expect(decoder.isInsideFrame).toBe(false)
      }),
    )
  })

  test('gives frames byte by byte, and says where a stream ends inside one', () => {
    const stream = frame(Buffer.from('body'))
    const decoder = new FrameDecoder(MAX_FRAME_LENGTH)
    for (let at = 0; at < stream.length; at++) {
      if (at > 0) expect(codeOf(() => decoder.end())).toBe('TRUNCATED_FRAME')
      decoder.push(stream.subarray(at, at + 1))
      const next = decoder.next()
      expect(next?.toString()).toBe(at === stream.length - 1 ? 'body' : undefined)
    }
    decoder.end()
  })

  test('gives a view of what was pushed where a body lies in one chunk', () => {
    const chunk = frame(Buffer.from('body'))
    const decoder = new FrameDecoder(MAX_FRAME_LENGTH)
    decoder.push(chunk)
    expect(decoder.next()?.buffer).toBe(chunk.buffer)
  })

  test('never hands out a body that a later one overwrites', () => {
    const decoder = new FrameDecoder(MAX_FRAME_LENGTH)
    const first = frame(Buffer.alloc(100, 1))
    const second = frame(Buffer.alloc(100, 2))
    const bodies = decodeAll(decoder, [
      first.subarray(0, 50),
      first.subarray(50),
      second.subarray(0, 50),
      second.subarray(50),
    ])
    expect(bodies).toEqual([Buffer.alloc(100, 1), Buffer.alloc(100, 2)])
  })

  test('refuses any first byte but a frame’s, and shows what came', () => {
    for (let byte = 0; byte < 256; byte++) {
      const decoder = new FrameDecoder(MAX_FRAME_LENGTH)
      decoder.acceptsCompression = true
      decoder.push(Buffer.from([byte]))
      expect(codeOf(() => decoder.next())).toBe(isFrameStart(byte) ? null : 'NOT_A_FRAME')
    }
    const decoder = new FrameDecoder(MAX_FRAME_LENGTH)
    decoder.push(Buffer.from(`HTTP/1.1 400 Bad Request\r\n${'x'.repeat(100_000)}`))
    expect(() => decoder.next()).toThrow(/0x48, beginning with "HTTP\/1\.1 400 Bad Request\\r\\nx{38}"$/)
  })

  test('accepts a frame of just the limit and refuses a longer one from its header alone', () => {
    const decoder = new FrameDecoder(100)
    expect(decodeAll(decoder, [frame(Buffer.alloc(100))])).toHaveLength(1)
    decoder.push(frame(Buffer.alloc(101)).subarray(0, 5))
    expect(codeOf(() => decoder.next())).toBe('FRAME_TOO_LONG')
  })

  test('sets little memory aside for a frame that is only announced', () => {
    const decoder = new FrameDecoder(MAX_FRAME_LENGTH)
    const header = Buffer.alloc(6)
    writeFrameHeader(header, 0, 0, MAX_FRAME_LENGTH)
    const before = process.memoryUsage().arrayBuffers
    decoder.push(header)
    expect(decoder.next()).toBeNull()
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024)
  })

  test('puts a long frame together', () => {
    const long = Buffer.alloc(3 * 1024 * 1024 + 17)
    for (let i = 0; i < long.length; i += 4) long.writeUInt8(i % 251, i)
    const stream = frame(long)
    const chunks: Buffer[] = []
    for (let at = 0; at < stream.length; at += 65_536) chunks.push(stream.subarray(at, at + 65_536))
    const bodies = decodeAll(new FrameDecoder(MAX_FRAME_LENGTH), chunks)
    expect(bodies).toHaveLength(1)
    expect(bodies[0]!.equals(long)).toBe(true)
  })

  test('refuses compressed frames until they are agreed on', () => {
    const decoder = new FrameDecoder(100)
    decoder.push(Buffer.from([FLAG_COMPRESSED]))
    expect(codeOf(() => decoder.next())).toBe('COMPRESSION_NOT_NEGOTIATED')
  })

  test('meets random bytes with frames or a typed error, never anything else', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), fc.boolean(), (chunks, startsAsFrame) => {
        const decoder = new FrameDecoder(1000)
        decoder.acceptsCompression = true
        if (startsAsFrame) chunks.unshift(Uint8Array.of(1, 0, 0, 0))
        codeOf(() =>
          decodeAll(
            decoder,
            chunks.map((chunk) => Buffer.from(chunk)),
          ),
        )
      }),
    )
  })

  test('gives back what it has not used, but not a frame read in part', () => {
    const decoder = new FrameDecoder(100)
    const second = frame(Buffer.from('two'))
    decoder.push(Buffer.concat([frame(Buffer.from('one')), second]))
    expect(decoder.next()?.toString()).toBe('one')
    expect(decoder.takeRest()).toEqual(second)
    decoder.push(second.subarray(0, 2))
    decoder.next()
    expect(() => decoder.takeRest()).toThrow('in part')
  })
})
