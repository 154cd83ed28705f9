import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { masterMessage, slaveMessage, snapshotMessage } from '../../test/message-arbitraries.ts'
import { FRAME_HEADER_LENGTH } from '../framing/frame.ts'
import { repl } from '../generated/messages.js'
import { ProtocolError } from '../protocol-error.ts'
import { MAX_DATA_LENGTH, snapshotDataHeader, streamChunkHeader } from './data-envelope.ts'
import { masterMessageCodec } from './master-message.ts'
import type { EncodedFrame, MessageCodec } from './message-codec.ts'
import { slaveMessageCodec } from './slave-message.ts'
import { snapshotMessageCodec } from './snapshot-message.ts'

function bodyOf({ head, data }: EncodedFrame): Buffer {
  const frame = Buffer.concat([head, data ?? Buffer.alloc(0)])
  expect(frame[0]).toBe(0)
  expect(frame.readUInt32BE(1)).toBe(frame.length - FRAME_HEADER_LENGTH)
  return frame.subarray(FRAME_HEADER_LENGTH)
}

function encoded(writer: { finish(): Uint8Array }): Buffer {
  return Buffer.from(writer.finish())
}

function refused(codec: MessageCodec<unknown>, body: Uint8Array): string {
  try {
    codec.decode(Buffer.from(body))
  } catch (error) {
    if (error instanceof ProtocolError) return `${error.code} ${error.message}`
    throw error
  }
  return 'accepted'
}

const codecs = [slaveMessageCodec, masterMessageCodec, snapshotMessageCodec]

describe('every message', () => {
  test('of a slave arrives as it was sent', () => {
    fc.assert(
      fc.property(slaveMessage, (message) => {
        expect(slaveMessageCodec.decode(bodyOf(slaveMessageCodec.encode(message)))).toEqual(message)
      }),
    )
  })

  test('of a master arrives as it was sent', () => {
    fc.assert(
      fc.property(masterMessage, (message) => {
        expect(masterMessageCodec.decode(bodyOf(masterMessageCodec.encode(message)))).toEqual(message)
      }),
    )
  })

  test('of a snapshot arrives as it was sent', () => {
    fc.assert(
      fc.property(snapshotMessage, (message) => {
        expect(snapshotMessageCodec.decode(bodyOf(snapshotMessageCodec.encode(message)))).toEqual(message)
      }),
    )
  })

  test('is what protobufjs reads and writes, with fields of later versions ignored', () => {
    const heartbeat = encoded(repl.v1.MasterMessage.encode({ heartbeat: { offset: 5 } }))
    const unknownField = Buffer.from([((99 << 3) & 0x7f) | 0x80, 6, 1])
    expect(masterMessageCodec.decode(Buffer.concat([unknownField, heartbeat, unknownField]))).toEqual({
      type: 'heartbeat',
      offset: 5,
    })
    const laterCapability: number = 77
    const ping = encoded(
      repl.v1.SlaveMessage.encode({
        ping: { clientNonce: 'n'.repeat(32), runId: 'a'.repeat(40), capabilities: [laterCapability, 1, 1, 0] },
      }),
    )
    expect(slaveMessageCodec.decode(ping)).toMatchObject({ protocolVersion: 0, capabilities: ['zstd'] })
  })
})

describe('the envelopes of bulk data', () => {
  test('are those that protobufjs writes', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.uint8Array({ minLength: 1, maxLength: 300 }), (offset, data) => {
        const chunk = encoded(repl.v1.MasterMessage.encode({ streamChunk: { offset: offset || 1, data } }))
        const mine = { head: streamChunkHeader(offset || 1, data.length), data }
        expect(bodyOf(mine)).toEqual(chunk)
        const file = encoded(repl.v1.SnapshotChunk.encode({ data }))
        expect(bodyOf({ head: snapshotDataHeader(data.length), data })).toEqual(file)
      }),
    )
  })

  test('are exact at every length of a varint', () => {
    for (const bits of [0, 7, 14, 21, 28, 31, 32, 35, 42, 49, 53]) {
      for (const offset of [2 ** bits - 1, 2 ** bits].filter(Number.isSafeInteger)) {
        const body = bodyOf({ head: streamChunkHeader(offset, 0), data: null })
        expect(masterMessageCodec.decode(body)).toEqual({ type: 'streamChunk', offset, data: Buffer.alloc(0) })
      }
    }
  })

  test('refuse lengths and offsets that no frame can hold', () => {
    for (const length of [-1, 1.5, Number.NaN, MAX_DATA_LENGTH + 1]) {
      expect(() => streamChunkHeader(0, length)).toThrow(RangeError)
      expect(() => snapshotDataHeader(length)).toThrow(RangeError)
    }
    for (const offset of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => streamChunkHeader(offset, 0)).toThrow(RangeError)
      expect(() => masterMessageCodec.encode({ type: 'heartbeat', offset })).toThrow(RangeError)
    }
    expect(streamChunkHeader(Number.MAX_SAFE_INTEGER, MAX_DATA_LENGTH).readUInt32BE(1)).toBeLessThanOrEqual(
      masterMessageCodec.maxFrameLength,
    )
  })

  test('cost no copy on the way in', () => {
    const data = Buffer.alloc(100_000, 3)
    const body = bodyOf({ head: streamChunkHeader(12, data.length), data })
    const message = masterMessageCodec.decode(body)
    if (message.type !== 'streamChunk') throw new Error(message.type)
    expect(message.data.buffer).toBe(body.buffer)
    expect(message.data.equals(data)).toBe(true)
  })
})

