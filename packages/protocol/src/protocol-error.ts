/**
 * What a peer did that the protocol does not allow.
 *
 * - `NOT_A_FRAME`: what came is no frame of this protocol (another kind of server listens there, or flags of a later version)
 * - `FRAME_TOO_LONG`: a frame, or what it holds once decompressed, is over the limit
 * - `COMPRESSION_NOT_NEGOTIATED`: a compressed frame where compression was not agreed on
 * - `BAD_COMPRESSION`: the body of a compressed frame is not one whole zstd frame
 * - `TRUNCATED_FRAME`: the connection ended inside a frame
 * - `MALFORMED_MESSAGE`: the frame holds no well-formed protobuf message
 * - `UNKNOWN_MESSAGE`: well-formed, but none of the messages that this side knows
 * - `INVALID_FIELD`: a field is outside its bounds
 */
export type ProtocolErrorCode =
  | 'NOT_A_FRAME'
  | 'FRAME_TOO_LONG'
  | 'COMPRESSION_NOT_NEGOTIATED'
  | 'BAD_COMPRESSION'
  | 'TRUNCATED_FRAME'
  | 'MALFORMED_MESSAGE'
  | 'UNKNOWN_MESSAGE'
  | 'INVALID_FIELD'

/** The peer broke the protocol; the connection is closed with this error. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly code: ProtocolErrorCode

  constructor(code: ProtocolErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
