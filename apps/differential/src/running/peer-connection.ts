import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { replyEnd } from '../comparing/reply.ts'
import type { CommandWords } from '../generating/step.ts'

/** How long a server may take for its next reply, in ms. */
const PATIENCE = 20_000

/** What stands for the replies that never came; no reply looks like it. */
export const NO_REPLY = '(no reply)'
/** And where the server has closed the connection. */
export const CONNECTION_CLOSED = '(connection closed)'

/** A connection that sends commands as they are and gives the replies as they came, in latin1. */
export class PeerConnection implements Disposable {
  readonly #socket: Socket
  #received = ''
  #end: string | null = null
  #onChange: () => void = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      this.#received += text
      this.#onChange()
    })
    // 'close' follows.
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#end ??= CONNECTION_CLOSED
      this.#onChange()
    })
  }

  /** @throws Error of connect(2) */
  static async open(port: number): Promise<PeerConnection> {
    const socket = createConnection(port, '127.0.0.1')
    await once(socket, 'connect')
    return new PeerConnection(socket)
  }

  /** Sends all of them at once, and gives a reply to each. */
  async exchange(commands: readonly CommandWords[]): Promise<string[]> {
    if (commands.length === 0) return []
    if (this.#end === null) this.#socket.write(Buffer.from(commands.map(encode).join(''), 'latin1'))
    return this.take(commands.length)
  }

  /** Sends without waiting. */
  send(commands: readonly CommandWords[]): void {
    this.#socket.write(Buffer.from(commands.map(encode).join(''), 'latin1'))
  }

  /** The next so many replies. */
  async take(count: number): Promise<string[]> {
    const replies: string[] = []
    let start = 0
    while (replies.length < count) {
      const end = this.#received.length > start ? replyEnd(this.#received, start) : -1
      if (end >= 0) {
        replies.push(this.#received.slice(start, end))
        start = end
        continue
      }
      this.#received = this.#received.slice(start)
      start = 0
      if (this.#end !== null) return [...replies, ...Array<string>(count - replies.length).fill(this.#end)]
      await this.#nextChange()
    }
    this.#received = this.#received.slice(start)
    return replies
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }

  async #nextChange(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#onChange = resolve
    const timer = setTimeout(() => {
      this.#end ??= NO_REPLY
      resolve()
    }, PATIENCE)
    await promise
    clearTimeout(timer)
  }
}

function encode(words: CommandWords): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`
}
