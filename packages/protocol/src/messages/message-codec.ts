/** How the messages of one direction are written to frames and read from them. */
export interface MessageCodec<Message> {
  /** Named in errors, such as `SlaveMessage`. */
  readonly name: string
  /** The longest frame body that is accepted by default, in bytes. */
  readonly maxFrameLength: number
  /** The message as an uncompressed frame. Throws RangeError for a message that no peer would accept. */
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
