import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { Child, ChildEnd } from './child-launcher.ts'

/** How long a child whose launcher died may take to see that its line has ended, in ms. */
const ABANDONED_LIMIT = 5_000

/** A child process as seen from the process that had it started. */
export class ProcessChild implements Child {
  readonly processId: number
  readonly line: Socket
  readonly ended: Promise<ChildEnd>
  readonly #kill: () => void
  readonly #end = Promise.withResolvers<ChildEnd>()

  constructor(processId: number, line: Socket, kill: () => void) {
    this.processId = processId
    this.line = line
    this.ended = this.#end.promise
    this.#kill = kill
    line.on('error', () => {})
  }

  kill(): void {
    this.#kill()
  }

  /** The launcher saw it end. */
  end(end: ChildEnd): void {
    this.#end.resolve(end)
  }

  /** The launcher is gone: the child ends as soon as it sees its line end, and then its own end of it closes. */
  abandon(reason: string): void {
    void this.#outlive(reason)
  }

  async #outlive(reason: string): Promise<void> {
    const { line } = this
    line.end()
    line.resume()
    if (!line.closed) await once(line, 'close', { signal: AbortSignal.timeout(ABANDONED_LIMIT) }).catch(() => {})
    line.destroy()
    this.#end.resolve({ exitCode: null, signal: null, errorOutput: reason })
  }
}
