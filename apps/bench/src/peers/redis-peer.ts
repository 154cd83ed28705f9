import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { connectClient, findFreePorts } from '@repl/harness'
import type { Peer } from './peer.ts'

/** The redis-server that is on the path; null where there is none. */
export async function redisPeer(): Promise<Peer | null> {
  const version = await versionOf('redis-server')
  if (version === null) return null
  return {
    name: 'redis-server',
    version,
    async start(workplace, name, durability, signal) {
      const port = (await findFreePorts(1))[0]!
      const args = [
        ...['--port', String(port), '--bind', '127.0.0.1', '--dir', await workplace.folder(name)],
        ...['--save', '', '--appendonly', durability === 'none' ? 'no' : 'yes', '--appendfsync', 'everysec'],
        // The default waits five seconds for more slaves: its time would be the peer's choice, not its work.
        ...['--repl-diskless-sync-delay', '0'],
      ]
      const server = await workplace.start(name, 'redis-server', args)
      return { process: server, port, client: await connectClient({ server, port }, signal) }
    },
  }
}

/** The version that a Redis tool says it has; null where it is not installed. */
export async function versionOf(tool: 'redis-server' | 'redis-benchmark'): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(tool, ['--version'])
    return /\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? stdout.trim()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
