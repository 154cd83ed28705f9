import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** The built command line. */
export const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

/** A folder of the test's own, removed at its end. */
export class TemporaryFolder implements Disposable {
  readonly path: string

  constructor() {
    this.path = mkdtempSync(join(tmpdir(), 'repl-server-'))
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

/** A line of the server's log. */
export interface LogEntry {
  readonly level: number
  readonly msg: string
  readonly [field: string]: unknown
}

/** A repl-server that runs as a process of its own, on a port that the system chose. */
export class ServerProcess implements AsyncDisposable {
  readonly process: ChildProcess
  readonly log: LogEntry[] = []
  port = 0
  stderr = ''
  #waiters: { isIt: (entry: LogEntry) => boolean; resolve: (entry: LogEntry) => void }[] = []

  private constructor(words: readonly string[]) {
    this.process = spawn(process.execPath, [CLI, ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
    this.process.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    createInterface(this.process.stdout!).on('line', (line) => this.#take(JSON.parse(line) as LogEntry))
  }

  /** Starts one and waits until it accepts connections. */
  static start(...options: string[]): Promise<ServerProcess> {
    return ServerProcess.#start(['--port', '0', ...options])
  }

  /** The same with a configuration file. */
  static startWith(file: string, ...options: string[]): Promise<ServerProcess> {
    return ServerProcess.#start([file, '--port', '0', ...options])
  }

  static async #start(words: readonly string[]): Promise<ServerProcess> {
    const server = new ServerProcess(words)
    const ended = once(server.process, 'exit').then(([code]) => {
      throw new Error(`the server ended with ${code} before it was ready: ${server.stderr}`)
    })
    ended.catch(() => undefined)
    const ready = await Promise.race([server.logged((entry) => entry.msg === 'ready to accept connections'), ended])
    server.port = Number(ready['port'])
    return server
  }

  /** The first entry of the log, old or new, that is it. */
  logged(isIt: (entry: LogEntry) => boolean): Promise<LogEntry> {
    const found = this.log.find(isIt)
    if (found !== undefined) return Promise.resolve(found)
    return new Promise((resolve) => this.#waiters.push({ isIt, resolve }))
  }

  /** Sends a signal and waits for the end; the exit code, or null where the signal itself ended it. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const ended = once(this.process, 'exit')
      this.process.kill(signal)
      await ended
    }
    return this.process.exitCode
  }

  /** Ends it in order, so that its temporary folder goes as well. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGTERM')
  }

  #take(entry: LogEntry): void {
    this.log.push(entry)
    this.#waiters = this.#waiters.filter(({ isIt, resolve }) => {
      if (!isIt(entry)) return true
      resolve(entry)
      return false
    })
  }
}

/** Runs the command line to its end. */
export async function runCli(...options: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return runProgram(process.execPath, [CLI, ...options])
}

/** Runs any program to its end. */
export async function runProgram(
  program: string,
  options: readonly string[],
  input = '',
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(program, options, { stdio: 'pipe' })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  // A program that reads nothing may have ended before this.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const [code] = await once(child, 'close')
  return { code: Number(code), stdout, stderr }
}
