import type { Duplex } from 'node:stream'
import {
  COMPRESSION_MINIMUM_BYTES,
  type CompressionOptions,
  compressFrame,
  MAX_COMPRESSION_LEVEL,
  MIN_COMPRESSION_LEVEL,
} from '../framing/compression.ts'
import { FRAME_HEADER_LENGTH } from '../framing/frame.ts'
import { FrameDecoder } from '../framing/frame-decoder.ts'
import type { MessageCodec } from '../messages/message-codec.ts'
import { SendBufferError } from './send-buffer-error.ts'

/** The most bytes that may wait to be sent on one connection: 64 MiB. Who heeds `send`'s answer never comes near it. */
export const MAX_PENDING_BYTES = 64 * 1024 * 1024

/** How long an orderly `close` waits for the stream to take what waits and for the peer to end its side, in ms. */
export const CLOSE_TIMEOUT = 2_000

/** What a {@link MessageConnection} is made with. */
export interface MessageConnectionOptions<Out, In> {
  readonly outgoing: MessageCodec<Out>
  readonly incoming: MessageCodec<In>
  /**
   * Called for each message, one at a time. While a returned promise is pending, nothing more is read from the
   * stream. What it throws (or rejects with, before `onClose` was called) closes the connection with that error.
   */
  readonly onMessage: (message: In) => void | Promise<void>
  /**
   * Called exactly once, when the stream is closed: null for an orderly end (of either side), otherwise why: a
   * ProtocolError, a {@link SendBufferError}, the stream's own error, what a handler threw, or the reason given to
   * `close` or `destroy`. Only `detach` prevents it.
   */
  readonly onClose: (error: Error | null) => void
  /** The longest frame body accepted, in bytes; the codec's own by default. */
  readonly maxFrameLength?: number
  /** The most bytes that may wait to be sent; {@link MAX_PENDING_BYTES} by default. */
  readonly maxPendingBytes?: number
}

/**
 * - `open`: messages go both ways
 * - `closing`: `close` was called, or the peer ended; the stream is being flushed, what arrives is thrown away
 * - `destroyed`: the stream's `close` event is all that is missing
 * - `closed`: `onClose` has been called
 * - `detached`: the stream is somebody else's
 */
type State = 'open' | 'closing' | 'destroyed' | 'closed' | 'detached'

/**
 * Typed messages over any duplex stream (one that emits `close`, as all of Node's do), which it owns until it is
 * closed or detached. Delivery begins in a later turn than the constructor's.
 */
export class MessageConnection<Out, In> implements Disposable {
  readonly #stream: Duplex
  readonly #options: MessageConnectionOptions<Out, In>
  readonly #decoder: FrameDecoder
  readonly #maxPendingBytes: number
  #state: State = 'open'
  #error: Error | null = null
  #isPaused = false
  /** The promise of a handler is pending. */
  #isHandling = false
  /** `#deliver` is on the stack. */
  #isDelivering = false
  /** The stream's `end` has come: there is nothing to read but what the decoder holds. */
  #hasEnded = false
  /** The stream's `close` has come. */
  #isStreamClosed = false
  #compression: Required<CompressionOptions> | null = null
  #drainWaiters: ((isOpen: boolean) => void)[] = []
  #closeTimer: NodeJS.Timeout | null = null
  #bytesSent = 0
  #bytesReceived = 0