describe('what does not belong on the wire is refused:', () => {
  test('an empty body, a message of a later version', () => {
    for (const codec of codecs) {
      expect(refused(codec, Buffer.alloc(0))).toMatch(/^UNKNOWN_MESSAGE/)
      expect(refused(codec, Buffer.from([0x82, 6, 0]))).toMatch(/^UNKNOWN_MESSAGE/)
    }
  })

  test('random bytes, and messages with a byte changed or cut short', () => {
    const anyBody = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(slaveMessage, fc.nat(), fc.nat(255), fc.nat()).map(([message, at, byte, cut]) => {
        const body = Buffer.from(bodyOf(slaveMessageCodec.encode(message)))
        body[at % body.length] = byte
        return body.subarray(0, body.length - (cut % 3))
      }),
      fc.tuple(masterMessage, fc.nat(), fc.nat(255)).map(([message, at, byte]) => {
        const body = Buffer.from(bodyOf(masterMessageCodec.encode(message)))
        body[at % body.length] = byte
        return body
      }),
    )
    fc.assert(
      fc.property(anyBody, fc.constantFrom(...codecs), (body, codec) => {
        // Either it is a message or it throws a ProtocolError; `refused` lets nothing else pass.
        refused(codec, body)
      }),
      { numRuns: 500 },
    )
  })

  test('offsets above 2^53-1, and chunks that end there', () => {
    const tooBig = [0x42, 10, 8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x1, 0]
    expect(
      refused(masterMessageCodec, Buffer.from([0x42, 9, 8, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10])),
    ).toMatch(/^INVALID_FIELD heartbeat\.offset: expected an integer from 0 to 2\^53-1, got 9007199254740992$/)
    expect(refused(masterMessageCodec, Buffer.from(tooBig.slice(0, 12)))).not.toBe('accepted')
    const data = Buffer.from('x')
    const body = bodyOf({ head: streamChunkHeader(Number.MAX_SAFE_INTEGER, 1), data })
    expect(refused(masterMessageCodec, body)).toMatch(/^INVALID_FIELD stream_chunk/)
  })

  test('ids that lead out of a folder, nonces, tokens and hosts outside their bounds', () => {
    const { SlaveMessage, MasterMessage } = repl.v1
    const token = Buffer.alloc(32)
    for (const snapshotId of ['', '..', '../x', 'a/b', '.hidden', 'a\0b', 'a\\b', 'x'.repeat(129)]) {
      expect(refused(slaveMessageCodec, encoded(SlaveMessage.encode({ snapshotStored: { snapshotId } })))).toMatch(
        /^INVALID_FIELD snapshot_stored\.snapshot_id: /,
      )
      const ready = { snapshotId, token, replicationId: 'a'.repeat(40) }
      expect(refused(masterMessageCodec, encoded(MasterMessage.encode({ snapshotReady: ready })))).toMatch(
        /^INVALID_FIELD snapshot_ready\.snapshot_id: /,
      )
    }
    const ping = { clientNonce: 'n'.repeat(32), runId: 'a'.repeat(40) }
    for (const bad of [
      { clientNonce: 'short' },
      { clientNonce: 'n'.repeat(129) },
      { clientNonce: `${'n'.repeat(20)},r=x` },
      { runId: 'A'.repeat(40) },
      { runId: '' },
      { announcedHost: 'a b' },
      { announcedHost: 'h'.repeat(256) },
      { announcedPort: 65536 },
      { capabilities: new Array(65).fill(1) },
    ]) {
      expect(refused(slaveMessageCodec, encoded(SlaveMessage.encode({ ping: { ...ping, ...bad } })))).toMatch(
        /^INVALID_FIELD ping\./,
      )
    }
    for (const length of [0, 31, 33]) {
      const request = { snapshotId: 'a', token: Buffer.alloc(length) }
      expect(refused(slaveMessageCodec, encoded(SlaveMessage.encode({ snapshotRequest: request })))).toMatch(
        /^INVALID_FIELD snapshot_request\.token: expected 32 bytes/,
      )
    }
  })

  test('control characters in text for people, which is cut as well', () => {
    const refusal = { code: 'X', reason: `\u001b[2Jgone\r\n\u202e${'y'.repeat(5000)}` }
    const message = masterMessageCodec.decode(encoded(repl.v1.MasterMessage.encode({ refusal })))
    if (message.type !== 'refusal') throw new Error(message.type)
    expect(message.reason).toMatch(/^ \[2Jgone y+$/)
    expect(message.reason.length).toBeLessThanOrEqual(1024)
  })

  test('a long frame with anything but a stream chunk, whose lists could grow in memory', () => {
    const capabilities = new Array(70_000).fill(1)
    const pong = { runId: 'a'.repeat(40), capabilities }
    const long = encoded(repl.v1.MasterMessage.encode({ pong }))
    expect(refused(masterMessageCodec, long)).toMatch(/^FRAME_TOO_LONG/)
    const chunk = encoded(repl.v1.MasterMessage.encode({ streamChunk: { offset: 1, data: Buffer.from('x') } }))
    expect(refused(masterMessageCodec, Buffer.concat([chunk, long]))).toMatch(/^FRAME_TOO_LONG/)
  })
})
