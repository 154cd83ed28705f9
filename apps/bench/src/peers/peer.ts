import { disconnectClient, type ServerProcess, type Workplace } from '@repl/harness'
import type { Redis } from 'ioredis'

/** What is kept across restarts: nothing, or every write in a journal (Redis: AOF) that is synced each second. */
export type Durability = 'none' | 'everysec'

/** One of the servers that are compared. */
export interface Peer {
  readonly name: 'repl-server' | 'redis-server'
  /** For the report. */
  readonly version: string
  /** Starts one that is empty, with a folder and a log called `name`, and waits until it answers. */
  start(workplace: Workplace, name: string, durability: Durability, signal: AbortSignal): Promise<RunningServer>
}

/** A server that answers. */
export interface RunningServer {
  readonly process: ServerProcess
  readonly port: number
  readonly client: Redis
}

/** Ends servers, all at once. */
export async function stopServers(...servers: readonly RunningServer[]): Promise<void> {
  for (const { client } of servers) disconnectClient(client)
  await Promise.all(servers.map((server) => server.process.stop()))
}
