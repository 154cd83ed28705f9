import type { Duplex } from 'node:stream'
import type { MessageCodec } from '../messages/message-codec.ts'
import type { MasterMessage, SlaveMessage, SnapshotMessage } from '../messages/message-types.ts'

/** Compression of what is sent. */
export interface CompressionOptions {
  /** zstd level, 1 to 19; 1 by default. */
  readonly level?: number
  /** Frame bodies shorter than this are sent as they are; 256 bytes by default. */
  readonly minimumBytes?: number
}

export interface MessageConnectionOptions<Out, In> {
  readonly outgoing: MessageCodec<Out>
  readonly incoming: MessageCodec<In>
  /**
   * Called for each message, one at a time. While a returned promise is pending nothing more is read from the
   * stream. What it throws (or rejects with) closes the connection with that error.
   */
  readonly onMessage: (message: In) => void | Promise<void>
  /**
   * Called exactly once, when the stream is closed: null for an orderly end (of either side), otherwise why:
   * a {@link ProtocolError}, a {@link SendBufferError}, the stream's own error, what a handler threw, or the reason given to `close` or `destroy`.
   */
  readonly onClose: (error: Error | null) => void
  /** The longest frame body accepted, in bytes; the codec's own by default. */
  readonly maxFrameLength?: number
  /** The most bytes that may wait to be sent; see {@link MAX_PENDING_BYTES}. */
  readonly maxPendingBytes?: number
}

/** Typed messages over any duplex stream. */
export declare class MessageConnection<Out, In> implements Disposable {
  constructor(stream: Duplex, options: MessageConnectionOptions<Out, In>)
  /** Until `close`, `destroy`, `detach`, or the stream is over. */
  readonly isOpen: boolean
  /** Bytes handed to the stream, and bytes that came from it, frames included. */
  readonly bytesSent: number
  readonly bytesReceived: number
  /** Bytes that wait in this process to be sent. */
  readonly pendingBytes: number
  /** Sends a message. False: wait for `drained()` before more. On a connection that is not open it does nothing and returns false. */
  send(message: Out): boolean
  /** Sends a frame made by `streamChunkHeader` or `snapshotDataHeader`, and the data it announces, without a copy. Neither may be written to afterwards. */
  sendRaw(head: Buffer, data: Uint8Array | null): boolean
  /** Resolves when more may be sent: true at once or when the stream has drained, false when the connection is no longer open. Never rejects. */
  drained(): Promise<boolean>
  /** No message is delivered until `resume`; the stream is not read meanwhile. */
  pause(): void
  resume(): void
  /** From now on accepts compressed frames, and compresses what is worth it. Call it on each side when both have said `zstd`. */
  enableCompression(options?: CompressionOptions): void
  /** Sends what waits, then ends the stream. No message is delivered any more. */
  close(reason?: Error): void
  /** Closes at once; what waits is lost. */
  destroy(reason?: Error): void
  /** Lets go of the stream, paused, with unread bytes given back to it, so that another connection or process can have it. `onClose` will not be called. */
  detach(): Duplex
  [Symbol.dispose](): void
}

/** What the factories below take: the codecs are theirs. */
export type ConnectionHandlers<Out, In> = Omit<MessageConnectionOptions<Out, In>, 'outgoing' | 'incoming'>

/** The slave's end of a link. */
export declare function connectLink(
  stream: Duplex,
  handlers: ConnectionHandlers<SlaveMessage, MasterMessage>,
): MessageConnection<SlaveMessage, MasterMessage>

/** The master's end of any new connection. On a `snapshotRequest`, `detach` it and go on with {@link acceptSnapshotFetch}. */
export declare function acceptLink(
  stream: Duplex,
  handlers: ConnectionHandlers<MasterMessage, SlaveMessage>,
): MessageConnection<MasterMessage, SlaveMessage>

/** The slave's end of a FetchSnapshot connection. */
export declare function connectSnapshotFetch(
  stream: Duplex,
  handlers: ConnectionHandlers<SlaveMessage, SnapshotMessage>,
): MessageConnection<SlaveMessage, SnapshotMessage>

/** The master's end of a FetchSnapshot connection, once its request has been read. */
export declare function acceptSnapshotFetch(
  stream: Duplex,
  handlers: ConnectionHandlers<SnapshotMessage, SlaveMessage>,
): MessageConnection<SnapshotMessage, SlaveMessage>
