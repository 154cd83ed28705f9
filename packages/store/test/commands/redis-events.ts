import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { elementsOf, splitReplies } from './family-differential.ts'
import type { RedisPeer } from './redis-peer.ts'

const END_CHANNEL = 'end-of-events'

/** The keyspace events of a redis-server, in the order in which they come. */
export class RedisEvents implements Disposable {
  readonly #peer: RedisPeer
  readonly #socket: Socket
  #received = ''

  static async subscribe(peer: RedisPeer): Promise<RedisEvents> {
    const socket = createConnection(peer.path)
    await once(socket, 'connect')
    const events = new RedisEvents(peer, socket)
    socket.write(`PSUBSCRIBE __keyevent@*\r\nSUBSCRIBE ${END_CHANNEL}\r\n`)
    // What is published on the other connection before this one has subscribed is lost: `take` would wait for ever.
    while (!events.#received.endsWith(`$${END_CHANNEL.length}\r\n${END_CHANNEL}\r\n:2\r\n`)) await once(socket, 'data')
    await events.take()
    return events
  }

  private constructor(peer: RedisPeer, socket: Socket) {
    this.#peer = peer
    this.#socket = socket
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      this.#received += text
    })
  }

  /** All events so far, each as `database event key`, and forgets them. */
  async take(): Promise<string[]> {
    const mark = `${Math.random()}`
    const end = `$${END_CHANNEL.length}\r\n${END_CHANNEL}\r\n$${mark.length}\r\n${mark}\r\n`
    await this.#peer.call('PUBLISH', END_CHANNEL, mark)
    while (!this.#received.endsWith(end)) await once(this.#socket, 'data')
    const messages = splitReplies(this.#received)
    this.#received = ''
    return messages.flatMap((message) => {
      const [, , channel, key] = elementsOf(message).map((text) => text.slice(text.indexOf('\r\n') + 2, -2))
      const match = /^__keyevent@(\d+)__:(.*)$/.exec(channel ?? '')
      return match === null || key === undefined ? [] : [`${match[1]} ${match[2]} ${key}`]
    })
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }
}
