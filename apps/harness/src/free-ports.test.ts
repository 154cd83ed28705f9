import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { findFreePorts } from './free-ports.ts'

test('finds ports that differ and can be listened on', async () => {
  const ports = await findFreePorts(3)
  expect(new Set(ports).size).toBe(3)
  for (const port of ports) {
    const server = createServer().listen(port, '127.0.0.1')
    await once(server, 'listening')
    server.close()
    await once(server, 'close')
  }
})
