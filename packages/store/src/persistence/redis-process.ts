import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** Why tests with the real Redis are skipped here; null where redis-server and redis-check-rdb are installed. */
export function redisIsMissing(): string | null {
  try {
    execFileSync('redis-server', ['--version'])
    execFileSync('redis-check-rdb', ['--version'])
    return null
  } catch (error) {
    return `no redis-server or redis-check-rdb here (${error})`
  }
}

type RedisReply = Buffer | number | null | RedisReply[]

/** A redis-server of a test's own, on a loopback port of its own, in a folder of its own, and one connection to it. */
export class RedisProcess implements AsyncDisposable {
  readonly #process: ChildProcess
  readonly #socket: Socket
  #received: Buffer = Buffer.alloc(0)
  #onReceived: (() => void) | null = null

  private constructor(process: ChildProcess, socket: Socket) {
    this.#process = process
    this.#socket = socket
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk])
      this.#onReceived?.()
    })
  }

  /** Starts redis-server on the dump in a folder; resolves when it has loaded that. */
  static async start(directory: string, ...options: readonly string[]): Promise<RedisProcess> {
    const port = await freePort()
    const names = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', '', '--daemonize', 'no']
    const process = spawn('redis-server', [...names, ...options], { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    await new Promise<void>((resolve, reject) => {
      process.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text
        if (output.includes('Ready to accept connections')) resolve()
      })
      process.once('close', () => reject(new Error(`redis-server has ended: ${output}`)))
      process.once('error', reject)
    })
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new RedisProcess(process, socket)
  }

  /** Sends one command and gives its reply. @throws Error with the text of an error reply */
  async call(...args: readonly (string | Buffer | number)[]): Promise<RedisReply> {
    const parts: Buffer[] = [Buffer.from(`*${args.length}\r\n`)]
    for (const arg of args) {
      const bytes = Buffer.isBuffer(arg) ? arg : Buffer.from(String(arg))
      parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'))
    }
    this.#socket.write(Buffer.concat(parts))
    return this.#readReply()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy()
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    this.#process.kill('SIGKILL')
    await once(this.#process, 'close')
  }

  async #readReply(): Promise<RedisReply> {
    const line = await this.#readLine()
    const rest = line.slice(1)
    switch (line[0]) {
      case '+':
        return Buffer.from(rest)
      case ':':
        return Number(rest)
      case '-':
        throw new Error(rest)
      case '$':
        return rest === '-1' ? null : (await this.#take(Number(rest) + 2)).subarray(0, -2)
      case '*': {
        const items: RedisReply[] = []
        for (let i = 0; i < Number(rest); i++) items.push(await this.#readReply())
        return items
      }
      default:
        throw new Error(`unexpected reply ${line}`)
    }
  }

  async #readLine(): Promise<string> {
    let end = this.#received.indexOf('\r\n')
    while (end === -1) {
      await this.#receive()
      end = this.#received.indexOf('\r\n')
    }
    return (await this.#take(end + 2)).toString('latin1', 0, end)
  }

  async #take(length: number): Promise<Buffer> {
    while (this.#received.length < length) await this.#receive()
    const taken = this.#received.subarray(0, length)
    this.#received = this.#received.subarray(length)
    return taken
  }

  #receive(): Promise<void> {
    return new Promise((resolve) => {
      this.#onReceived = resolve
    })
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
