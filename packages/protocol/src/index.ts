export * from './authentication/scram.ts'
export * from './connection/message-connection.ts'
export {
  FRAME_HEADER_LENGTH,
  isFrameStart,
  MAX_FRAME_LENGTH,
  MAX_SLAVE_FRAME_LENGTH,
} from './framing/frame.ts'
export * from './messages/capability.ts'
export * from './messages/data-envelope.ts'
export type * from './messages/message-codec.ts'
export type * from './messages/message-types.ts'
export * from './protocol-error.ts'
