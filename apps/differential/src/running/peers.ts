import { spawnSync } from 'node:child_process'
import {
  connectClient,
  disconnectClient,
  findFreePorts,
  replServerPath,
  type ServerProcess,
  type Workplace,
} from '@repl/harness'
import { PeerConnection } from './peer-connection.ts'

/** The version whose replies this project gives. */
const REDIS_VERSION = 'v=7.0.15'

/** A server that is compared. */
export interface Peer {
  readonly port: number
  readonly server: ServerProcess
}

/** Why nothing can be compared on this machine; null where it can. */
export function redisAbsence(): string | null {
  const { status, stdout } = spawnSync('redis-server', ['--version'], { encoding: 'utf8' })
  if (status !== 0) return 'redis-server is not installed here (Debian: redis-server)'
  return stdout.includes(REDIS_VERSION) ? null : `redis-server here is not ${REDIS_VERSION}: ${stdout.trim()}`
}

/** Starts a redis-server that saves nothing by itself and expires nothing but on access; its files are in a folder `name`. */
export async function startRedis(
  workplace: Workplace,
  name: string,
  signal: AbortSignal,
  options: readonly string[] = [],
): Promise<Peer> {
  const port = (await findFreePorts(1))[0]!
  const server = await workplace.start(name, 'redis-server', [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', await workplace.folder(name)],
    ...['--save', '', '--appendonly', 'no', '--enable-debug-command', 'yes', ...options],
  ])
  await untilReady({ port, server }, signal)
  using connection = await PeerConnection.open(port)
  await connection.exchange([['debug', 'set-active-expire', '0']])
  return { port, server }
}

/** Starts the built repl-server, with `options`; on the port that it had before, or any. */
export async function startRepl(
  workplace: Workplace,
  name: string,
  signal: AbortSignal,
  options: readonly string[] = [],
  formerPort?: number,
): Promise<Peer> {
  const port = formerPort ?? (await findFreePorts(1))[0]!
  const args = [replServerPath(), '--port', String(port), '--bind', '127.0.0.1', ...options]
  const server = await workplace.start(name, process.execPath, args)
  await untilReady({ port, server }, signal)
  return { port, server }
}

async function untilReady(peer: Peer, signal: AbortSignal): Promise<void> {
  disconnectClient(await connectClient(peer, signal))
}
