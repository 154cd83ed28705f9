import { MAX_FRAME_LENGTH } from '../framing/frame.ts'
import { repl } from '../generated/messages.js'
import { ProtocolError } from '../protocol-error.ts'
import { capabilitiesFromWire, capabilitiesToWire } from './capability.ts'
import { streamChunkHeader } from './data-envelope.ts'
import * as bounds from './field-bounds.ts'
import { formerToWire } from './former-history.ts'
import {
  decodeBody,
  encodeFrame,
  type MessageCodec,
  parseBody,
  sendableUint64,
  unknownMessage,
} from './message-codec.ts'
import type { MasterMessage, RefusalMessage, StreamChunkMessage } from './message-types.ts'

const NAME = 'MasterMessage'

/**
 * The longest frame body of a message without bulk data. A longer frame may hold a stream chunk and nothing else:
 * other messages have lists, which take many times their encoded length in memory.
 */
const MAX_CONTROL_LENGTH = 64 * 1024

// Field 7 (stream_chunk), length-delimited.
const STREAM_CHUNK_TAG = (7 << 3) | 2

/** What masters say on a link. */
export const masterMessageCodec: MessageCodec<MasterMessage> = {
  name: NAME,
  maxFrameLength: MAX_FRAME_LENGTH,
  encode: (message) =>
    message.type === 'streamChunk'
      ? { head: streamChunkHeader(message.offset, message.data.length), data: message.data }
      : encodeFrame(repl.v1.MasterMessage, toWire(message)),
  decode: (body) => (body.length > MAX_CONTROL_LENGTH ? longChunkFromWire(body) : fromWire(body)),
}

function toWire(message: Exclude<MasterMessage, StreamChunkMessage>): repl.v1.MasterMessage.$Properties {
  switch (message.type) {
    case 'authenticationChallenge':
      return { authenticationChallenge: message }
    case 'pong':
      return {
        pong: {
          ...message,
          capabilities: capabilitiesToWire(message.capabilities),
          upstreamRunIds: [...(message.upstreamRunIds ?? [])],
        },
      }
    case 'refusal':
      return { refusal: message }
    case 'partialResynchronization':
      sendableUint64('offset', message.offset)
      return { partialResynchronization: { ...message, former: formerToWire(message.former) } }
    case 'fullResynchronization':
      return { fullResynchronization: message }
    case 'snapshotReady':
      sendableUint64('offset', message.offset)
      sendableUint64('size', message.size)
      return { snapshotReady: { ...message, former: formerToWire(message.former) } }
    case 'heartbeat':
      sendableUint64('offset', message.offset)
      return { heartbeat: { ...message, upstreamRunIds: [...(message.upstreamRunIds ?? [])] } }
    case 'acknowledgementRequest':
      return { acknowledgementRequest: {} }
    case 'digestCheckpoint':
      sendableUint64('offset', message.offset)
      return { digestCheckpoint: { offset: message.offset, digest: Buffer.from(message.digest, 'hex') } }
    case 'queuePlace':
      return { queuePlace: message }
  }
}

function longChunkFromWire(body: Buffer): MasterMessage {
  return parseBody(NAME, body, (reader) => {
    if (reader.uint32() !== STREAM_CHUNK_TAG) throw tooLong(body)
    const chunk = repl.v1.StreamChunk.decode(reader, reader.uint32())
    if (reader.pos !== reader.len) throw tooLong(body)
    return streamChunk(chunk)
  })
}

function tooLong(body: Buffer): ProtocolError {
  return new ProtocolError(
    'FRAME_TOO_LONG',
    `a frame of ${body.length} bytes holds something else than one stream chunk; the limit for that is ${MAX_CONTROL_LENGTH} bytes`,
  )
}

