import type { Duplex } from 'node:stream'

/** What a child process is to do. */
export interface ChildTask {
  /** The path of its program, a module that Node.js runs. */
  readonly program: string
  /** The child's first message. It has to survive JSON. */
  readonly order: object
  /** Handed to the child with the order, see `canHandOver`. The caller's own end is closed once the child has been started. */
  readonly socket?: Duplex
  /** The child's messages. None comes after `ended` has settled. */
  readonly onMessage: (message: unknown) => void
}

/** How a child ended. */
export interface ChildEnd {
  /** Both are null where nobody could see it: the launcher died before the child. */
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  /** The end of what it said on its standard error. */
  readonly errorOutput: string
}

/** A child process at work. */
export interface Child {
  readonly processId: number
  /** Leads to the child's descriptor 0 and back. Its errors are no news: `ended` says what happened. */
  readonly line: Duplex
  /** Settles when the process is gone. Never rejects. */
  readonly ended: Promise<ChildEnd>
  /** Ends it at once, by SIGKILL. */
  kill(): void
}

/**
 * Starts child processes for one store. The way to run a store without processes, in a simulation, is another
 * implementation: it does in this process what the programs do.
 */
export interface ChildLauncher {
  /** Gets ready while this process is small: what a later `start` costs it no longer depends on its size. */
  prepare(): void
  /** Whether a stream can be a task's socket: a plain socket can, one with TLS can't. */
  canHandOver(stream: Duplex): boolean
  /** @throws ChildLaunchError; the task's socket is the caller's still. */
  start(task: ChildTask): Promise<Child>
  /** Resolves when no process is left. Idempotent. */
  close(): Promise<void>
}

/** A child could not be started. */
export class ChildLaunchError extends Error {
  readonly code: 'CHILD_NOT_STARTED' | 'LAUNCHER_DIED' | 'LAUNCHER_CLOSED'
  /** The system's error, `EAGAIN` for example, where there is one. */
  readonly systemCode: string | null

  constructor(code: ChildLaunchError['code'], message: string, systemCode: string | null = null) {
    super(message)
    this.name = 'ChildLaunchError'
    this.code = code
    this.systemCode = systemCode
  }
}
