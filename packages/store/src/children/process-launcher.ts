import { type ChildProcess, fork } from 'node:child_process'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { type Child, ChildLaunchError, type ChildLauncher, type ChildTask } from './child-launcher.ts'
import { isLauncherReport, type LauncherReport, type LauncherRequest } from './launcher-messages.ts'
import { ProcessChild } from './process-child.ts'

/** Beside this file in the sources as in the bundle, whichever module format that is. */
const LAUNCHER_PATH = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './launcher-process.ts' : './child-launcher.js', import.meta.url),
)

/** A launcher has little to remember. */
const LAUNCHER_FLAGS = ['--max-semi-space-size=1', '--max-old-space-size=64']

/** A launcher that dies before it has answered is replaced so many times for one child. */
const MAX_RESTARTS = 1

/** How long children may take to end when the launcher is closed, in ms. */
const CLOSE_LIMIT = 10_000

/** What is known of a child before it has been started, and of one at work. */
interface Entry {
  readonly task: ChildTask
  readonly started: PromiseWithResolvers<Child>
  child: ProcessChild | null
}

/** Starts children through a process of its own, see launcher-process.ts. Where that process dies, another follows. */
export class ProcessLauncher implements ChildLauncher {
  readonly #onDied: (error: ChildLaunchError) => void
  readonly #entries = new Map<number, Entry>()
  #process: ChildProcess | null = null
  #nextId = 1
  #closing: Promise<void> | null = null

  /** @param onDied is told when the launcher's process has died. The next child gets a new one. */
  constructor(onDied: (error: ChildLaunchError) => void) {
    this.#onDied = onDied
  }

  /** The launcher's own process; undefined where there is none at present. */
  get processId(): number | undefined {
    return this.#process?.pid
  }

  prepare(): void {
    if (this.#closing !== null) return
    try {
      this.#launcher()
    } catch (error) {
      if (!(error instanceof ChildLaunchError)) throw error
      // Whoever wants a child gets the error, unless it works by then.
      this.#onDied(error)
    }
  }

  async start(task: ChildTask): Promise<Child> {
    for (let restarts = 0; ; restarts++) {
      try {
        return await this.#start(task)
      } catch (error) {
        const isDead = error instanceof ChildLaunchError && error.code === 'LAUNCHER_DIED'
        // A socket may be with a child already, and that one may have sent something.
        if (!isDead || restarts === MAX_RESTARTS || task.socket !== undefined) throw error
      }
    }
  }

  canHandOver(stream: Duplex): boolean {
    return isPlainSocket(stream)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #start(task: ChildTask): Promise<Child> {
    if (this.#closing !== null) {
      throw new ChildLaunchError('LAUNCHER_CLOSED', `the store is closed, ${task.program} is not started`)
    }
    const launcher = this.#launcher()
    const { program, order, socket } = task
    if (socket !== undefined && !isPlainSocket(socket))
      throw new TypeError('the stream of a task can not be handed over')
    const id = this.#nextId++
    const entry: Entry = { task, started: Promise.withResolvers(), child: null }
    this.#entries.set(id, entry)
    if (this.#entries.size === 1) launcher.channel?.ref()
    send(launcher, { type: 'start', id, program, order }, socket)
    return entry.started.promise
  }

  #launcher(): ChildProcess {
    if (this.#process !== null) return this.#process
    const launcher = forkLauncher()
    this.#process = launcher
    // It never keeps this process from ending; a child at work does.
    launcher.unref()
    launcher.channel?.unref()
    launcher.on('message', (message, line) => {
      if (isLauncherReport(message)) this.#onReport(message, line instanceof Socket ? line : null)
    })
    launcher.once('close', (code, signal) => {
      this.#onEnd(launcher, signal === null ? `exited with code ${code}` : `was ended by ${signal}`)
    })
    return launcher
  }

  #onReport(report: LauncherReport, line: Socket | null): void {
    const entry = this.#entries.get(report.id)
    if (entry === undefined) {
      line?.destroy()
      return
    }
    const { task, started } = entry
    switch (report.type) {
      case 'started': {
        if (line === null) {
          // Nothing can be done with a child that can't be reached; it sees its own end closed.
          this.#forget(report.id)
          started.reject(new ChildLaunchError('CHILD_NOT_STARTED', `the line of ${task.program} was lost`))
          return
        }
        const { id } = report
        entry.child = new ProcessChild(report.processId, line, () => {
          if (this.#process !== null && this.#entries.has(id)) send(this.#process, { type: 'kill', id })
        })
        task.socket?.destroy()
        started.resolve(entry.child)
        return
      }
      case 'notStarted':
        this.#forget(report.id)
        started.reject(new ChildLaunchError('CHILD_NOT_STARTED', report.message, report.systemCode))
        return
      case 'message':
        task.onMessage(report.message)
        return
      case 'ended': {
        this.#forget(report.id)
        const { exitCode, signal, errorOutput } = report
        entry.child?.end({ exitCode, signal, errorOutput })
      }
    }
  }

  #forget(id: number): void {
    this.#entries.delete(id)
    if (this.#entries.size === 0) this.#process?.channel?.unref()
  }

  #onEnd(launcher: ChildProcess, how: string): void {
    if (this.#process !== launcher) return
    this.#process = null
    const error = new ChildLaunchError('LAUNCHER_DIED', `the process that starts children ${how}`)
    const entries = [...this.#entries.values()]
    this.#entries.clear()
    for (const { child, started } of entries) {
      started.reject(error)
      child?.abandon(error.message)
    }
    if (this.#closing === null) this.#onDied(error)
  }

  async #close(): Promise<void> {
    const launcher = this.#process
    if (launcher === null) return
    const ended = new Promise((resolve) => launcher.once('close', resolve))
    launcher.ref()
    const deadline = setTimeout(() => launcher.kill('SIGKILL'), CLOSE_LIMIT)
    const entries = [...this.#entries.values()]
    await Promise.allSettled(
      entries.map(async ({ started }) => {
        const child = await started.promise
        child.kill()
        await child.ended
      }),
    )
    clearTimeout(deadline)
    launcher.kill('SIGKILL')
    await ended
  }
}

/** What lies below TLS could be handed over, and would be of no use there without its keys. */
function isPlainSocket(stream: Duplex): stream is Socket {
  return stream instanceof Socket && !(stream instanceof TLSSocket)
}

function forkLauncher(): ChildProcess {
  let launcher: ChildProcess
  try {
    launcher = fork(LAUNCHER_PATH, [], { execArgv: LAUNCHER_FLAGS, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  } catch (error) {
    throw notStarted(error)
  }
  // A message that could not be sent: the end of the process follows. One that was not started has no number.
  launcher.on('error', () => {})
  if (launcher.pid === undefined) throw notStarted('the system has no process for it')
  return launcher
}

function notStarted(cause: unknown): ChildLaunchError {
  return new ChildLaunchError('CHILD_NOT_STARTED', `the process that starts children can't be started: ${cause}`)
}

function send(launcher: ChildProcess, request: LauncherRequest, socket?: Socket): void {
  // A failure to send is the end of the launcher, which is noticed by itself.
  const ignoreFailure = () => {}
  if (socket === undefined) {
    launcher.send(request, ignoreFailure)
    return
  }
  // With its server known, Node would make the launcher a worker of that server, and wait for it when it closes.
  Reflect.set(socket, 'server', null)
  // Ours until the child has been started: closing it then does not end the connection.
  launcher.send(request, socket, { keepOpen: true }, ignoreFailure)
}
