import type { Socket } from 'node:net'
import type { CommandArguments, Reply } from '@repl/store'
import type { GreetingContext } from '../connection/client-context.ts'
import { ReplyWriter, type RespVersion } from '../resp/reply-writer.ts'
import { type RequestLimits, RequestParser } from '../resp/request-parser.ts'
import { RespProtocolError } from '../resp/resp-protocol-error.ts'

/** So many bytes of a request that is not whole are kept before the data is loaded; the rest waits with the client. */
const READ_AHEAD = 1024 * 1024

/** What a client has said of itself before the data was loaded. */
export type Greeting = Pick<GreetingContext['client'], 'database' | 'isAuthenticated' | 'name' | 'respVersion'>

/** A client that has come while the data is being loaded. */
export class LoadingClient {
  readonly id: number
  name = ''
  database = 0
  isAuthenticated: boolean
  readonly #socket: Socket
  readonly #limits: RequestLimits
  readonly #reply = new ReplyWriter(() => undefined)
  readonly #answer: (client: LoadingClient, args: CommandArguments, reply: Reply) => void
  /** The beginning of a request. */
  #rest: Buffer = Buffer.alloc(0)
  #isClosing = false

  /** @param answer answers one request, here and now */
  constructor(
    socket: Socket,
    id: number,
    isAuthenticated: boolean,
    limits: RequestLimits,
    answer: (client: LoadingClient, args: CommandArguments, reply: Reply) => void,
  ) {
    this.#socket = socket
    this.id = id
    this.isAuthenticated = isAuthenticated
    this.#limits = limits
    this.#answer = answer
    socket.on('data', this.receive)
    socket.on('drain', this.#goOn)
    socket.on('end', this.#end)
  }

  get respVersion(): RespVersion {
    return this.#reply.version
  }

  set respVersion(version: RespVersion) {
    this.#reply.version = version
  }

  closeAfterReply(): void {
    this.#isClosing = true
  }

  readonly receive = (bytes: Buffer): void => {
    const waiting = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    const parser = new RequestParser(this.#limits)
    parser.isUnauthenticated = !this.isAuthenticated
    try {
      parser.feed(waiting)
      while (!this.#isClosing && parser.next()) {
        this.#answer(this, parser.args, this.#reply)
        parser.isUnauthenticated = !this.isAuthenticated
      }
    } catch (error) {
      if (!(error instanceof RespProtocolError)) throw error
      if (error.replyText !== null) this.#reply.error(error.replyText)
      this.closeAfterReply()
    }
    this.#rest = Buffer.from(waiting.subarray(waiting.length - parser.bufferedLength))
    this.#send()
    if (this.#rest.length > READ_AHEAD) this.#socket.pause()
  }

  /** Gives the connection to whoever serves it from now on, with what it has sent of its next request. */
  handOver(take: (socket: Socket, rest: Buffer, greeting: Greeting) => void): void {
    const socket = this.#socket
    socket.off('data', this.receive)
    socket.off('drain', this.#goOn)
    socket.off('end', this.#end)
    if (!socket.destroyed && !this.#isClosing) take(socket, this.#rest, this)
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #send(): void {
    this.#reply.output.drainTo((piece) => {
      // The memory belongs to the replies of all connections.
      this.#socket.write(Buffer.from(piece))
      return true
    })
    if (this.#isClosing) this.#socket.destroySoon()
    else if (this.#socket.writableNeedDrain) this.#socket.pause()
  }

  readonly #goOn = (): void => {
    if (this.#rest.length <= READ_AHEAD) this.#socket.resume()
  }

  readonly #end = (): void => {
    this.#socket.end()
  }
}
