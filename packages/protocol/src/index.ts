export * from './authentication/authentication-error.ts'
export * from './authentication/scram.ts'
export { Alarm, type Clock, systemClock } from './clock/clock.ts'
export { FakeClock } from './clock/fake-clock.ts'
export * from './connection/connections.ts'
export * from './connection/message-connection.ts'
export * from './connection/send-buffer-error.ts'
export {
  COMPRESSION_MINIMUM_BYTES,
  type CompressionOptions,
  MAX_COMPRESSION_LEVEL,
  MIN_COMPRESSION_LEVEL,
} from './framing/compression.ts'
export { FRAME_HEADER_LENGTH, isFrameStart, MAX_FRAME_LENGTH, MAX_SLAVE_FRAME_LENGTH } from './framing/frame.ts'
export { type Capability, PROTOCOL_VERSION } from './messages/capability.ts'
export { CHUNK_LENGTH, MAX_DATA_LENGTH, snapshotDataHeader, streamChunkHeader } from './messages/data-envelope.ts'
export { MAX_REASON_LENGTH, TOKEN_LENGTH } from './messages/field-bounds.ts'
export { masterMessageCodec } from './messages/master-message.ts'
export type { EncodedFrame, MessageCodec } from './messages/message-codec.ts'
export type * from './messages/message-types.ts'
export { slaveMessageCodec } from './messages/slave-message.ts'
export { snapshotMessageCodec } from './messages/snapshot-message.ts'
export * from './protocol-error.ts'
export { STEP_NAMES, type Step, type StepNumber, step } from './step.ts'
