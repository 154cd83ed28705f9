import { dirname } from 'node:path'
import { type Duplex, duplexPair } from 'node:stream'
import { isSendingOrder, RateLimiter, readSendingLines, type SendingOrder, sendFile } from '@repl/master/simulation'
import { type Child, type ChildEnd, ChildLaunchError, type ChildLauncher, type ChildTask, type Disk } from '@repl/store'
import {
  CRC64_BYTES,
  Crc64,
  isPersistingOrder,
  type PersistingChildReport,
  persistingFileName,
} from '@repl/store/simulation'
import type { Random } from '../runtime/random.ts'

/** How long a child takes to begin, at most, in ms. */
const START_TIME = 40

/** How often a stream is one that can be handed to a child, as a socket, and not one that can't, as with TLS. */
const SOCKET_CHANCE = 0.75

/** Starts no process, but does what the programs of children do, in the name of the process that asks. */
export class InProcessLauncher implements ChildLauncher {
  readonly #disk: Disk
  readonly #random: Random
  readonly #children = new Set<InProcessChild>()
  #started = 0
  #isClosed = false

  constructor(disk: Disk, random: Random) {
    this.#disk = disk
    this.#random = random
  }

  prepare(): void {}

  canHandOver(): boolean {
    return this.#random.chance(SOCKET_CHANCE)
  }

  async start(task: ChildTask): Promise<Child> {
    await new Promise((resolve) => setTimeout(resolve, this.#random.between(1, START_TIME)))
    if (this.#isClosed) throw new ChildLaunchError('LAUNCHER_CLOSED', 'the launcher is closed')
    // Now and then the system has no process to give.
    if (this.#random.chance(0.01)) throw new ChildLaunchError('CHILD_NOT_STARTED', 'simulated: no process', 'EAGAIN')
    const child = new InProcessChild(2000 + this.#started++, task.onMessage, task.socket ?? null)
    this.#children.add(child)
    void child.ended.then(() => this.#children.delete(child))
    void this.#run(task.order, child)
    if (this.#random.chance(0.03)) setTimeout(() => child.kill(), this.#random.between(0, 100))
    return child
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const child of this.#children) child.kill()
  }

  async #run(order: object, child: InProcessChild): Promise<void> {
    if (isSendingOrder(order)) await this.#send(order, child)
    else if (isPersistingOrder(order)) await this.#persist(order.path, child)
    else throw new Error('an order that no program of a child understands')
  }

  async #send(order: SendingOrder, child: InProcessChild): Promise<void> {
    const limiter = new RateLimiter()
    const { promise: written, resolve } = Promise.withResolvers<number>()
    if (child.socket !== null) {
      const onRate = (bytesPerSecond: number) => {
        limiter.rate = bytesPerSecond
      }
      readSendingLines(child.input, { onRate, onSize: resolve })
    }
    const report = await sendFile(order, child.socket ?? child.input, (progress) => child.report(progress), {
      openFile: (path) => this.#disk.open(path, 'read'),
      limiter,
      written,
    })
    child.report(report)
    child.exit(0)
  }

  /** As `persisting-child.ts` has it. */
  async #persist(path: string, child: InProcessChild): Promise<void> {
    const disk = this.#disk
    const temporary = persistingFileName(path, child.processId)
    try {
      const file = await disk.open(temporary, 'create')
      const content = new SnapshotContent()
      let position = 0
      for await (const bytes of child.input) {
        if (child.hasEnded) return
        const piece = content.take(bytes)
        await file.write([piece], position)
        position += piece.length
        if (content.isComplete) break
      }
      if (child.hasEnded) return
      if (!content.isComplete) {
        await disk.unlink(temporary)
        child.exit(2)
        return
      }
      await file.write([content.trailer()], position)
      await file.datasync()
      await file.close()
      if (child.hasEnded) return
      await disk.rename(temporary, path)
      await disk.syncDirectory(dirname(path))
      const report: PersistingChildReport = {
        type: 'complete',
        size: position + CRC64_BYTES,
        crc64: content.checksum,
      }
      child.report(report)
      child.exit(0)
    } catch (error) {
      if (child.hasEnded) return
      await disk.unlink(temporary).catch(() => undefined)
      const systemCode = error instanceof Error && 'code' in error ? String(error.code) : null
      child.report({ type: 'failed', systemCode, message: String(error) })
      child.exit(1)
    }
  }
}

/** Takes the pieces of a file out of the line's bytes: each behind its length, zero at the end. */
class SnapshotContent {
  readonly #crc = new Crc64()
  #rest = Buffer.alloc(0)
  isComplete = false

  take(bytes: Buffer): Buffer {
    let input = Buffer.concat([this.#rest, bytes])
    const pieces: Buffer[] = []
    while (input.length >= 4) {
      const length = input.readUInt32LE()
      if (length === 0) {
        this.isComplete = true
        break
      }
      if (input.length < 4 + length) break
      const piece = input.subarray(4, 4 + length)
      this.#crc.update(piece, 0, length)
      pieces.push(piece)
      input = input.subarray(4 + length)
    }
    this.#rest = Buffer.from(input)
    return Buffer.concat(pieces)
  }

  trailer(): Buffer {
    const trailer = Buffer.alloc(CRC64_BYTES)
    this.#crc.writeTo(trailer, 0)
    return trailer
  }

  get checksum(): string {
    return this.#crc.hex()
  }
}

/** What is written to a pipe is the kernel's: its memory may be used again at once. */
function copyWrites(line: Duplex): void {
  const write = line.write.bind(line)
  Object.assign(line, {
    write: (bytes: Uint8Array, ...rest: []) => write(Buffer.from(bytes), ...rest),
  })
}

class InProcessChild implements Child {
  readonly processId: number
  readonly line: Duplex
  /** The child's end of the line. */
  readonly input: Duplex
  /** What was handed to it. */
  readonly socket: Duplex | null
  readonly ended: Promise<ChildEnd>
  hasEnded = false
  readonly #onMessage: (message: unknown) => void
  readonly #end = Promise.withResolvers<ChildEnd>()

  constructor(processId: number, onMessage: (message: unknown) => void, socket: Duplex | null) {
    this.processId = processId
    this.socket = socket
    this.#onMessage = onMessage
    this.ended = this.#end.promise
    const [line, input] = duplexPair()
    copyWrites(line)
    this.line = line
    this.input = input
    // How the child ended says more than a line that broke.
    line.on('error', () => undefined)
    input.on('error', () => undefined)
  }

  report(message: object): void {
    if (!this.hasEnded) this.#onMessage(message)
  }

  exit(exitCode: number): void {
    this.#finish({ exitCode, signal: null, errorOutput: '' })
  }

  kill(): void {
    this.#finish({ exitCode: null, signal: 'SIGKILL', errorOutput: '' })
  }

  #finish(end: ChildEnd): void {
    if (this.hasEnded) return
    this.hasEnded = true
    // The kernel closes the child's end: its peer sees an end, once it has read what is there.
    if (!this.input.writableEnded) this.input.end()
    if (end.signal !== null) this.input.destroy()
    if (end.signal !== null) this.socket?.destroy()
    setImmediate(() => this.#end.resolve(end))
  }
}
