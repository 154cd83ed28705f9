import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A connection on which a test sends and reads bytes as they are. */
export class RawClient implements Disposable {
  readonly socket: Socket
  received = ''
  #isOver = false
  #onChange: () => void = () => {}

  private constructor(socket: Socket) {
    this.socket = socket
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      this.received += text
      this.#onChange()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#isOver = true
      this.#onChange()
    })
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new RawClient(socket)
  }

  /** Sends, and returns all that comes until the server closes. */
  static async exchange(port: number, text: string): Promise<string> {
    using client = await RawClient.connect(port)
    client.send(text)
    await client.closed()
    return client.received
  }

  send(text: string | Buffer): void {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text)
  }

  /** Waits until what has been received is it, and takes it away. */
  async take(isIt: (received: string) => boolean): Promise<string> {
    while (!isIt(this.received)) {
      if (this.#isOver) throw new Error(`the connection ended after ${JSON.stringify(this.received.slice(0, 300))}`)
      await new Promise<void>((resolve) => {
        this.#onChange = resolve
      })
    }
    const taken = this.received
    this.received = ''
    return taken
  }

  /** Sends one command and waits for one line of an answer. */
  async line(text: string): Promise<string> {
    this.send(`${text}\r\n`)
    return (await this.take((received) => received.includes('\r\n'))).trimEnd()
  }

  async closed(): Promise<void> {
    while (!this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#onChange = resolve
      })
    }
  }

  [Symbol.dispose](): void {
    this.socket.destroy()
  }
}

/** Words as a RESP request. */
export function request(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word, 'latin1')}\r\n${word}\r\n`).join('')}`
}
