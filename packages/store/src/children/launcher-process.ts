/**
 * The launcher: a small process that starts children for a large one.
 *
 * Starting a process copies the page tables of the one that does it, and holds that one up meanwhile: tens of
 * milliseconds for a gigabyte, the very stall that a fork gives a Redis server. So a store starts this process while it
 * is small itself, and has it start all others.
 *
 * Each child has one end of a socket pair as its descriptor 0; the other end, its line, is handed to the store's
 * process, so that bytes don't pass through here. Orders and messages do.
 *
 * When the channel to the store's process closes, that process is gone or has closed its store: the children see their
 * own channels and lines close, and this process ends after the last of them.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { Socket } from 'node:net'
import { isLauncherRequest, type LauncherReport, type LauncherRequest } from './launcher-messages.ts'

/** So much of the end of what a child says on its standard error is passed on. */
const KEPT_ERROR_OUTPUT = 2048
/** How long children may take to end by themselves when their store is gone, in ms. */
const FAREWELL_LIMIT = 30_000

const children = new Map<number, ChildProcess>()

process.title = 'repl-launcher'
// A signal to the whole process group (Ctrl-C, a closed terminal, a service being stopped) is for the store's process
// to act on: it may still want a snapshot, and when it goes, this process goes.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.on(signal, () => {})

process.on('message', (request: unknown, socket: unknown) => {
  if (!isLauncherRequest(request)) throw new Error('the launcher got a request that it does not understand')
  if (request.type === 'kill') children.get(request.id)?.kill('SIGKILL')
  else start(request, socket instanceof Socket ? socket : null)
})

process.on('disconnect', () => {
  for (const child of children.values()) if (child.connected) child.disconnect()
  exitAfterLastChild()
  setTimeout(() => {
    for (const child of children.values()) child.kill('SIGKILL')
  }, FAREWELL_LIMIT).unref()
})

function start(request: LauncherRequest & { type: 'start' }, socket: Socket | null): void {
  const { id } = request
  // What goes wrong with the slave's connection is for the child to find.
  socket?.on('error', () => {})
  let child: ChildProcess
  try {
    child = fork(request.program, [], { execArgv: [], stdio: ['pipe', 'ignore', 'pipe', 'ipc'] })
  } catch (error) {
    refuse(id, socket, error)
    return
  }
  if (child.pid === undefined) {
    child.once('error', (error) => refuse(id, socket, error))
    return
  }
  children.set(id, child)
  let errorOutput = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    errorOutput = (errorOutput + text).slice(-KEPT_ERROR_OUTPUT)
  })
  // A message that could not be sent, or a child that could not be killed: its end follows, and is reported.
  child.on('error', () => {})
  child.on('message', (message) => report({ type: 'message', id, message }))
  // Not 'exit': its messages and its error output have been read to their ends only now.
  child.once('close', (exitCode, signal) => {
    socket?.destroy()
    children.delete(id)
    report({ type: 'ended', id, exitCode, signal, errorOutput: errorOutput.trim() })
    if (!process.connected) exitAfterLastChild()
  })
  giveOrder(child, request, socket)
  // Handed over, the line is closed here: the child sees its end when the store's process closes it, or dies.
  report({ type: 'started', id, processId: child.pid }, child.stdin as Socket)
}

function giveOrder(child: ChildProcess, request: LauncherRequest & { type: 'start' }, socket: Socket | null): void {
  const ignoreFailure = () => {} // The child's end is reported.
  if (socket === null) child.send(request.order, ignoreFailure)
  // Kept open until the child's copy is on its way: a socket that is given away is out of our hands where the child
  // dies before it takes it. Closing ours afterwards does not end the connection.
  else child.send(request.order, socket, { keepOpen: true }, () => socket.destroy())
}

function refuse(id: number, socket: Socket | null, error: unknown): void {
  socket?.destroy()
  const systemCode = error instanceof Error && 'code' in error ? String(error.code) : null
  report({ type: 'notStarted', id, systemCode, message: String(error) })
}

function report(message: LauncherReport, line?: Socket): void {
  // Without the channel there is nobody to report to, and 'disconnect' is on its way.
  if (process.connected) process.send?.(message, line, undefined, () => {})
}

function exitAfterLastChild(): void {
  if (children.size === 0) process.exit(0)
}
