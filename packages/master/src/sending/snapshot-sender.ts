import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import type { Child, ChildEnd, ChildLauncher } from '@repl/store'
import { SendingChildError } from '../errors.ts'
import { RateLimiter } from './rate-limiter.ts'
import { sendingLine } from './sending-line.ts'
import { isSendingReport, type SendingOrder, type SendingReport } from './sending-messages.ts'

const childPath = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './sending-child.ts' : './sending-child.js', import.meta.url),
)

/** How a transfer ended. */
export interface SendingResult {
  /** How far into the file it came. */
  readonly bytes: number
  /** Null where all was sent; otherwise why the slave did not get the rest on this connection. */
  readonly broken: string | null
}

/** What to send. */
export interface SendingTask extends Omit<SendingOrder, 'hasSocket' | 'bytesPerSecond'> {
  /** Resolves with the size of a file that is being written, when that is done; only where `size` is 0. */
  readonly written?: Promise<number>
}

/** One sending child at work. */
export interface SnapshotSending {
  /** Rejects with a {@link SendingChildError} where the child died or could not read the file. */
  readonly done: Promise<SendingResult>
  /** Undefined while the child is being started. */
  readonly processId: number | undefined
  /** Bytes per second from now on; 0 for any number. */
  setRate(bytesPerSecond: number): void
  /** Kills the child and closes the connection. */
  abort(): void
}

/**
 * Starts a child process that sends a file over `stream`, which belongs to it from now on. A plain socket is handed
 * to the child; what can't be handed on (TLS) stays here, and the child's bytes pass through.
 * `bytesPerSecond`: from its first byte on; 0 for any number.
 */
export function sendSnapshot(
  children: ChildLauncher,
  stream: Duplex,
  task: SendingTask,
  onProgress: (bytes: number, wireBytes: number) => void,
  bytesPerSecond = 0,
): SnapshotSending {
  const sending = new Sending(stream, task, onProgress, bytesPerSecond)
  return {
    done: sending.run(children).catch((error: unknown) => {
      stream.destroy()
      throw error
    }),
    get processId() {
      return sending.processId
    },
    setRate: (bytesPerSecond) => sending.setRate(bytesPerSecond),
    abort: () => sending.abort(),
  }
}

class Sending {
  readonly #stream: Duplex
  readonly #task: SendingTask
  readonly #onProgress: (bytes: number, wireBytes: number) => void
  /** Of what passes through here; a child with a socket has one of its own, of the same rate. */
  readonly #limiter = new RateLimiter()
  #hasSocket = false
  #child: Child | null = null
  #last: SendingReport | null = null

  constructor(
    stream: Duplex,
    task: SendingTask,
    onProgress: (bytes: number, wireBytes: number) => void,
    bytesPerSecond: number,
  ) {
    this.#limiter.rate = bytesPerSecond
    this.#stream = stream
    this.#task = task
    this.#onProgress = onProgress
    // A stream whose other side goes away must not throw where nobody listens.
    stream.on('error', () => undefined)
  }

  get processId(): number | undefined {
    return this.#child?.processId
  }

  setRate(bytesPerSecond: number): void {
    if (bytesPerSecond === this.#limiter.rate) return
    this.#limiter.rate = bytesPerSecond
    if (this.#hasSocket) this.#tell('rate', bytesPerSecond)
  }

  abort(): void {
    this.#breakOff('aborted')
    this.#stream.destroy()
  }

  async run(children: ChildLauncher): Promise<SendingResult> {
    const stream = this.#stream
    const { written, ...task } = this.#task
    // Where it is never written, whoever has it sent hears of it otherwise, and aborts.
    written?.catch(() => undefined)
    const socket = children.canHandOver(stream) ? stream : null
    this.#hasSocket = socket !== null
    // Through a line that carries the slave's bytes nothing can be told: such a child is started when all is known.
    const size = written !== undefined && socket === null ? await written : task.size
    const bytesPerSecond = this.#limiter.rate
    const order: SendingOrder = {
      ...task,
      size,
      hasSocket: socket !== null,
      bytesPerSecond: socket ? bytesPerSecond : 0,
    }
    const onMessage = (message: unknown) => this.#onMessage(message)
    const child = await children
      .start({ program: childPath, order, onMessage, ...(socket !== null && { socket }) })
      .catch((cause: Error) => {
        throw new SendingChildError('SENDING_CHILD_DIED', `the sending child: ${cause.message}`, { cause })
      })
    this.#child = child
    if (socket !== null && this.#limiter.rate !== bytesPerSecond) this.#tell('rate', this.#limiter.rate)
    if (size === 0) {
      written?.then(
        (whole) => this.#tell('size', whole),
        () => undefined,
      )
    }
    // It was aborted meanwhile.
    if (this.#last?.type === 'broken') child.kill()
    if (socket === null) await this.#passThrough(child)
    else child.line.resume()
    const end = await child.ended
    child.line.destroy()
    // What passed through here and is complete may still be on its way.
    if (socket !== null || this.#last?.type !== 'sent') stream.destroy()
    return resultOf(this.#last, end)
  }

  #tell(name: 'rate' | 'size', value: number): void {
    this.#child?.line.write(sendingLine(name, value))
  }

  #onMessage(message: unknown): void {
    if (!isSendingReport(message) || this.#last?.type === 'broken') return
    this.#last = message
    if (message.type === 'progress' || message.type === 'sent')
      this.#onProgress(message.bytes, message.wireBytes ?? message.bytes)
  }

  #breakOff(reason: string): void {
    if (this.#last?.type === 'broken') return
    this.#last = { type: 'broken', bytes: this.#task.from, reason }
    this.#child?.kill()
  }

  async #passThrough(child: Child): Promise<void> {
    // Through its line the child also sees the slave end its side.
    this.#stream.pipe(child.line)
    try {
      const limiter = this.#limiter
      await pipeline(
        child.line,
        async function* (chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            await limiter.take(chunk.length)
            yield chunk
          }
        },
        this.#stream,
      )
    } catch (error) {
      // The slave is gone: without anybody to send to, the child is of no use.
      this.#breakOff(error instanceof Error ? error.message : String(error))
    }
  }
}

function resultOf(last: SendingReport | null, end: ChildEnd): SendingResult {
  switch (last?.type) {
    case 'sent':
      return { bytes: last.bytes, broken: null }
    case 'broken':
      return { bytes: last.bytes, broken: last.reason }
    case 'failed':
      throw new SendingChildError('SENDING_CHILD_FAILED', `the sending child: ${last.reason} (${last.code})`)
    default: {
      const how = end.signal === null ? `with code ${end.exitCode}` : `by ${end.signal}`
      const said = end.errorOutput === '' ? '' : `: ${end.errorOutput}`
      throw new SendingChildError('SENDING_CHILD_DIED', `the sending child ended ${how}${said}`)
    }
  }
}
