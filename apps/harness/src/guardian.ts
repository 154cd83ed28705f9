import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'

/**
 * A small process that outlives this one. If this one ends without a goodbye, be it by SIGKILL, the guardian sees the
 * pipe between them close, kills the servers it was told of and removes their folder.
 */
export class Guardian {
  readonly #child: ChildProcess
  readonly #pipe: Socket

  private constructor(child: ChildProcess) {
    this.#child = child
    this.#pipe = child.stdin as Socket
    // The guardian itself may be killed; then there is nothing to tell anyone.
    this.#pipe.on('error', () => {})
    child.unref()
    this.#pipe.unref()
  }

  /** Starts the guardian of what lies and runs in `directory`. */
  static async start(directory: string): Promise<Guardian> {
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('./guardian-process.ts', import.meta.url)), directory],
      {
        // A session of its own: Ctrl-C on the terminal must not reach it.
        detached: true,
        stdio: ['pipe', 'ignore', 'ignore'],
      },
    )
    await once(child, 'spawn')
    return new Guardian(child)
  }

  /** From now on the process dies with this one. */
  watch(pid: number): void {
    this.#pipe.write(`watch ${pid}\n`)
  }

  /** The process has ended; its number may soon be another's. */
  forget(pid: number): void {
    this.#pipe.write(`forget ${pid}\n`)
  }

  /** All is tidy, or is meant to stay: the guardian ends and touches nothing. */
  async dismiss(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.ref()
    this.#pipe.end('dismiss\n')
    await once(this.#child, 'exit')
  }
}
