import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/**
 * Loopback ports that the system says are free. All are held until the last is found, so they differ; then they are
 * let go, for a server that takes its port as an argument.
 */
export async function findFreePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  try {
    const ports: number[] = []
    for (const server of servers) {
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      ports.push((server.address() as AddressInfo).port)
    }
    return ports
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  }
}
