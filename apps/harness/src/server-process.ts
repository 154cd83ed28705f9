import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** How long a server may take to end when it is asked to, in ms. */
const STOP_TIMEOUT = 20_000
/** How much of a log goes into an error, in characters. */
const LOG_EXCERPT = 2000

/** What is to be run. */
export interface ServerCommand {
  /** For people, and for the name of its log. */
  readonly name: string
  readonly file: string
  readonly args: readonly string[]
  readonly logPath: string
}

/** A server has ended though nobody asked it to. */
export class ServerEndedError extends Error {
  readonly code = 'SERVER_ENDED'
  override readonly name = 'ServerEndedError'
}

/**
 * A server as a process. It writes its log to a file, not to a pipe, so that it can be left running when this process
 * ends; and it has a session of its own, so that Ctrl-C ends it through this process and in order.
 */
export class ServerProcess {
  readonly name: string
  readonly pid: number
  readonly logPath: string
  /** Resolves when the process has ended; never rejects. */
  readonly exited: Promise<void>
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, command: ServerCommand) {
    this.#child = child
    this.name = command.name
    this.logPath = command.logPath
    this.pid = child.pid!
    this.exited = once(child, 'exit').then(() => {})
  }

  /**
   * Starts it.
   * @throws Error of spawn(2), as ENOENT
   */
  static async start(command: ServerCommand): Promise<ServerProcess> {
    const log = openSync(command.logPath, 'a')
    try {
      const child = spawn(command.file, command.args, { detached: true, stdio: ['ignore', log, log] })
      await once(child, 'spawn')
      return new ServerProcess(child, command)
    } finally {
      closeSync(log)
    }
  }

  /** Whether it has ended. */
  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** @throws ServerEndedError if it has ended, with the end of its log */
  assertRunning(): void {
    if (!this.hasEnded) return
    const how = this.#child.signalCode ?? `exit code ${this.#child.exitCode}`
    const log = readFileSync(this.logPath, 'utf8').trimEnd().slice(-LOG_EXCERPT)
    throw new ServerEndedError(`${this.name} ended by itself (${how}); the end of its log:\n${log}`)
  }

  /** SIGKILL: it has no time for anything. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.exited
  }

  /** SIGTERM, and SIGKILL if that has no effect. Gives whether it ended when asked. */
  async stop(): Promise<boolean> {
    if (this.hasEnded) return true
    this.#child.kill('SIGTERM')
    const giveUp = new AbortController()
    const late = sleep(STOP_TIMEOUT, 'late', { signal: giveUp.signal }).catch(() => 'ended')
    const outcome = await Promise.race([late, this.exited])
    giveUp.abort()
    if (outcome !== 'late') return true
    await this.kill()
    return false
  }

  /** It goes on when this process ends. */
  release(): void {
    this.#child.unref()
  }
}
