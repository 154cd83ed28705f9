import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** Stands between a slave and its master: counts what the master sends, and can cut the connections. */
export class CuttingProxy implements Disposable {
  /** Bytes from the master. */
  bytes = 0
  #cutAt = Number.POSITIVE_INFINITY
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #isBlocked = false
  #onCut: () => void = () => undefined

  private constructor(masterPort: number) {
    this.#server = createServer((slave) => {
      if (this.#isBlocked) {
        slave.destroy()
        return
      }
      const master = connect(masterPort, '127.0.0.1')
      for (const [from, to] of [
        [slave, master],
        [master, slave],
      ] as const) {
        this.#sockets.add(from)
        from
          .on('error', () => undefined)
          .on('close', () => {
            this.#sockets.delete(from)
            to.destroy()
          })
      }
      slave.pipe(master)
      master.on('data', (chunk: Buffer) => {
        this.bytes += chunk.length
        if (!slave.write(chunk)) {
          master.pause()
          slave.once('drain', () => master.resume())
        }
        if (this.bytes >= this.#cutAt) {
          this.#cutAt = Number.POSITIVE_INFINITY
          this.cut()
          this.#onCut()
        }
      })
    })
  }

  static async open(masterPort: number): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(masterPort)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Cuts every connection once, after so many more bytes; resolves when that is done. */
  cutAfter(bytes: number): Promise<void> {
    this.#cutAt = this.bytes + bytes
    return new Promise((resolve) => {
      this.#onCut = resolve
    })
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** While it is blocked nobody gets through. */
  set isBlocked(isBlocked: boolean) {
    this.#isBlocked = isBlocked
    if (isBlocked) this.cut()
  }

  [Symbol.dispose](): void {
    this.cut()
    this.#server.close()
  }
}
