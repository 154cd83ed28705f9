import { Redis } from 'ioredis'
import type { ServerProcess } from './server-process.ts'
import { waitUntil } from './wait-until.ts'

/** How long a server may take until it answers PING, in ms. */
const READY_TIMEOUT = 30_000

/** Which server a client is for. */
export interface ClientTarget {
  readonly server: ServerProcess
  readonly port: number
  readonly password?: string
}

/**
 * A client of a server that has just been started, connected as soon as the server answers. It never reconnects by
 * itself: a broken connection makes its commands fail.
 * @throws ServerEndedError, WaitTimeoutError
 */
export async function connectClient(target: ClientTarget, signal: AbortSignal): Promise<Redis> {
  const { server, port, password } = target
  const wait = { awaited: `${server.name} answers on port ${port}`, timeout: READY_TIMEOUT, signal }
  return await waitUntil(wait, async () => {
    server.assertRunning()
    const client = new Redis({
      host: '127.0.0.1',
      port,
      ...(password === undefined ? {} : { password }),
      lazyConnect: true,
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
    })
    // Every command that fails says why itself.
    client.on('error', () => {})
    try {
      await client.connect()
      await client.ping()
      return client
    } catch {
      disconnectClient(client)
      return undefined
    }
  })
}

/** Ends a client's connection, unless it's over: there ioredis would start a timer that holds this process for seconds. */
export function disconnectClient(client: Redis): void {
  if (client.status !== 'end') client.disconnect()
}
