import { open } from 'node:fs/promises'
import type { Duplex } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { acceptSnapshotFetch, CHUNK_LENGTH, snapshotDataHeader } from '@repl/protocol'
import type { DiskFile } from '@repl/store'
import { RateLimiter } from './rate-limiter.ts'
import type { SendingOrder, SendingReport } from './sending-messages.ts'

/** What is needed of the file. */
export type SentFile = Pick<DiskFile, 'size' | 'read' | 'close'>

/** The least time between two reports of progress, in ms. */
const REPORT_PERIOD = 50

/** How long to wait where all of a file that is being written has been read, in ms. */
const GROWTH_PERIOD = 2

/** What a sender of files needs that is not in its order. */
export interface SendFileOptions {
  /** For simulations; the file is closed at the end. */
  readonly openFile?: (path: string) => Promise<SentFile>
  /** Holds it to a rate. */
  readonly limiter?: RateLimiter
  /** Resolves with the size of a file that is being written, when that is done. */
  readonly written?: Promise<number>
}

/**
 * Sends a file from a byte on as SnapshotChunk frames, and at its end says so. Runs in the sending child. Reads only
 * as fast as the stream takes it. A file that is being written is sent as far as it has come; its end is told when
 * `written` says where that is.
 * @returns how it ended; never rejects
 */
export async function sendFile(
  order: SendingOrder,
  stream: Duplex,
  onProgress: (report: SendingReport) => void,
  { openFile = openWithNode, limiter = new RateLimiter(), written }: SendFileOptions = {},
): Promise<SendingReport> {
  let bytes = order.from
  let reported = bytes
  /** Of the whole file; 0 while it is being written. */
  let { size } = order
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
  const report = () => {
    if (bytes === reported) return
    reported = bytes
    lastReportAt = movedAt
    onProgress({ type: 'progress', bytes, wireBytes: connection.bytesSent })
  }
  try {
    file = await openFirst(order.paths, openFile, () => size === 0 && !closed)
    if (size === 0) void written?.then((whole) => (size = whole))
    else await checkSize(file, order)
    while ((size === 0 || bytes < size) && !closed) {
      // Each chunk has a buffer of its own: the socket may still be writing the one before.
      const room = size === 0 ? CHUNK_LENGTH : size - bytes
      const buffer = Buffer.allocUnsafeSlow(Math.min(limiter.pieceLength(CHUNK_LENGTH), room))
      const isWhole = size > 0
      const bytesRead = await file.read(buffer, bytes)
      if (bytesRead === 0 && isWhole) throw new Error(`${order.paths.at(-1)} ends at byte ${bytes} of ${size}`)
      if (bytesRead === 0) {
        // It is this node that is slow, and not the slave.
        movedAt = performance.now()
        report()
        await setTimeout(GROWTH_PERIOD)
        continue
      }
      if (limiter.rate > 0) {
        await limiter.take(bytesRead)
        movedAt = performance.now()
      }
      const hasRoom = connection.sendRaw(snapshotDataHeader(bytesRead), buffer.subarray(0, bytesRead))
      if (!hasRoom && !(await connection.drained())) break
      movedAt = performance.now()
      bytes += bytesRead
      if (movedAt - lastReportAt >= REPORT_PERIOD) report()
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

/**
 * A file that was being written may have been given its name since: it is in the next place then.
 * @param mayCome whether one that is in none of the places may just not have been begun
 */
async function openFirst(
  paths: readonly string[],
  openFile: (path: string) => Promise<SentFile>,
  mayCome: () => boolean,
): Promise<SentFile> {
  for (;;) {
    for (const [i, path] of paths.entries()) {
      try {
        return await openFile(path)
      } catch (error) {
        const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
        if (!isMissing || (i === paths.length - 1 && !mayCome())) throw error
      }
    }
    await setTimeout(GROWTH_PERIOD)
  }
}

async function checkSize(file: SentFile, { paths, size }: SendingOrder): Promise<void> {
  const found = await file.size()
  if (found !== size) throw new Error(`${paths.at(-1)} has ${found} bytes, and ${size} were announced`)
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