  constructor(stream: Duplex, options: MessageConnectionOptions<Out, In>) {
    this.#stream = stream
    this.#options = options
    this.#decoder = new FrameDecoder(options.maxFrameLength ?? options.incoming.maxFrameLength)
    this.#maxPendingBytes = options.maxPendingBytes ?? MAX_PENDING_BYTES
    if (stream.destroyed) {
      // Its events may be over; the report still comes in a later turn, when the caller has this object.
      this.#state = 'destroyed'
      this.#error = stream.errored
      stream.on('error', ignoreError)
      process.nextTick(() => this.#report())
      return
    }
    stream.on('error', this.#onStreamError)
    stream.on('close', this.#onStreamClose)
    stream.on('end', this.#onStreamEnd)
    stream.on('drain', this.#onStreamDrain)
    stream.on('data', this.#onStreamData)
    // It may have been paused by who had it before.
    stream.resume()
  }

  /** Until `close`, `destroy`, `detach`, or the stream is over. */
  get isOpen(): boolean {
    return this.#state === 'open'
  }

  /** Bytes given to the stream so far, frames included, after compression. */
  get bytesSent(): number {
    return this.#bytesSent
  }

  /** Bytes that came from the stream so far, frames included, before decompression. Grows while a long frame is on its way, so it shows a living peer. */
  get bytesReceived(): number {
    return this.#bytesReceived
  }

  /** Bytes that wait in this process to be sent. */
  get pendingBytes(): number {
    return this.#stream.writableLength
  }

  /**
   * Sends a message; its data must not be written to afterwards. False: wait for `drained()` before more. On a
   * connection that is not open it does nothing and returns false. Throws RangeError for an offset or length that
   * can't be sent.
   */
  send(message: Out): boolean {
    if (this.#state !== 'open') return false
    const { head, data } = this.#options.outgoing.encode(message)
    return this.sendRaw(head, data)
  }

  /**
   * Sends a frame made by `streamChunkHeader` or `snapshotDataHeader` and the data that it announces, without a copy.
   * Neither may be written to afterwards; both may be sent on any number of connections. Answers as `send` does.
   */
  sendRaw(head: Buffer, data: Uint8Array | null): boolean {
    const stream = this.#stream
    // Not writable while open: it has ended or failed, and the event that says so is on its way.
    if (this.#state !== 'open' || !stream.writable) return false
    const length = head.length + (data?.length ?? 0)
    if (stream.writableLength + length > this.#maxPendingBytes) {
      this.destroy(new SendBufferError(stream.writableLength, length, this.#maxPendingBytes))
      return false
    }
    const compression = this.#compression
    if (compression !== null && length - FRAME_HEADER_LENGTH >= compression.minimumBytes) {
      const frame = compressFrame(head, data, compression.level)
      if (frame !== null) return this.#write(frame, null)
    }
    return this.#write(head, data)
  }

  /** Resolves when more may be sent: with true at once or when the stream has drained, with false when the connection is not open any more. Never rejects. */
  drained(): Promise<boolean> {
    if (this.#state !== 'open' || !this.#stream.writable) return Promise.resolve(false)
    if (this.#canTakeMore) return Promise.resolve(true)
    return new Promise((resolve) => this.#drainWaiters.push(resolve))
  }

  /** No message is delivered until `resume`, and the stream is not read meanwhile. */
  pause(): void {
    this.#isPaused = true
    if (this.#state === 'open') this.#stream.pause()
  }

  /** Undoes `pause`. Messages are delivered in a later turn. */
  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    process.nextTick(this.#deliver)
  }

  /**
   * From now on accepts compressed frames, and compresses what is worth it. For when both sides have said `zstd`:
   * the master calls it after it has sent its pong, the slave when it has received that.
   * Throws RangeError for a level outside its bounds.
   */
  enableCompression(options: CompressionOptions = {}): void {
    const { level = MIN_COMPRESSION_LEVEL, minimumBytes = COMPRESSION_MINIMUM_BYTES } = options
    if (!Number.isInteger(level) || level < MIN_COMPRESSION_LEVEL || level > MAX_COMPRESSION_LEVEL) {
      throw new RangeError(
        `the compression level must be an integer from ${MIN_COMPRESSION_LEVEL} to ${MAX_COMPRESSION_LEVEL}, got ${level}`,
      )
    }
    this.#decoder.acceptsCompression = true
    this.#compression = { level, minimumBytes }
  }

  /**
   * Sends what waits, then ends the stream; after {@link CLOSE_TIMEOUT} at the latest it is destroyed. Until the peer
   * has ended its side too, what it sends is read and thrown away: with unread bytes left, TCP would reset the
   * connection and the peer might never see our last message. No message is delivered any more.
   */
  close(reason?: Error): void {
    if (this.#state !== 'open') return
    this.#state = 'closing'
    this.#error = reason ?? null
    this.#settleDrainWaiters(false)
    if (this.#isStreamClosed) {
      process.nextTick(() => this.#report())
      return
    }
    this.#closeTimer = setTimeout(() => this.#stream.destroy(), CLOSE_TIMEOUT)
    this.#closeTimer.unref()
    this.#stream.resume()
    this.#stream.end(this.#destroyIfDone)
    this.#destroyIfDone()
  }

  /** Closes at once; what waits to be sent is lost. During an orderly close it cuts that short. */
  destroy(reason?: Error): void {
    if (this.#state !== 'open' && this.#state !== 'closing') return
    if (this.#state === 'open') this.#error = reason ?? null
    this.#state = 'destroyed'
    this.#settleDrainWaiters(false)
    if (this.#isStreamClosed) process.nextTick(() => this.#report())
    else this.#stream.destroy()
  }

  /**
   * Lets go of the stream, paused, with unread bytes given back to it, so that another connection or process can have
   * it; its errors are the new owner's from this call on. Of use in a message handler (nothing after that message has
   * been decoded) or while paused. `onClose` will not be called. Throws where the connection is not open, or bytes
   * can't be given back: a frame has been read in part, or the stream has ended.
   */
  detach(): Duplex {
    if (this.#state !== 'open') throw new Error(`a connection that is ${this.#state} can't be detached`)
    const rest = this.#decoder.takeRest()
    if (rest.length > 0 && this.#hasEnded) {
      throw new Error(`the stream has ended, so ${rest.length} unread bytes can't be given back to it`)
    }
    const stream = this.#stream
    this.#state = 'detached'
    stream.pause()
    stream.off('error', this.#onStreamError)
    stream.off('close', this.#onStreamClose)
    stream.off('end', this.#onStreamEnd)
    stream.off('drain', this.#onStreamDrain)
    stream.off('data', this.#onStreamData)
    if (rest.length > 0) stream.unshift(rest)
    this.#settleDrainWaiters(false)
    return stream
  }

  /** `destroy()`, unless it was detached. */
  [Symbol.dispose](): void {
    this.destroy()
  }

  #write(head: Buffer, data: Uint8Array | null): boolean {
    const stream = this.#stream
    this.#bytesSent += head.length
    if (data === null || data.length === 0) {
      stream.write(head)
    } else {
      this.#bytesSent += data.length
      // One writev for both.
      stream.cork()
      stream.write(head)
      stream.write(data)
      stream.uncork()
    }
    return this.#canTakeMore
  }

  /**
   * Unlike what `write` returns, it is still true after a long chunk that the system took at once. Where it is false,
   * `write` has returned false too, so `drain` will come.
   */
  get #canTakeMore(): boolean {
    return this.#stream.writableLength < this.#stream.writableHighWaterMark
  }

  readonly #onStreamData = (chunk: Buffer): void => {
    if (this.#state !== 'open') return
    this.#bytesReceived += chunk.length
    this.#decoder.push(chunk)
    this.#deliver()
  }

  /** Decodes and hands out messages until there is none, or somebody says stop. */
  readonly #deliver = (): void => {
    // A handler's `send` may come back as data before it returns, over a stream within this process.
    if (this.#isDelivering) return
    this.#isDelivering = true
    try {
      while (this.#state === 'open' && !this.#isPaused && !this.#isHandling) {
        const body = this.#decoder.next()
        if (body === null) {
          if (this.#hasEnded) this.#finish()
          else this.#stream.resume()
          return
        }
        const result = this.#options.onMessage(this.#options.incoming.decode(body))
        if (result instanceof Promise) {
          this.#isHandling = true
          // A stream that was detached meanwhile is not ours to pause.
          if (this.#state === 'open') this.#stream.pause()
          result.then(this.#onHandled, this.#fail)
        }
      }
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#isDelivering = false
    }
  }

  readonly #onHandled = (): void => {
    this.#isHandling = false
    this.#deliver()
  }

  readonly #fail = (error: unknown): void => {
    this.#isHandling = false
    const reason = toError(error)
    if (this.#state === 'closing' || this.#state === 'destroyed') this.#error ??= reason
    this.destroy(reason)
  }

  readonly #onStreamEnd = (): void => {
    this.#hasEnded = true
    if (this.#state === 'closing') this.#destroyIfDone()
    else this.#deliver()
  }

  /** Ends an orderly close: the peer has nothing more to say, and we have given all that waited to the stream. */
  readonly #destroyIfDone = (): void => {
    if (this.#hasEnded && this.#stream.writableLength === 0) this.#stream.destroy()
  }

  /** The peer has ended, and all that it sent has been handled. */
  #finish(): void {
    try {
      this.#decoder.end()
      this.close()
    } catch (error) {
      this.#fail(error)
    }
  }

  readonly #onStreamDrain = (): void => this.#settleDrainWaiters(true)

  readonly #onStreamError = (error: Error): void => this.destroy(error)

  readonly #onStreamClose = (): void => {
    this.#isStreamClosed = true
    if (this.#state === 'open') {
      // After an orderly end, what the decoder holds is still to be delivered; `#finish` or `destroy` reports then.
      if (this.#hasEnded) return
      try {
        this.#decoder.end()
      } catch (error) {
        this.#error = toError(error)
      }
    }
    this.#report()
  }

  #report(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    if (this.#closeTimer !== null) clearTimeout(this.#closeTimer)
    this.#settleDrainWaiters(false)
    this.#options.onClose(this.#error)
  }

  #settleDrainWaiters(isOpen: boolean): void {
    const waiters = this.#drainWaiters
    if (waiters.length === 0) return
    this.#drainWaiters = []
    for (const resolve of waiters) resolve(isOpen)
  }
}

/** Late errors of a stream that was over before it got here. */
function ignoreError(): void {}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(`a message handler threw ${String(thrown)}`)
}
