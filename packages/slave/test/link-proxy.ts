import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** A TCP proxy before a master, that tests make misbehave. */
export class LinkProxy implements AsyncDisposable {
  readonly port: number
  /** Connections that have been opened, in order; false once they are closed. */
  readonly connections: { readonly slave: Socket; readonly master: Socket }[] = []
  /** Bytes of the master that pass on each connection before it is cut; by the number of the connection. */
  cutAfter: (connection: number) => number = () => Number.POSITIVE_INFINITY
  /** Changes the master's bytes; by the number of the connection. */
  tamper: ((connection: number, chunk: Buffer) => Buffer) | null = null
  private readonly server: Server
  private target: number

  private constructor(server: Server, port: number, target: number) {
    this.server = server
    this.port = port
    this.target = target
    server.on('connection', (socket) => this.accept(socket))
  }

  static async open(target: number): Promise<LinkProxy> {
    const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    return new LinkProxy(server, address.port, target)
  }

  /** Where connections go from now on. */
  retarget(port: number): void {
    this.target = port
  }

  /** Breaks all connections, as a cable that is pulled and noticed. */
  cut(): void {
    for (const { slave, master } of this.connections) {
      slave.destroy()
      master.destroy()
    }
  }

  private accept(slave: Socket): void {
    const number = this.connections.length
    const master = connect(this.target, '127.0.0.1')
    this.connections.push({ slave, master })
    let left = this.cutAfter(number)
    const cut = () => {
      slave.destroy()
      master.destroy()
    }
    for (const socket of [slave, master]) {
      socket.on('error', cut)
      socket.on('close', cut)
    }
    slave.pipe(master)
    master.on('data', (chunk) => {
      const piece = this.tamper?.(number, chunk) ?? chunk
      if (piece.length >= left) {
        slave.write(piece.subarray(0, left), cut)
        left = 0
        return
      }
      left -= piece.length
      if (!slave.write(piece)) master.pause()
    })
    slave.on('drain', () => master.resume())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.server.close(resolve))
  }
}
