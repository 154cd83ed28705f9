import { type AddressInfo, createServer, type Server as NetServer, type Socket } from 'node:net'
import { isFrameStart } from '@repl/protocol'

/** Connections that the kernel keeps for us while we are busy, as in Redis. */
const BACKLOG = 511

/** A port could not be listened on. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
  /** The system's code: EADDRINUSE, EACCES, EADDRNOTAVAIL, … */
  readonly code: string

  constructor(host: string, port: number, cause: NodeJS.ErrnoException) {
    const why =
      cause.code === 'EADDRINUSE'
        ? 'another program listens there already'
        : cause.code === 'EACCES'
          ? 'this user may not'
          : cause.message
    super(`can't listen on ${host}:${port}: ${why}`, { cause })
    this.code = cause.code ?? 'UNKNOWN'
  }
}

/** Where to listen, and who gets what comes in. */
export interface ListenerOptions {
  readonly hosts: readonly string[]
  readonly port: number
  /** In ms; 0 for never. */
  readonly keepAlive: number
  /** In ms, for connections that have not said yet what they are; 0 for ever. */
  readonly idleTimeout: () => number
  /** A connection was accepted: whether it is one too many. It is then refused as Redis does. */
  readonly isFull: (undecided: number) => boolean
  /** A Redis client, with the first bytes that it sent. */
  readonly onClient: (socket: Socket, first: Buffer) => void
  /** A slave; what it sent is to be read from the socket. */
  readonly onSlave: (socket: Socket) => void
}

/** Listens for Redis clients and slaves on one port, and tells them apart by the first byte that they send. */
export class Listener implements Disposable {
  readonly #options: ListenerOptions
  readonly #servers: NetServer[] = []
  readonly #undecided = new Set<Socket>()
  #port: number

  private constructor(options: ListenerOptions) {
    this.#options = options
    this.#port = options.port
  }

  /** @throws ListenError */
  static async open(options: ListenerOptions): Promise<Listener> {
    const listener = new Listener(options)
    try {
      for (const host of options.hosts) {
        // As in redis.conf: `-::1` is an address that this machine may lack.
        if (host.startsWith('-')) await listener.#listen(host.slice(1)).catch(ignoreError)
        else await listener.#listen(host)
      }
    } catch (error) {
      listener[Symbol.dispose]()
      throw error
    }
    return listener
  }

  /** The port; the one that the system chose where 0 was asked for. */
  get port(): number {
    return this.#port
  }

  /** Takes no more connections, and closes those that have not said what they are. */
  [Symbol.dispose](): void {
    for (const socket of this.#undecided) socket.destroy()
    // Takes no more from now on; the event `close` comes after the last connection, and those are others' to close.
    for (const server of this.#servers) server.close()
  }

  async #listen(host: string): Promise<void> {
    const server = createServer(
      {
        allowHalfOpen: true,
        noDelay: true,
        keepAlive: this.#options.keepAlive > 0,
        keepAliveInitialDelay: this.#options.keepAlive,
      },
      this.#accept,
    )
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(new ListenError(host, this.#port, error)))
      server.listen({ host, port: this.#port, backlog: BACKLOG }, resolve)
    })
    this.#servers.push(server)
    // The second address gets the port that the system chose for the first.
    this.#port = (server.address() as AddressInfo).port
  }

  readonly #accept = (socket: Socket): void => {
    // A connection that breaks is closed by Node itself, and 'close' is what its owner listens to.
    socket.on('error', ignoreError)
    if (this.#options.isFull(this.#undecided.size)) {
      socket.write('-ERR max number of clients reached\r\n')
      socket.destroySoon()
      return
    }
    this.#undecided.add(socket)
    socket.setTimeout(this.#options.idleTimeout())
    const forget = (): void => {
      socket.setTimeout(0)
      socket.off('timeout', end)
      this.#undecided.delete(socket)
      socket.off('data', decide)
      socket.off('end', end)
      socket.off('close', forget)
    }
    const decide = (first: Buffer): void => {
      forget()
      if (!isFrameStart(first[0]!)) {
        this.#options.onClient(socket, first)
        return
      }
      socket.allowHalfOpen = false
      socket.pause()
      socket.unshift(first)
      this.#options.onSlave(socket)
    }
    const end = (): void => {
      socket.destroy()
    }
    socket.on('data', decide)
    socket.on('end', end)
    socket.on('timeout', end)
    socket.on('close', forget)
  }
}

function ignoreError(): void {}
