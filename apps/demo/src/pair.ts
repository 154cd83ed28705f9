import { randomBytes } from 'node:crypto'
import {
  connectClient,
  disconnectClient,
  findFreePorts,
  replServerPath,
  type ServerProcess,
  type Workplace,
} from '@repl/harness'
import type { Redis } from 'ioredis'

/** One of the two servers, and a client of it. */
export interface Node {
  readonly name: 'master' | 'slave'
  readonly port: number
  readonly server: ServerProcess
  readonly client: Redis
}

/** Two servers, strangers to each other at first, on ports and with a password that nobody else knows. */
export class Pair {
  readonly password: string
  readonly master: Node
  readonly #workplace: Workplace
  #slave: Node

  private constructor(workplace: Workplace, password: string, master: Node, slave: Node) {
    this.#workplace = workplace
    this.password = password
    this.master = master
    this.#slave = slave
  }

  static async start(workplace: Workplace, signal: AbortSignal): Promise<Pair> {
    const password = randomBytes(12).toString('hex')
    const [masterPort, slavePort] = await findFreePorts(2)
    const [master, slave] = await Promise.all([
      startNode(workplace, 'master', masterPort!, password, signal),
      startNode(workplace, 'slave', slavePort!, password, signal),
    ])
    return new Pair(workplace, password, master, slave)
  }

  /** The slave that runs, or ran last. */
  get slave(): Node {
    return this.#slave
  }

  /** Ends the slave as a power cut would. */
  async killSlave(): Promise<void> {
    await this.#slave.server.kill()
    disconnectClient(this.#slave.client)
  }

  /** Starts the slave again, from its own folder. Nobody tells it whom it followed. */
  async restartSlave(signal: AbortSignal): Promise<void> {
    this.#slave = await startNode(this.#workplace, 'slave', this.#slave.port, this.password, signal)
  }

  disconnect(): void {
    for (const { client } of [this.master, this.#slave]) disconnectClient(client)
  }
}

async function startNode(
  workplace: Workplace,
  name: Node['name'],
  port: number,
  password: string,
  signal: AbortSignal,
): Promise<Node> {
  const server = await workplace.start(name, process.execPath, [
    replServerPath(),
    ...['--bind', '127.0.0.1', '--port', String(port), '--dir', await workplace.folder(name)],
    ...['--requirepass', password, '--masterauth', password],
  ])
  return { name, port, server, client: await connectClient({ server, port, password }, signal) }
}
