import protobuf from 'protobufjs/minimal.js'
import { FRAME_HEADER_LENGTH, writeFrameHeader } from '../framing/frame.ts'
import { ProtocolError } from '../protocol-error.ts'

/** How the messages of one direction are written to frames and read from them. */
export interface MessageCodec<Message> {
  /** Named in errors, such as `SlaveMessage`. */
  readonly name: string
  /** The longest frame body that is accepted by default, in bytes. */
  readonly maxFrameLength: number
  /** The message as an uncompressed frame. Throws RangeError for an offset or length that can't be sent. */
  encode(message: Message): EncodedFrame
  /** Reads and validates a frame body. Throws {@link ProtocolError}. */
  decode(body: Buffer): Message
}

/** An uncompressed frame in two pieces, so that bulk data need not be copied. */
export interface EncodedFrame {
  /** The frame header and the beginning of the body. */
  readonly head: Buffer
  /** The rest of the body; null where `head` is all. */
  readonly data: Uint8Array | null
}

/** What protobufjs generates for a message, as far as it is used here. */
interface GeneratedType<Properties, Decoded> {
  encode(properties: Properties): { finish(): Uint8Array }
  decode(reader: protobuf.Reader): Decoded
}

/** A frame around what protobufjs makes of a message. */
export function encodeFrame<Properties>(
  type: GeneratedType<Properties, unknown>,
  properties: Properties,
): EncodedFrame {
  const body = type.encode(properties).finish()
  const head = Buffer.allocUnsafe(FRAME_HEADER_LENGTH + body.length)
  writeFrameHeader(head, 0, 0, body.length)
  head.set(body, FRAME_HEADER_LENGTH)
  return { head, data: null }
}

/** A reader for one frame body that drops unknown fields instead of collecting them. Only this reader: protobufjs's own configuration is the application's. */
export function messageReader(body: Buffer): protobuf.Reader {
  const reader = protobuf.Reader.create(body)
  reader.discardUnknown = true
  return reader
}

/** What protobufjs reads from a frame body. Throws ProtocolError `MALFORMED_MESSAGE`. */
export function decodeBody<Decoded>(name: string, type: GeneratedType<never, Decoded>, body: Buffer): Decoded {
  return parseBody(name, body, (reader) => type.decode(reader))
}

/** Runs a protobufjs reader over a frame body. Throws ProtocolError `MALFORMED_MESSAGE`. */
export function parseBody<T>(name: string, body: Buffer, parse: (reader: protobuf.Reader) => T): T {
  try {
    return parse(messageReader(body))
  } catch (error) {
    if (error instanceof ProtocolError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new ProtocolError('MALFORMED_MESSAGE', `a frame of ${body.length} bytes holds no ${name}: ${reason}`, {
      cause: error,
    })
  }
}

/** For a well-formed body without a message that this side knows. */
export function unknownMessage(name: string, body: Buffer): ProtocolError {
  const start = body.subarray(0, 16).toString('hex')
  return new ProtocolError(
    'UNKNOWN_MESSAGE',
    `a frame of ${body.length} bytes holds no ${name} that is known here; it begins with 0x${start}`,
  )
}

/** A value for a uint64 field. Throws RangeError: such a number is a bug of this side, not of the peer. */
export function sendableUint64(field: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`${field} must be an integer from 0 to 2^53-1, got ${value}`)
  }
  return value
}
