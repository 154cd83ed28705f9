import type { Socket } from 'node:net'
import type { Store } from '@repl/store'
import type { Dispatcher } from '../dispatch/dispatcher.ts'
import { ReplyWriter, type RespVersion } from '../resp/reply-writer.ts'
import { RequestParser } from '../resp/request-parser.ts'
import { RespProtocolError } from '../resp/resp-protocol-error.ts'
import type { Client, ClientContext, Node } from './client-context.ts'
import type { HeldReplies, JournalGate } from './journal-gate.ts'
import { readIntoSharedBuffer } from './shared-read-buffer.ts'
import type { SlicedWork, TurnScheduler } from './turn-scheduler.ts'

/** Replies of a long pipeline leave whenever so many bytes have come together. */
const OUTPUT_SLICE = 64 * 1024
/** The clock is read after so many commands; each should take a microsecond or two. */
const COMMANDS_PER_CLOCK = 16
/** While a client can't be served, so many bytes are read ahead; the rest waits in the kernel, and so with the client. */
const READ_AHEAD = 64 * 1024

// Why a client can't be served right now, as bits.
const SUSPENDED = 1
const HELD = 2
const DRAINING = 4
const CLOSING = 8

/** What a connection needs around it. */
export interface ConnectionSurroundings {
  readonly node: Node
  readonly store: Store
  readonly dispatcher: Dispatcher
  readonly scheduler: TurnScheduler
  readonly gate: JournalGate
  /** Called once, when the connection is gone. */
  readonly onClose: (connection: ClientConnection) => void
}

/**
 * One Redis client: takes its requests in order, and its replies leave in that order, once for all the requests of a
 * read. It is not served while its replies are not taken, while they wait for the disk, or while a command of its own
 * waits; then its socket is not read either.
 */
export class ClientConnection implements Client, SlicedWork, HeldReplies {
  readonly id: number
  readonly address: string
  readonly localAddress: string
  readonly createdAt = Date.now()
  name = ''
  libraryName = ''
  libraryVersion = ''
  lastCommand = 'NULL'
  lastWriteOffset = 0
  heldUntil = 0
  /** Unix ms of the last bytes from the client. */
  lastActiveAt = this.createdAt
  readonly #socket: Socket
  readonly #around: ConnectionSurroundings
  readonly #parser: RequestParser
  readonly #reply: ReplyWriter
  readonly #context: ClientContext
  #blocks = 0
  /** All that came has been carried out, but for the beginning of a request. */
  #needsInput = true
  #isReading = true
  #hasInputEnded = false
  #isAuthenticated: boolean
  #suspension: AbortController | null = null

