import { CHUNK_LENGTH, type Clock, streamChunkHeader } from '@repl/protocol'

/** Where the bytes of the stream come from: a reader of the journal. */
export interface StreamSource extends Disposable {
  next(limit: number): Buffer | null | Promise<Buffer | null>
}

/** Where they go: the connection of a link. */
export interface StreamSink {
  readonly isOpen: boolean
  sendRaw(head: Buffer, data: Buffer): boolean
  drained(): Promise<boolean>
}

/** How long a piece of the stream may wait for more, so that more is compressed at a time. */
export interface StreamGathering {
  readonly clock: Clock
  /** The longest wait, in ms; 0 for none. */
  delay(): number
  readableOffset(): number
}

/**
 * Moves the stream from the journal to one slave's connection. It takes from the journal only what the socket has
 * room for, so a slow slave costs one chunk of memory however far behind it is.
 */
export class StreamPump implements Disposable {
  private readonly source: StreamSource
  private readonly sink: StreamSink
  private readonly onStreamed: (offset: number, bytes: number) => void
  private readonly onError: (error: Error) => void
  private offset: number
  private isStopped = false
  private isRunning = false
  /** There may be more than was there when the source said that there was none. */
  private isWoken = false
  /** `onMark` is called between the byte before this offset and the byte at it; -1 for none. */
  private markedOffset = -1
  private onMark: () => void = () => undefined
  private readonly gathering: StreamGathering | null
  /** Somebody waits for what lies before this offset. */
  private urgentOffset = 0
  private cancelDelay: (() => void) | null = null

  /** `offset` is where `source` stands. `onStreamed` is told how far the stream has gone to the sink. */
  constructor(
    source: StreamSource,
    sink: StreamSink,
    offset: number,
    onStreamed: (offset: number, bytes: number) => void,
    onError: (error: Error) => void,
    gathering: StreamGathering | null = null,
  ) {
    this.source = source
    this.sink = sink
    this.offset = offset
    this.onStreamed = onStreamed
    this.onError = onError
    this.gathering = gathering
  }

  /** To be called when the source may have more. Cheap where it is running already. */
  wake(): void {
    this.isWoken = true
    if (!this.isRunning && !this.isStopped && !this.waitsForMore()) this.run()
  }

  /** What there is up to `offset`, or comes later, is sent at once. */
  hurry(offset: number): void {
    this.urgentOffset = Math.max(this.urgentOffset, offset)
    if (this.cancelDelay !== null) this.stopWaiting()
  }

  private stopWaiting(): void {
    this.endDelay()
    if (!this.isRunning && !this.isStopped) this.run()
  }

  /** Whether what there is will be sent a little later, with what comes until then. */
  private waitsForMore(): boolean {
    const { gathering } = this
    const delay = gathering?.delay() ?? 0
    const isUrgent = this.offset < this.urgentOffset
    if (gathering === null || delay === 0 || isUrgent || gathering.readableOffset() - this.offset >= CHUNK_LENGTH) {
      this.endDelay()
      return false
    }
    this.cancelDelay ??= gathering.clock.schedule(delay, () => this.stopWaiting())
    return true
  }

  private endDelay(): void {
    this.cancelDelay?.()
    this.cancelDelay = null
  }

  /**
   * Has `onMark` called when the stream up to `offset`, and nothing beyond, has gone to the sink. One mark at a time:
   * another one takes its place.
   */
  mark(offset: number, onMark: () => void): void {
    if (this.isStopped || offset < this.offset) return
    this.markedOffset = offset
    this.onMark = onMark
    if (offset === this.offset) this.passMark()
  }

  /** Whether there is a mark that the stream has not come to. */
  get hasMark(): boolean {
    return this.markedOffset >= 0
  }

  private passMark(): void {
    this.markedOffset = -1
    this.onMark()
  }

  private run(): void {
    this.isRunning = true
    try {
      while (!this.isStopped) {
        this.isWoken = false
        const chunk = this.source.next(CHUNK_LENGTH)
        if (chunk instanceof Promise) {
          chunk.then((read) => this.onRead(read), this.fail)
          return
        }
        if (chunk === null) break
        if (!this.forward(chunk)) return
      }
      this.isRunning = false
    } catch (error) {
      this.fail(error)
    }
  }

  private onRead(chunk: Buffer | null): void {
    if (this.isStopped) return
    if (chunk === null) {
      this.isRunning = false
      if (this.isWoken) this.run()
      return
    }
    if (this.forward(chunk)) this.run()
  }

  /** Whether there is room for more at once; if not, the pump goes on by itself when there is. */
  private forward(chunk: Buffer): boolean {
    const untilMark = this.markedOffset - this.offset
    let hasRoom: boolean
    if (untilMark > 0 && untilMark < chunk.length) {
      this.send(chunk.subarray(0, untilMark))
      hasRoom = this.send(chunk.subarray(untilMark))
    } else hasRoom = this.send(chunk)
    if (hasRoom || this.isStopped) return !this.isStopped
    void this.sink.drained().then((isOpen) => {
      if (isOpen && !this.isStopped) this.run()
    })
    return false
  }

  private send(chunk: Buffer): boolean {
    const hasRoom = this.sink.sendRaw(streamChunkHeader(this.offset, chunk.length), chunk)
    this.offset += chunk.length
    if (this.offset === this.markedOffset) this.passMark()
    this.onStreamed(this.offset, chunk.length)
    return hasRoom
  }

  private readonly fail = (error: unknown): void => {
    if (this.isStopped) return
    this[Symbol.dispose]()
    this.onError(error instanceof Error ? error : new Error(String(error)))
  };

  /** Stops for good and lets go of the source. */
  [Symbol.dispose](): void {
    if (this.isStopped) return
    this.isStopped = true
    this.endDelay()
    this.source[Symbol.dispose]()
  }
}
