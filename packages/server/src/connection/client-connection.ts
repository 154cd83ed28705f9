import type { Socket } from 'node:net'
import type { CommandArguments, Reply, Store, Watch } from '@repl/store'
import type { Dispatcher } from '../dispatch/dispatcher.ts'
import { ReplyWriter, type RespVersion } from '../resp/reply-writer.ts'
import { RequestParser } from '../resp/request-parser.ts'
import { RespProtocolError } from '../resp/resp-protocol-error.ts'
import { SilentReply } from '../resp/silent-reply.ts'
import type { Transaction } from '../transactions/transaction.ts'
import type { Client, ClientContext, Node, ReplyMode } from './client-context.ts'
import { describeClient } from './client-description.ts'
import { ClientTransactions } from './client-transactions.ts'
import type { HeldReplies, JournalGate } from './journal-gate.ts'
import { OutputWatch } from './output-limits.ts'
import { readIntoSharedBuffer } from './shared-read-buffer.ts'
import { Suspension } from './suspension.ts'
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
const WAITING = 16
const PAUSED = 32

/** A client that is to be closed, and does not take what is left for it, gets no more time than this, in ms. */
const CLOSING_TIME = 10_000

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
  database = 0
  isNoEvict = false
  isNoTouch = false
  isOrdinary = true
  readonly channels = new Set<string>()
  readonly patterns = new Set<string>()
  readonly shardChannels = new Set<string>()
  readonly #socket: Socket
  readonly #around: ConnectionSurroundings
  readonly #parser: RequestParser
  readonly #reply: ReplyWriter
  readonly #silentReply: SilentReply
  readonly #outputWatch = new OutputWatch()
  readonly #context: ClientContext
  #blocks = 0
  /** All that came has been carried out, but for the beginning of a request. */
  #needsInput = true
  #isReading = true
  #hasInputEnded = false
  #isAuthenticated: boolean
  #suspension: Suspension | null = null
  #replyMode: ReplyMode = 'on'
  /** The reply of the command that comes next is skipped. */
  #skipsNext = false
  readonly #transactions: ClientTransactions
  /** A command that was taken before a pause, to be carried out after it. */
  #postponed: CommandArguments | null = null
  #isFinishing = false
  #closingSince = 0

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
    this.#silentReply = new SilentReply(node.statistics.countError)
    this.#transactions = new ClientTransactions(around.store)
    this.updateState()
    this.#context = { client: this, node }
    // A connection that breaks is closed by Node itself; 'close' tells.
    socket.on('error', ignoreError)
    socket.setKeepAlive(values.tcpKeepalive > 0, values.tcpKeepalive * 1000)
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
    this.updateState()
  }

  get respVersion(): RespVersion {
    return this.#reply.version
  }

  set respVersion(version: RespVersion) {
    this.#reply.version = version
  }

  get isSuspended(): boolean {
    return (this.#blocks & (SUSPENDED | WAITING | PAUSED)) !== 0
  }

  get isClosing(): boolean {
    return (this.#blocks & CLOSING) !== 0
  }

  get reply(): Reply {
    return this.#reply
  }

  get transaction(): Transaction | null {
    return this.#transactions.queued
  }

  get isInTransaction(): boolean {
    return this.#transactions.isCarryingOut
  }

  get watch(): Watch {
    return this.#transactions.watch
  }

  get replyMode(): ReplyMode {
    return this.#replyMode
  }

  set replyMode(mode: ReplyMode) {
    if (mode === 'skip') {
      if (this.#replyMode === 'on') this.#skipsNext = true
    } else this.#replyMode = mode
    this.updateState()
  }

  get isSubscribed(): boolean {
    return this.channels.size > 0 || this.patterns.size > 0 || this.shardChannels.size > 0
  }

  updateState(): void {
    this.isOrdinary = this.#isAuthenticated && this.#transactions.queued === null && !this.isSubscribed
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
    this.#around.node.slowLog.startClock()
    try {
      while (this.#blocks === 0) {
        const postponed = this.#postponed
        if (postponed === null && !this.#parser.next()) {
          this.#awaitInput()
          break
        }
        this.#postponed = null
        this.#carryOut(postponed ?? this.#parser.args)
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
    this.#isFinishing = false
    this.#flush()
  }

  closeAfterReply(): void {
    this.#blocks |= CLOSING
    if (this.#closingSince === 0) this.#closingSince = Date.now()
  }

  suspend(work: (signal: AbortSignal) => Promise<void>, onUnblock?: (error: string | null) => void): void {
    if (this.isInTransaction) throw new Error(`${this.lastCommand} can't wait in a transaction`)
    const suspension = new Suspension(onUnblock ?? null)
    this.#suspension = suspension
    this.#blocks |= SUSPENDED
    suspension.begin(work, this.#fail, () => this.#endSuspension(suspension))
  }

  #endSuspension(suspension: Suspension): void {
    if (this.#suspension !== suspension) return
    this.#suspension = null
    this.#blocks &= ~SUSPENDED
    this.#flush()
    this.#goOn()
  }

  unblock(error: string | null): boolean {
    if (this.#around.store.waitingClients.release(this, error)) return true
    const suspension = this.#suspension
    if (suspension === null || !suspension.unblock(error)) return false
    this.#endSuspension(suspension)
    return true
  }

  onWaiting(): void {
    this.#blocks |= WAITING
  }

  onAnswered(): void {
    this.lastWriteOffset = this.#around.store.offset
    this.#blocks &= ~WAITING
    this.#finishSoon()
    // Not now: another client's command is being carried out.
    setImmediate(() => this.#goOn())
  }

  postpone(args: CommandArguments): void {
    this.#postponed = args.clone()
    this.#blocks |= PAUSED
    this.#needsInput = false
    this.#around.node.pause.wait(this)
  }

  onPauseEnded(): void {
    this.#blocks &= ~PAUSED
    this.#goOn()
  }

  beginTransaction(): void {
    this.#transactions.begin()
    this.updateState()
  }

  endTransaction(): void {
    this.#transactions.end()
    this.updateState()
  }

  unwatch(): void {
    this.#transactions.unwatch()
  }

  carryOutTransaction(action: () => void): void {
    this.#transactions.carryOut(action, (write) => this.deliver(write))
  }

  deliver(write: (reply: Reply) => void): void {
    if (this.isInTransaction) {
      this.#transactions.defer(write)
      return
    }
    if (this.isClosing || this.#socket.destroyed || (this.#replyMode === 'off' && this.respVersion === 2)) return
    write(this.#reply)
    this.#finishSoon()
    this.checkOutput()
  }

  #finishSoon(): void {
    if (this.#isFinishing) return
    this.#isFinishing = true
    this.#around.scheduler.finishSoon(this)
  }

  /** Closes the connection where the client has let more pile up than it may, or does not let itself be closed. */
  checkOutput(): void {
    const { node } = this.#around
    const isFed = this.isSubscribed || node.monitors.has(this)
    const limit = node.configuration.values.clientOutputBufferLimit[isFed ? 'pubsub' : 'normal']
    const size = this.#reply.output.size + this.#socket.writableLength
    if (this.#closingSince !== 0 && Date.now() - this.#closingSince > CLOSING_TIME) this.destroy()
    else if (this.#reply.output.hasOverflowed || this.#outputWatch.isOver(size, limit)) {
      node.logger.warn({ client: this.describe() }, 'closed: it has let more pile up than the output buffer limit')
      this.closeAfterReply()
      this.destroy()
    }
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
    this.closeAfterReply()
    this.#flush()
  }

  describe(): string {
    const { output } = this.#reply
    return describeClient(this, {
      lastActiveAt: this.lastActiveAt,
      isMonitor: this.#around.node.monitors.has(this),
      isClosing: this.isClosing,
      isReading: this.#isReading,
      requestBytes: this.#parser.bufferedLength,
      requestCapacity: this.#parser.capacity,
      outputBytes: output.size,
      outputCapacity: output.bytes.length,
      queuedBytes: output.size + this.#socket.writableLength,
    })
  }

  #carryOut(args: CommandArguments): void {
    const { store, dispatcher } = this.#around
    const offsetBefore = store.offset
    if (this.#replyMode === 'on' && !this.#skipsNext) dispatcher.dispatch(this.#context, args, this.#reply)
    else this.#carryOutSilently(args)
    const offset = store.offset
    if (offset !== offsetBefore) this.lastWriteOffset = offset
    if (this.#reply.output.size >= OUTPUT_SLICE || this.#reply.output.hasOverflowed) this.checkOutput()
  }

  #carryOutSilently(args: CommandArguments): void {
    const isSkipped = this.#skipsNext
    // Before the command, which may ask for the next one to be skipped as well.
    this.#skipsNext = false
    this.#around.dispatcher.dispatch(this.#context, args, this.#silentReply)
    if (isSkipped && (this.#blocks & PAUSED) !== 0) this.#skipsNext = true
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
    // Not taken yet, what was sent before: this waits here, where the output limits see it.
    if ((this.#blocks & DRAINING) !== 0 && !this.isClosing) return
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
    this.#flush()
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
    const { gate, store, node } = this.#around
    gate.forget(this)
    store.waitingClients.remove(this)
    this.#transactions.forget()
    node.pause.forget(this)
    node.channels.remove(this)
    node.monitors.remove(this)
    this.#reply.output.clear()
    this.#around.onClose(this)
  }

  /** A broken protocol is answered; anything else is a fault of ours, and the client can't be told more than that. */
  readonly #fail = (error: unknown): void => {
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
