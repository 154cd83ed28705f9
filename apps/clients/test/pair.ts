import { connectClient, disconnectClient, findFreePorts, replServerPath, Workplace, waitUntil } from '@repl/harness'
import type { Redis } from 'ioredis'

/** How long the slave may take, in ms: far more than it takes on a loaded machine. */
const PATIENCE = 30_000

/** A master, and a slave that follows it, for a library to be used on. */
export class Pair implements AsyncDisposable {
  readonly masterPort: number
  readonly slavePort: number
  /** For looking at what a library has done. */
  readonly master: Redis
  readonly slave: Redis
  readonly #workplace: Workplace

  private constructor(workplace: Workplace, ports: readonly [number, number], clients: readonly [Redis, Redis]) {
    this.#workplace = workplace
    this.masterPort = ports[0]
    this.slavePort = ports[1]
    this.master = clients[0]
    this.slave = clients[1]
  }

  static async start(signal: AbortSignal): Promise<Pair> {
    const workplace = await Workplace.open('repl-clients-')
    try {
      const [masterPort, slavePort] = (await findFreePorts(2)) as [number, number]
      const start = async (name: string, port: number, ...options: string[]): Promise<Redis> => {
        const args = [replServerPath(), '--port', String(port), '--dir', await workplace.folder(name), ...options]
        const server = await workplace.start(name, process.execPath, args)
        return connectClient({ server, port }, signal)
      }
      const master = await start('master', masterPort)
      const slave = await start('slave', slavePort, '--slaveof', `127.0.0.1 ${masterPort}`)
      return new Pair(workplace, [masterPort, slavePort], [master, slave])
    } catch (error) {
      await workplace[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Waits until the slave has all that the master has. */
  async untilReplicated(signal: AbortSignal): Promise<void> {
    const wait = { awaited: 'the slave has what the master has', timeout: PATIENCE, signal }
    await waitUntil(wait, async () => {
      const [one, other] = await Promise.all([this.master.call('DEBUG', 'DIGEST'), this.slave.call('DEBUG', 'DIGEST')])
      return one === other ? true : undefined
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of [this.master, this.slave]) disconnectClient(client)
    await this.#workplace[Symbol.asyncDispose]()
  }
}
