import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createConnection, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** The version whose replies this project gives. */
const PEER_VERSION = 'v=7.0.15'
const START_ATTEMPTS = 500
const START_ATTEMPT_INTERVAL = 20

/** Why comparisons with redis-server can't be made on this machine; null where they can. */
export const redisPeerAbsence: string | null = (() => {
  try {
    const version = execFileSync('redis-server', ['--version'], { encoding: 'utf8' })
    return version.includes(PEER_VERSION) ? null : `redis-server here is not ${PEER_VERSION}: ${version.trim()}`
  } catch {
    return 'redis-server is not installed here'
  }
})()

/**
 * A redis-server of this test's own: a socket file in a folder of its own instead of a port, nothing
 * saved, nothing expired but on access.
 */
export class RedisPeer implements AsyncDisposable {
  /** Of the socket's file. */
  readonly path: string
  readonly #directory: string
  readonly #process: ChildProcess
  readonly #socket: Socket
  #received = ''
  readonly #waiting: { resolve(reply: string): void; reject(error: Error): void }[] = []

  static async start(): Promise<RedisPeer> {
    const directory = mkdtempSync(join(tmpdir(), 'repl-redis-peer-'))
    const path = join(directory, 'socket')
    const options = { port: '0', unixsocket: path, dir: directory, save: '', appendonly: 'no' }
    const args = Object.entries({ ...options, 'enable-debug-command': 'yes' }).flatMap(([k, v]) => [`--${k}`, v])
    const child = spawn('redis-server', args, { stdio: 'ignore' })
    try {
      const peer = new RedisPeer(directory, child, await connect(path, child))
      await peer.call('DEBUG', 'SET-ACTIVE-EXPIRE', '0')
      return peer
    } catch (error) {
      child.kill('SIGKILL')
      rmSync(directory, { recursive: true, force: true })
      throw error
    }
  }

  private constructor(directory: string, process: ChildProcess, socket: Socket) {
    this.#directory = directory
    this.path = join(directory, 'socket')
    this.#process = process
    this.#socket = socket
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => this.#receive(text))
    socket.on('close', () => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error('redis-server closed the connection'))
    })
    // 'close' follows.
    socket.on('error', () => {})
  }

  /** One command's reply as RESP2 text (latin1). */
  async call(...args: readonly (string | Uint8Array)[]): Promise<string> {
    const [reply] = await this.callAll([args])
    return reply!
  }

  /** The replies to many commands, sent at once. */
  callAll(commands: readonly (readonly (string | Uint8Array)[])[]): Promise<string[]> {
    const parts: Buffer[] = []
    for (const args of commands) {
      parts.push(Buffer.from(`*${args.length}\r\n`))
      for (const arg of args) {
        const bytes = Buffer.from(arg)
        parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'))
      }
    }
    const replies = commands.map(
      () => new Promise<string>((resolve, reject) => this.#waiting.push({ resolve, reject })),
    )
    this.#socket.write(Buffer.concat(parts))
    return Promise.all(replies)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy()
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const exit = once(this.#process, 'exit')
      this.#process.kill('SIGKILL')
      await exit
    }
    rmSync(this.#directory, { recursive: true, force: true })
  }

  #receive(text: string): void {
    this.#received += text
    let start = 0
    while (this.#waiting.length > 0) {
      const end = replyEnd(this.#received, start)
      if (end < 0) break
      this.#waiting.shift()!.resolve(this.#received.slice(start, end))
      start = end
    }
    this.#received = this.#received.slice(start)
  }
}

async function connect(path: string, child: ChildProcess): Promise<Socket> {
  for (let attempt = 0; attempt < START_ATTEMPTS && child.exitCode === null; attempt++) {
    const socket = createConnection(path)
    try {
      await once(socket, 'connect')
      return socket
    } catch {
      // Not listening yet.
      await delay(START_ATTEMPT_INTERVAL)
    }
  }
  throw new Error('redis-server did not start')
}

/** Where the reply that begins at `start` ends, or -1 where it isn't complete. */
function replyEnd(text: string, start: number): number {
  const lineEnd = text.indexOf('\r\n', start)
  if (lineEnd < 0) return -1
  const type = text[start]
  const next = lineEnd + 2
  if (type === '+' || type === '-' || type === ':') return next
  const length = Number(text.slice(start + 1, lineEnd))
  if (length < 0) return next
  if (type === '$') return text.length >= next + length + 2 ? next + length + 2 : -1
  if (type !== '*') throw new Error(`unexpected reply ${JSON.stringify(text.slice(start, next))}`)
  let end = next
  for (let i = 0; i < length; i++) {
    end = replyEnd(text, end)
    if (end < 0) return -1
  }
  return end
}
