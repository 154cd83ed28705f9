import { open } from 'node:fs/promises'
import type { Duplex } from 'node:stream'
import { acceptSnapshotFetch, CHUNK_LENGTH, snapshotDataHeader } from '@repl/protocol'
import type { DiskFile } from '@repl/store'
import { RateLimiter } from './rate-limiter.ts'
import type { SendingOrder, SendingReport } from './sending-messages.ts'

/** What is needed of the file. */
export type SentFile = Pick<DiskFile, 'size' | 'read' | 'close'>

/** The least time between two reports of progress, in ms. */
const REPORT_PERIOD = 50

/**
 * Sends a file from a byte on as SnapshotChunk frames, and at its end says so. Runs in the sending child. Reads only
 * as fast as the stream takes it.
 * @param limiter holds it to a rate
 * @param openFile for simulations; the file is closed at the end
 * @returns how it ended; never rejects
 */
export async function sendFile(
  order: SendingOrder,
  stream: Duplex,
  onProgress: (report: SendingReport) => void,
  openFile: (path: string) => Promise<SentFile> = openWithNode,
  limiter: RateLimiter = new RateLimiter(),
): Promise<SendingReport> {
  let bytes = order.from
  let lastReportAt = 0
  let closed = false
  let closeError: Error | null = null
  const closing = Promise.withResolvers<void>()
  const connection = acceptSnapshotFetch(stream, {
    onMessage: () => {
      throw new Error('the slave sent a second message on the connection of a snapshot')
    },
    onClose: (error) => {
      closed = true
      closeError = error
      closing.resolve()
    },
  })
  if (order.compressionLevel) connection.enableCompression({ level: order.compressionLevel })
  let file: SentFile | null = null
  let movedAt = performance.now()
  const watch = setInterval(
    () => {
      if (performance.now() - movedAt < order.timeout) return
      connection.destroy(new Error(`the slave took no byte for ${order.timeout} ms`))
    },
    Math.max(10, order.timeout / 4),
  )
  const broken = (): SendingReport => ({
    type: 'broken',
    bytes,
    reason: (closeError as Error | null)?.message ?? 'the slave closed the connection',
  })
  try {
    file = await openFile(order.path)
    const size = await file.size()
    if (size !== order.size) {
      throw new Error(`${order.path} has ${size} bytes, and ${order.size} were announced`)
    }
    while (bytes < size && !closed) {
      // Each chunk has a buffer of its own: the socket may still be writing the one before.
      const buffer = Buffer.allocUnsafeSlow(Math.min(limiter.pieceLength(CHUNK_LENGTH), size - bytes))
      const bytesRead = await file.read(buffer, bytes)
      if (bytesRead === 0) throw new Error(`${order.path} ends at byte ${bytes} of ${size}`)
      if (limiter.rate > 0) {
        await limiter.take(bytesRead)
        movedAt = performance.now()
      }
      const hasRoom = connection.sendRaw(snapshotDataHeader(bytesRead), buffer.subarray(0, bytesRead))
      if (!hasRoom && !(await connection.drained())) break
      movedAt = performance.now()
      bytes += bytesRead
      if (movedAt - lastReportAt >= REPORT_PERIOD) {
        lastReportAt = movedAt
        onProgress({ type: 'progress', bytes, wireBytes: connection.bytesSent })
      }
    }
    if (bytes < size || closed) {
      await closing.promise
      return broken()
    }
    connection.send({ type: 'end', size })
    connection.close()
    await closing.promise
    return closeError === null ? { type: 'sent', bytes, wireBytes: connection.bytesSent } : broken()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN'
    connection.send({ type: 'refusal', code: 'SNAPSHOT_UNREADABLE', reason: 'the master can not read its snapshot' })
    connection.close()
    await closing.promise
    return { type: 'failed', code, reason }
  } finally {
    clearInterval(watch)
    await file?.close()
  }
}

/** Without the store's own disk: the child is up sooner the less it loads. */
async function openWithNode(path: string): Promise<SentFile> {
  const file = await open(path, 'r')
  return {
    size: async () => (await file.stat()).size,
    read: async (target, position) => (await file.read(target, 0, target.length, position)).bytesRead,
    close: () => file.close(),
  }
}
