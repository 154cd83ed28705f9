import { open } from 'node:fs/promises'
import type { Duplex } from 'node:stream'
import { acceptSnapshotFetch, CHUNK_LENGTH, snapshotDataHeader } from '@repl/protocol'
import type { SendingOrder, SendingReport } from './sending-messages.ts'

/** The least time between two reports of progress, in ms. */
const REPORT_PERIOD = 50

/**
 * Sends a file from a byte on as SnapshotChunk frames, and at its end says so. Runs in the sending child. Reads only
 * as fast as the stream takes it.
 * @returns how it ended; never rejects
 */
export async function sendFile(
  order: SendingOrder,
  stream: Duplex,
  onProgress: (report: SendingReport) => void,
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
    await using file = await open(order.path, 'r')
    const { size } = await file.stat()
    if (size !== order.size) {
      throw new Error(`${order.path} has ${size} bytes, and ${order.size} were announced`)
    }
    while (bytes < size && !closed) {
      // Each chunk has a buffer of its own: the socket may still be writing the one before.
      const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK_LENGTH, size - bytes))
      const { bytesRead } = await file.read(buffer, 0, buffer.length, bytes)
      if (bytesRead === 0) throw new Error(`${order.path} ends at byte ${bytes} of ${size}`)
      const hasRoom = connection.sendRaw(snapshotDataHeader(bytesRead), buffer.subarray(0, bytesRead))
      if (!hasRoom && !(await connection.drained())) break
      movedAt = performance.now()
      bytes += bytesRead
      if (movedAt - lastReportAt >= REPORT_PERIOD) {
        lastReportAt = movedAt
        onProgress({ type: 'progress', bytes })
      }
    }
    if (bytes < size || closed) {
      await closing.promise
      return broken()
    }
    connection.send({ type: 'end', size })
    connection.close()
    await closing.promise
    return closeError === null ? { type: 'sent', bytes } : broken()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN'
    connection.send({ type: 'refusal', code: 'SNAPSHOT_UNREADABLE', reason: 'the master can not read its snapshot' })
    connection.close()
    await closing.promise
    return { type: 'failed', code, reason }
  } finally {
    clearInterval(watch)
  }
}