  /** @param accepted the socket of the client, which nobody else uses from now on */
  constructor(accepted: Socket, id: number, around: ConnectionSurroundings) {
    const { node } = around
    const socket = readIntoSharedBuffer(accepted, this.receive)
    this.#socket = socket
    this.#around = around
    this.id = id
    this.address = `${socket.remoteAddress}:${socket.remotePort}`
    this.localAddress = `${socket.localAddress}:${socket.localPort}`
    const { values } = node.configuration
    this.#parser = new RequestParser({
      get maximumBulkLength() {
        return values.protoMaxBulkLen
      },
      get maximumQueryBuffer() {
        return values.clientQueryBufferLimit
      },
    })
    this.#isAuthenticated = !node.isPasswordRequired
    this.#parser.isUnauthenticated = !this.#isAuthenticated
    this.#reply = new ReplyWriter(node.statistics.countError)
    this.#context = { client: this, node }
    // A connection that breaks is closed by Node itself; 'close' tells.
    socket.on('error', ignoreError)
    socket.on('drain', this.#onDrain)
    socket.on('end', this.#onEnd)
    socket.on('close', this.#onClose)
  }

  get isAuthenticated(): boolean {
    return this.#isAuthenticated
  }

  set isAuthenticated(value: boolean) {
    this.#isAuthenticated = value
    this.#parser.isUnauthenticated = !value
  }

  get respVersion(): RespVersion {
    return this.#reply.version
  }

  set respVersion(version: RespVersion) {
    this.#reply.version = version
  }

  get isSuspended(): boolean {
    return (this.#blocks & SUSPENDED) !== 0
  }

  /** Takes bytes[0, length) from the socket; they may be written to when it returns. */
  readonly receive = (bytes: Buffer, length: number): void => {
    const { statistics } = this.#around.node
    statistics.inputBytes += length
    statistics.readsProcessed++
    this.lastActiveAt = Date.now()
    if ((this.#blocks & CLOSING) !== 0) return
    try {
      this.#parser.feed(bytes, length)
    } catch (error) {
      this.#fail(error)
      return
    }
    this.#needsInput = false
    if (this.#blocks === 0) this.#around.scheduler.run(this)
    this.#parser.keep()
    if (!this.#needsInput && this.#isReading && this.#parser.bufferedLength > READ_AHEAD) {
      this.#isReading = false
      this.#socket.pause()
    }
  }

  runSlice(deadline: number): boolean {
    const { output } = this.#reply
    let untilClock = COMMANDS_PER_CLOCK
    try {
      while (this.#blocks === 0) {
        if (!this.#parser.next()) {
          this.#awaitInput()
          break
        }
        this.#carryOut()
        if (output.size >= OUTPUT_SLICE) this.#flush()
        if (--untilClock === 0) {
          untilClock = COMMANDS_PER_CLOCK
          if (performance.now() >= deadline || this.#around.gate.isPressed()) {
            return this.#blocks === 0
          }
        }
      }
    } catch (error) {
      this.#fail(error)
    }
    return false
  }

  finishTurn(): void {
    this.#flush()
  }

  closeAfterReply(): void {
    this.#blocks |= CLOSING
  }

  suspend(work: (signal: AbortSignal) => Promise<void>): void {
    const suspension = new AbortController()
    this.#suspension = suspension
    this.#blocks |= SUSPENDED
    // Begins in a later turn, when the replies before this one are on their way.
    setImmediate(() => {
      if (suspension.signal.aborted) return
      work(suspension.signal)
        .catch((error: unknown) => this.#fail(error))
        .finally(() => {
          this.#suspension = null
          this.#blocks &= ~SUSPENDED
          this.#flush()
          this.#goOn()
        })
    })
  }

  releaseReplies(mustAskAgain: boolean): void {
    this.#blocks &= ~HELD
    if (mustAskAgain) this.#flush()
    else this.#send()
    this.#goOn()
  }

  /** Closes at once, whatever waits. */
  destroy(): void {
    this.#socket.destroy()
  }

  /** Closes when what has been answered so far may leave and has left: the server ends. */
  end(): void {
    this.#blocks |= CLOSING
    this.#flush()
  }

  describe(): string {
    const now = Date.now()
    const { output, version } = this.#reply
    const queued = output.size + this.#socket.writableLength
    const flags = this.isSuspended ? 'b' : 'N'
    return (
      `id=${this.id} addr=${this.address} laddr=${this.localAddress} fd=-1 name=${this.name}` +
      ` age=${Math.floor((now - this.createdAt) / 1000)} idle=${Math.floor((now - this.lastActiveAt) / 1000)}` +
      ` flags=${flags} db=0 sub=0 psub=0 ssub=0 multi=-1 qbuf=${this.#parser.bufferedLength}` +
      ` qbuf-free=${Math.max(0, this.#parser.capacity - this.#parser.bufferedLength)} argv-mem=0 multi-mem=0` +
      ` rbs=${output.bytes.length} rbp=0 obl=${output.size} oll=0 omem=${queued}` +
      ` tot-mem=${this.#parser.capacity + output.bytes.length + queued} events=${this.#isReading ? 'r' : ''}` +
      ` cmd=${this.lastCommand} user=default redir=-1 resp=${version}` +
      ` lib-name=${this.libraryName} lib-ver=${this.libraryVersion}`
    )
  }

  #carryOut(): void {
    const { store, dispatcher } = this.#around
    const offsetBefore = store.offset
    dispatcher.dispatch(this.#context, this.#parser.args, this.#reply)
    const offset = store.offset
    if (offset !== offsetBefore) this.lastWriteOffset = offset
    if (this.#reply.output.hasOverflowed) {
      this.#around.node.logger.warn({ client: this.describe() }, 'closed: the reply is longer than the output limit')
      this.destroy()
      this.#blocks |= CLOSING
    }
  }

  #awaitInput(): void {
    this.#needsInput = true
    if (this.#hasInputEnded) this.closeAfterReply()
    else if (!this.#isReading) {
      this.#isReading = true
      this.#socket.resume()
    }
  }

  /** Goes on with what waits to be carried out. */
  #goOn(): void {
    if (this.#blocks === 0 && !this.#needsInput) this.#around.scheduler.run(this)
  }

  /** Sends the replies, or has them wait for the disk where they must. */
  #flush(): void {
    if (this.#socket.destroyed) return
    if (this.#reply.output.size === 0 && (this.#blocks & CLOSING) === 0) return
    if ((this.#blocks & HELD) !== 0) return
    const { gate } = this.#around
    const offset = gate.offsetToAwait(this.lastWriteOffset)
    if (offset === 0) {
      this.#send()
      return
    }
    this.heldUntil = offset
    this.#blocks |= HELD
    gate.hold(this)
  }

  #send(): void {
    const socket = this.#socket
    const { output } = this.#reply
    if (output.size > 0) {
      const { statistics } = this.#around.node
      statistics.outputBytes += output.size
      statistics.writesProcessed++
      const isLong = output.size > output.length
      if (isLong) socket.cork()
      output.drainTo(this.#write)
      if (isLong) socket.uncork()
    }
    if ((this.#blocks & CLOSING) !== 0) socket.destroySoon()
    else if (socket.writableNeedDrain) this.#blocks |= DRAINING
  }

  readonly #write = (piece: Buffer): boolean => {
    if (!this.#socket.writable) return true
    this.#socket.write(piece)
    // Nothing waits: the kernel has it all, and the memory may be used again.
    return this.#socket.writableLength === 0
  }

  readonly #onDrain = (): void => {
    this.#blocks &= ~DRAINING
    this.#goOn()
  }

  readonly #onEnd = (): void => {
    this.#hasInputEnded = true
    // Nobody waits for the answer of a command that takes its time.
    if (this.isSuspended) this.destroy()
    else if (this.#needsInput) {
      this.closeAfterReply()
      this.#flush()
    }
  }

  readonly #onClose = (): void => {
    this.#blocks |= CLOSING
    this.#suspension?.abort()
    this.#around.gate.forget(this)
    this.#reply.output.clear()
    this.#around.onClose(this)
  }

  /** A broken protocol is answered; anything else is a fault of ours, and the client can't be told more than that. */
  #fail(error: unknown): void {
    const { logger } = this.#around.node
    this.closeAfterReply()
    if (error instanceof RespProtocolError) {
      logger.info({ client: this.address, code: error.code }, `closed: protocol error: ${error.message}`)
      if (error.replyText === null) this.destroy()
      else this.#reply.error(error.replyText)
    } else {
      logger.error({ client: this.address, err: error }, 'closed: a command failed in a way that it should not')
      this.destroy()
    }
    this.#flush()
  }
}

function ignoreError(): void {}
