/**
 * What the wire costs, over a TCP connection within one process (so both ends share one core):
 * `node packages/protocol/src/connection/message-connection.bench.ts`
 */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { MasterMessage, SlaveMessage } from '../messages/message-types.ts'
import { acceptLink, connectLink } from './connections.ts'
import type { MessageConnection } from './message-connection.ts'

const TOTAL_BYTES = 1024 ** 3

const server = createServer().listen(0, '127.0.0.1')
await once(server, 'listening')
const address = server.address()
if (address === null || typeof address === 'string') throw new Error('no port')
const { port } = address

async function measure(name: string, chunkLength: number, totalBytes: number, level: number | null): Promise<void> {
  const slaveSocket = connect(port, '127.0.0.1')
  const [masterSocket]: Socket[] = await once(server, 'connection')
  const message = Buffer.from(Array.from({ length: chunkLength }, (_, i) => `${(i * 7919) % 9973}`).join('')).subarray(
    0,
    chunkLength,
  )
  let received = 0
  const done = Promise.withResolvers<void>()
  const onClose = (error: Error | null) => (error ? done.reject(error) : undefined)
  const slave = connectLink(slaveSocket, {
    onMessage(arrived) {
      if (arrived.type === 'streamChunk') received += arrived.data.length
      if (received >= totalBytes) done.resolve()
    },
    onClose,
  })
  const master: MessageConnection<MasterMessage, SlaveMessage> = acceptLink(masterSocket!, { onMessage() {}, onClose })
  if (level !== null) {
    slave.enableCompression()
    master.enableCompression({ level })
  }
  const start = performance.now()
  for (let offset = 0; offset < totalBytes; offset += chunkLength) {
    if (!master.send({ type: 'streamChunk', offset, data: message })) await master.drained()
  }
  await done.promise
  const seconds = (performance.now() - start) / 1000
  console.log(
    `${name}: ${Math.round(totalBytes / seconds / 1e6)} MB/s, ${Math.round(totalBytes / chunkLength / seconds)} chunks/s` +
      (level === null ? '' : `, ${(slave.bytesReceived / totalBytes).toFixed(3)} of the bytes`),
  )
  slave.destroy()
  master.destroy()
}

for (const length of [64, 1024, 16 * 1024, 32 * 1024, 64 * 1024, 256 * 1024, 1024 * 1024]) {
  await measure(`chunks of ${length} bytes`, length, Math.min(TOTAL_BYTES, length * 200_000), null)
}
await measure('chunks of 65536 bytes, zstd 1', 64 * 1024, TOTAL_BYTES / 4, 1)
server.close()