function fromWire(body: Buffer): MasterMessage {
  const wire = decodeBody(NAME, repl.v1.MasterMessage, body)
  switch (wire.message) {
    case 'streamChunk':
      return streamChunk(wire.streamChunk)
    case 'heartbeat':
      return {
        type: 'heartbeat',
        offset: bounds.uint64('heartbeat.offset', wire.heartbeat.offset),
        ...bounds.upstreamRunIds('heartbeat.upstream_run_ids', wire.heartbeat.upstreamRunIds),
      }
    case 'acknowledgementRequest':
      return { type: 'acknowledgementRequest' }
    case 'digestCheckpoint':
      return {
        type: 'digestCheckpoint',
        offset: bounds.uint64('digest_checkpoint.offset', wire.digestCheckpoint.offset),
        digest: bounds.dataSetDigest('digest_checkpoint.digest', wire.digestCheckpoint.digest),
      }
    case 'queuePlace':
      return { type: 'queuePlace', place: bounds.uint32('queue_place.place', wire.queuePlace.place) }
    case 'authenticationChallenge': {
      const challenge = wire.authenticationChallenge
      return {
        type: 'authenticationChallenge',
        nonce: bounds.nonce('authentication_challenge.nonce', challenge.nonce, 2),
        salt: bounds.bytes(
          'authentication_challenge.salt',
          challenge.salt,
          bounds.MIN_SALT_LENGTH,
          bounds.MAX_SALT_LENGTH,
        ),
        iterations: bounds.uint32('authentication_challenge.iterations', challenge.iterations),
      }
    }
    case 'pong': {
      const { pong } = wire
      const signatureLength = pong.serverSignature?.length ? bounds.DIGEST_LENGTH : 0
      return {
        type: 'pong',
        protocolVersion: bounds.uint32('pong.protocol_version', pong.protocolVersion),
        capabilities: capabilitiesFromWire('pong.capabilities', pong.capabilities),
        serverSignature: bounds.bytes('pong.server_signature', pong.serverSignature, signatureLength, signatureLength),
        runId: bounds.hexadecimalId('pong.run_id', pong.runId),
        ...bounds.upstreamRunIds('pong.upstream_run_ids', pong.upstreamRunIds),
      }
    }
    case 'refusal':
      return refusal(wire.refusal)
    case 'partialResynchronization': {
      const partial = wire.partialResynchronization
      return {
        type: 'partialResynchronization',
        replicationId: bounds.hexadecimalId('partial_resynchronization.replication_id', partial.replicationId),
        offset: bounds.uint64('partial_resynchronization.offset', partial.offset),
        ...bounds.former('partial_resynchronization.former', partial.former),
      }
    }
    case 'fullResynchronization': {
      const full = wire.fullResynchronization
      return {
        type: 'fullResynchronization',
        replicationId: bounds.hexadecimalId('full_resynchronization.replication_id', full.replicationId),
        reason: bounds.reason(full.reason),
      }
    }
    case 'snapshotReady': {
      const ready = wire.snapshotReady
      return {
        type: 'snapshotReady',
        snapshotId: bounds.snapshotId('snapshot_ready.snapshot_id', ready.snapshotId),
        replicationId: bounds.hexadecimalId('snapshot_ready.replication_id', ready.replicationId),
        offset: bounds.uint64('snapshot_ready.offset', ready.offset),
        size: bounds.uint64('snapshot_ready.size', ready.size),
        token: bounds.bytes('snapshot_ready.token', ready.token, bounds.TOKEN_LENGTH, bounds.TOKEN_LENGTH),
        ...bounds.former('snapshot_ready.former', ready.former),
        ...(ready.origin ? { origin: bounds.reason(ready.origin) } : {}),
      }
    }
    default:
      throw unknownMessage(NAME, body)
  }
}

function streamChunk(chunk: repl.v1.StreamChunk.$Shape): StreamChunkMessage {
  const data = bounds.data(chunk.data)
  const offset = bounds.uint64('stream_chunk.offset', chunk.offset)
  // The end is an offset too.
  bounds.uint64('stream_chunk.offset + length', offset + data.length)
  return { type: 'streamChunk', offset, data }
}

/** A validated refusal; SnapshotChunk holds one too. */
export function refusal(wire: { code?: string | null; reason?: string | null }): RefusalMessage {
  return { type: 'refusal', code: bounds.refusalCode('refusal.code', wire.code), reason: bounds.reason(wire.reason) }
}
