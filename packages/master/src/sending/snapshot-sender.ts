import { type ChildProcess, fork } from 'node:child_process'
import { Socket } from 'node:net'
import { type Duplex, pipeline } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { SendingChildError } from '../errors.ts'
import { isSendingReport, type SendingOrder, type SendingReport } from './sending-messages.ts'

const childPath = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './sending-child.ts' : './sending-child.js', import.meta.url),
)

/** How a transfer ended. */
export interface SendingResult {
  /** How far into the file it came. */
  readonly bytes: number
  /** Null where all was sent; otherwise why the slave did not get the rest on this connection. */
  readonly broken: string | null
}

/** What to send. */
export type SendingTask = Omit<SendingOrder, 'hasSocket'>

/** One sending child at work. */
export interface SnapshotSending {
  /** Rejects with a {@link SendingChildError} where the child died or could not read the file. */
  readonly done: Promise<SendingResult>
  readonly processId: number | undefined
  /** Kills the child and closes the connection. */
  abort(): void
}

/**
 * Starts a child process that sends a file over `stream`, which belongs to it from now on. A plain socket is handed
 * to the child; what can't be handed on (TLS) stays here, and the child's bytes pass through.
 */
export function sendSnapshot(stream: Duplex, task: SendingTask, onProgress: (bytes: number) => void): SnapshotSending {
  const socket = stream instanceof Socket && !(stream instanceof TLSSocket) ? stream : null
  const done = Promise.withResolvers<SendingResult>()
  const child = fork(childPath, [], {
    execArgv: [],
    stdio: socket === null ? ['pipe', 'pipe', 'inherit', 'ipc'] : ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  let last: SendingReport | null = null
  child.on('message', (message) => {
    if (!isSendingReport(message)) return
    last = message
    if (message.type === 'progress' || message.type === 'sent') onProgress(message.bytes)
  })
  child.once('error', (error) => {
    stream.destroy()
    done.reject(new SendingChildError('SENDING_CHILD_DIED', `the sending child: ${error.message}`, { cause: error }))
  })
  // 'close' comes when the pipes are drained as well, after 'exit'.
  child.once('close', (code, signal) => {
    if (socket !== null || last?.type !== 'sent') stream.destroy()
    settle(done, last, code, signal)
  })
  // A stream whose other side goes away must not throw where nobody listens.
  stream.on('error', () => undefined)
  const breakOff = (reason: string) => {
    last = { type: 'broken', bytes: task.from, reason }
    child.kill('SIGKILL')
  }
  if (socket === null) passThrough(child, stream, breakOff)
  giveOrder(child, { ...task, hasSocket: socket !== null }, socket)
  return {
    done: done.promise,
    processId: child.pid,
    abort: () => {
      breakOff('aborted')
      stream.destroy()
    },
  }
}

function passThrough(child: ChildProcess, stream: Duplex, breakOff: (reason: string) => void): void {
  if (child.stdout === null || child.stdin === null) return
  child.stdin.on('error', () => undefined)
  // Through standard input the child sees the slave end its side.
  stream.pipe(child.stdin)
  pipeline(child.stdout, stream, (error) => {
    // The slave is gone: without anybody to send to, the child is of no use.
    if (error) breakOff(error.message)
  })
}

function giveOrder(child: ChildProcess, order: SendingOrder, socket: Socket | null): void {
  const ignoreFailure = () => undefined // The child's end is reported by its 'close' event.
  if (socket === null) {
    child.send(order, ignoreFailure)
    return
  }
  // With its server known, Node would make the child a worker of that server, and wait for it when the server closes.
  Reflect.set(socket, 'server', null)
  // Kept open until the child's copy is on its way: a socket that is given away is out of our hands where the child
  // dies before it takes it. Closing ours afterwards does not end the connection.
  child.send(order, socket, { keepOpen: true }, () => socket.destroy())
}

function settle(
  done: PromiseWithResolvers<SendingResult>,
  last: SendingReport | null,
  code: number | null,
  signal: NodeJS.Signals | null,
): void {
  switch (last?.type) {
    case 'sent':
      done.resolve({ bytes: last.bytes, broken: null })
      return
    case 'broken':
      done.resolve({ bytes: last.bytes, broken: last.reason })
      return
    case 'failed':
      done.reject(new SendingChildError('SENDING_CHILD_FAILED', `the sending child: ${last.reason} (${last.code})`))
      return
    default: {
      const how = signal === null ? `with code ${code}` : `by ${signal}`
      done.reject(new SendingChildError('SENDING_CHILD_DIED', `the sending child ended ${how}`))
    }
  }
}
