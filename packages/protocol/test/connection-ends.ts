import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { acceptLink, connectLink } from '../src/connection/connections.ts'
import type { MessageConnection } from '../src/connection/message-connection.ts'
import type { MasterMessage, SlaveMessage } from '../src/messages/message-types.ts'

/** One end of a connection with all that it reported. */
export class End<Out, In> {
  readonly messages: In[] = []
  readonly closes: (Error | null)[] = []
  readonly closed: Promise<Error | null>
  connection!: MessageConnection<Out, In>
  onMessage: (message: In) => void | Promise<void> = () => {}
  #reportClosed!: (error: Error | null) => void
  #waiters: { count: number; resolve: () => void }[] = []

  constructor() {
    this.closed = new Promise((resolve) => {
      this.#reportClosed = resolve
    })
  }

  readonly handlers = {
    onMessage: (message: In) => {
      this.messages.push(message)
      for (const waiter of this.#waiters) if (this.messages.length >= waiter.count) waiter.resolve()
      return this.onMessage(message)
    },
    onClose: (error: Error | null) => {
      this.closes.push(error)
      this.#reportClosed(error)
    },
  }

  received(count: number): Promise<void> {
    if (this.messages.length >= count) return Promise.resolve()
    return new Promise((resolve) => this.#waiters.push({ count, resolve }))
  }
}

/** The master's end of a link. */
export function masterEnd(
  stream: Duplex,
  options: { maxPendingBytes?: number } = {},
): End<MasterMessage, SlaveMessage> {
  const end = new End<MasterMessage, SlaveMessage>()
  end.connection = acceptLink(stream, { ...end.handlers, ...options })
  return end
}

/** The slave's end of a link. */
export function slaveEnd(stream: Duplex, options: { maxFrameLength?: number } = {}): End<SlaveMessage, MasterMessage> {
  const end = new End<SlaveMessage, MasterMessage>()
  end.connection = connectLink(stream, { ...end.handlers, ...options })
  return end
}

/** Both ends of a TCP connection: the slave's, the master's. */
export async function socketPair(): Promise<[Socket, Socket]> {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const client = connect(address.port, '127.0.0.1')
  const [accepted] = await once(server, 'connection')
  server.close()
  return [client, accepted]
}

export const heartbeat = (offset: number): MasterMessage => ({ type: 'heartbeat', offset })
export const acknowledgement: SlaveMessage = {
  type: 'acknowledgement',
  receivedOffset: 3,
  appliedOffset: 2,
  durableOffset: 1,
}

/** Lets all that is under way in this process happen. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await nextTurn()
}
