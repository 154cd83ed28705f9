import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import {
  connectClient,
  numberIn,
  readInfo,
  replServerPath,
  type ServerProcess,
  type Workplace,
  waitUntil,
} from '@repl/harness'
import type { Redis } from 'ioredis'

/** How long anything that is waited for may take, in ms: far more than it takes on a loaded machine. */
export const PATIENCE = 60_000

/** A `repl-server` with a folder and a port of its own, to be started and killed again and again. */
export class NodeUnderTest {
  readonly name: string
  readonly port: number
  readonly #workplace: Workplace
  readonly #options: readonly string[]
  readonly #signal: AbortSignal
  #server: ServerProcess | null = null
  #client: Redis | null = null
  #logStart = 0

  constructor(workplace: Workplace, name: string, port: number, options: readonly string[], signal: AbortSignal) {
    this.#workplace = workplace
    this.name = name
    this.port = port
    this.#options = options
    this.#signal = signal
  }

  /** Starts it without waiting for anything. */
  async launch(): Promise<ServerProcess> {
    const directory = await this.#workplace.folder(this.name)
    const args = [replServerPath(), '--port', String(this.port), '--dir', directory, ...this.#options]
    this.#logStart = logSize(this.#logPath)
    this.#server = await this.#workplace.start(this.name, process.execPath, args)
    return this.#server
  }

  /** Starts it, and waits until it answers. */
  async start(): Promise<void> {
    const server = await this.launch()
    this.#client = await connectClient({ server, port: this.port }, this.#signal)
  }

  /** Connects to it, where it has been launched only. */
  async connect(): Promise<Redis> {
    if (this.#server === null) throw new Error(`${this.name} is not running`)
    this.#client = await connectClient({ server: this.#server, port: this.port }, this.#signal)
    return this.#client
  }

  get client(): Redis {
    if (this.#client === null) throw new Error(`${this.name} has no client`)
    return this.#client
  }

  /** The folder of its data. */
  get directory(): string {
    return join(this.#workplace.directory, this.name)
  }

  /** SIGTERM: it ends in order. */
  async stop(): Promise<void> {
    this.#client?.disconnect()
    this.#client = null
    await this.#server?.stop()
    this.#server = null
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    this.#client?.disconnect()
    this.#client = null
    await this.#server?.kill()
    this.#server = null
  }

  /** What it has logged since it was last started. */
  get log(): string {
    return readFileSync(this.#logPath).subarray(this.#logStart).toString()
  }

  /** Waits until its log since the last start has a text. */
  async logs(text: string): Promise<void> {
    await this.waitFor(`${this.name} logs ${text}`, () => this.log.includes(text))
  }

  /** A number of its INFO. */
  async infoNumber(field: string): Promise<number> {
    return numberIn(await readInfo(this.client), field)
  }

  async infoText(field: string): Promise<string | undefined> {
    return (await readInfo(this.client)).get(field)
  }

  async waitFor(awaited: string, isTrue: () => Promise<boolean> | boolean): Promise<void> {
    await waitUntil({ awaited, timeout: PATIENCE, signal: this.#signal }, async () => {
      this.#server?.assertRunning()
      return (await isTrue()) ? true : undefined
    })
  }

  get #logPath(): string {
    return `${this.#workplace.directory}/${this.name}.log`
  }
}

/** Waits until a slave has all that its master has. No client writes any more; the master may still expire keys. */
export async function untilInStep(master: NodeUnderTest, slave: NodeUnderTest): Promise<void> {
  await slave.waitFor('the slave is in step with its master', async () => {
    if ((await slave.infoText('master_link_status')) !== 'up') return false
    const [offset, slaveOffset] = await Promise.all([
      master.infoNumber('master_repl_offset'),
      slave.infoNumber('slave_read_repl_offset'),
    ])
    return slaveOffset === offset
  })
}

function logSize(path: string): number {
  try {
    return statSync(path).size
  } catch {
    return 0
  }
}
