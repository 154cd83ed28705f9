import { MAX_SLAVE_FRAME_LENGTH } from '../framing/frame.ts'
import { repl } from '../generated/messages.js'
import { capabilitiesFromWire, capabilitiesToWire } from './capability.ts'
import * as bounds from './field-bounds.ts'
import { formerToWire } from './former-history.ts'
import { decodeBody, encodeFrame, type MessageCodec, sendableUint64, unknownMessage } from './message-codec.ts'
import type { SlaveMessage } from './message-types.ts'

const NAME = 'SlaveMessage'

/** What slaves say. */
export const slaveMessageCodec: MessageCodec<SlaveMessage> = {
  name: NAME,
  maxFrameLength: MAX_SLAVE_FRAME_LENGTH,
  encode: (message) => encodeFrame(repl.v1.SlaveMessage, toWire(message)),
  decode: fromWire,
}

function toWire(message: SlaveMessage): repl.v1.SlaveMessage.$Properties {
  switch (message.type) {
    case 'ping':
      return { ping: { ...message, capabilities: capabilitiesToWire(message.capabilities) } }
    case 'authenticationProof':
      return { authenticationProof: message }
    case 'synchronizationRequest':
      sendableUint64('offset', message.offset)
      if (message.begun !== undefined) sendableUint64('begun.bytes', message.begun.bytes)
      return { synchronizationRequest: { ...message, former: formerToWire(message.former) } }
    case 'snapshotStored':
      return { snapshotStored: message }
    case 'snapshotDamaged':
      return { snapshotDamaged: message }
    case 'acknowledgement':
      sendableUint64('receivedOffset', message.receivedOffset)
      sendableUint64('appliedOffset', message.appliedOffset)
      sendableUint64('durableOffset', message.durableOffset)
      return { acknowledgement: message }
    case 'snapshotRequest':
      sendableUint64('from', message.from)
      return { snapshotRequest: message }
  }
}

function fromWire(body: Buffer): SlaveMessage {
  const wire = decodeBody(NAME, repl.v1.SlaveMessage, body)
  switch (wire.message) {
    case 'ping': {
      const { ping } = wire
      return {
        type: 'ping',
        protocolVersion: bounds.uint32('ping.protocol_version', ping.protocolVersion),
        capabilities: capabilitiesFromWire('ping.capabilities', ping.capabilities),
        clientNonce: bounds.nonce('ping.client_nonce', ping.clientNonce, 1),
        announcedHost: bounds.host('ping.announced_host', ping.announcedHost),
        announcedPort: bounds.port('ping.announced_port', ping.announcedPort),
        runId: bounds.hexadecimalId('ping.run_id', ping.runId),
      }
    }
    case 'authenticationProof': {
      const proof = wire.authenticationProof
      return {
        type: 'authenticationProof',
        nonce: bounds.nonce('authentication_proof.nonce', proof.nonce, 2),
        clientProof: bounds.bytes(
          'authentication_proof.client_proof',
          proof.clientProof,
          bounds.DIGEST_LENGTH,
          bounds.DIGEST_LENGTH,
        ),
      }
    }
    case 'synchronizationRequest': {
      const request = wire.synchronizationRequest
      return {
        type: 'synchronizationRequest',
        replicationId: bounds.optionalHexadecimalId('synchronization_request.replication_id', request.replicationId),
        offset: bounds.uint64('synchronization_request.offset', request.offset),
        ...bounds.former('synchronization_request.former', request.former),
        ...(request.takeOver ? { takeOver: true } : {}),
        ...(request.acceptsLoss ? { acceptsLoss: true } : {}),
        ...bounds.begunSnapshot('synchronization_request.begun', request.begun),
      }
    }
    case 'snapshotStored':
      return {
        type: 'snapshotStored',
        snapshotId: bounds.snapshotId('snapshot_stored.snapshot_id', wire.snapshotStored.snapshotId),
      }
    case 'snapshotDamaged':
      return {
        type: 'snapshotDamaged',
        snapshotId: bounds.snapshotId('snapshot_damaged.snapshot_id', wire.snapshotDamaged.snapshotId),
      }
    case 'acknowledgement': {
      const acknowledgement = wire.acknowledgement
      return {
        type: 'acknowledgement',
        receivedOffset: bounds.uint64('acknowledgement.received_offset', acknowledgement.receivedOffset),
        appliedOffset: bounds.uint64('acknowledgement.applied_offset', acknowledgement.appliedOffset),
        durableOffset: bounds.uint64('acknowledgement.durable_offset', acknowledgement.durableOffset),
      }
    }
    case 'snapshotRequest': {
      const request = wire.snapshotRequest
      return {
        type: 'snapshotRequest',
        snapshotId: bounds.snapshotId('snapshot_request.snapshot_id', request.snapshotId),
        token: bounds.bytes('snapshot_request.token', request.token, bounds.TOKEN_LENGTH, bounds.TOKEN_LENGTH),
        from: bounds.uint64('snapshot_request.from', request.from),
      }
    }
    default:
      throw unknownMessage(NAME, body)
  }
}
