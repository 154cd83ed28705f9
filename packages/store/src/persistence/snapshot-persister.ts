import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { ChildLauncher } from '../children/child-launcher.ts'
import type { Disk } from '../disk/disk.ts'
import { nodeDisk } from '../disk/node-disk.ts'
import { encodeRdbFileHeader } from '../rdb/rdb-file-header.ts'
import { RdbRecordEncoder } from '../rdb/rdb-record-encoder.ts'
import { PersistingChildProcess } from './persisting-child-process.ts'
import { persistingFileName, persistingProcessOf } from './persisting-child-report.ts'
import { type SnapshotDraft, type SnapshotFile, snapshotIdOf } from './snapshot-file.ts'
import type { SnapshotRecords } from './snapshot-records.ts'

/** No turn of the event loop is held longer than about this. */
const SLICE_MILLISECONDS = 1
/** Records between two looks at the clock. */
const RECORDS_PER_LOOK = 128
/**
 * While more than this is on its way to the child, no records are encoded. What is queued is written in one turn as
 * soon as the child takes it: 8 MiB made turns of 2 to 5 ms, and were no faster.
 */
const QUEUED_BYTES_LIMIT = 1024 * 1024
const DISTINCTION_BYTES = 8

/** How far a persisting child is. */
export interface PersistingProgress {
  /** Of `totalRecords`, those encoded so far. */
  readonly records: number
  readonly totalRecords: number
  /** Bytes encoded so far. */
  readonly bytes: number
}

export interface PersistSnapshotOptions {
  /** Starts the child. */
  readonly children: ChildLauncher
  /** Where the child writes; the operating system's file system by default. */
  readonly disk?: Disk
  /** The file's real name; nothing but a whole file ever has it. */
  readonly path: string
  /** 40 hexadecimal digits, and the offset of the state that the snapshots show. */
  readonly replicationId: string
  readonly offset: number
  /** The database that the stream has selected at that offset; 0 by default. */
  readonly streamDatabase?: number
  /** Memory in use, for the file's `used-mem` field; in bytes. */
  readonly usedMemory?: number
  /** Aborting kills the child. */
  readonly signal?: AbortSignal
  /** Called when the child has been started. */
  readonly onBegun?: (draft: SnapshotDraft) => void
  /** Called once in each turn that goes on with it. */
  readonly onProgress?: (progress: PersistingProgress) => void
}

/**
 * Writes snapshots, one for each database (the place in the array is its number), as one RDB file, through a child
 * process. The caller closes the snapshots when the promise has settled, not before.
 * @throws PersistingChildError; the signal's reason if it was aborted.
 */
export async function persistSnapshot(
  snapshots: SnapshotRecords | readonly SnapshotRecords[],
  options: PersistSnapshotOptions,
): Promise<SnapshotFile> {
  const { children, disk = nodeDisk, path, replicationId, offset, signal, onBegun, onProgress } = options
  const { streamDatabase = 0, usedMemory = 0 } = options
  signal?.throwIfAborted()
  const createdAt = Date.now()
  const id = snapshotIdOf(replicationId, offset, randomBytes(DISTINCTION_BYTES).toString('hex'))
  const child = await PersistingChildProcess.start(children, disk, path)
  const kill = () => child.kill()
  signal?.addEventListener('abort', kill)
  try {
    signal?.throwIfAborted()
    onBegun?.({ id, replicationId, offset, paths: [persistingFileName(path, child.processId), path] })
    const encoder = new RdbRecordEncoder((piece) => child.write(piece, release))
    const release = (piece: Buffer) => encoder.release(piece)
    encoder.appendEncoded(encodeRdbFileHeader({ replicationId, offset, streamDatabase, createdAt, usedMemory }))
    await encodeDatabases('visit' in snapshots ? [snapshots] : snapshots, encoder, child, onProgress)
    encoder.end()
    child.complete()
    const outcome = await child.outcome
    if (outcome instanceof Error) {
      signal?.throwIfAborted()
      throw outcome
    }
    const { size, crc64 } = outcome
    return { id, path, size, crc64, replicationId, offset, createdAt }
  } catch (error) {
    child.kill()
    await child.outcome
    throw error
  } finally {
    signal?.removeEventListener('abort', kill)
  }
}

async function encodeDatabases(
  databases: readonly SnapshotRecords[],
  encoder: RdbRecordEncoder,
  child: PersistingChildProcess,
  onProgress: ((progress: PersistingProgress) => void) | undefined,
): Promise<void> {
  const totalRecords = databases.reduce((sum, { size }) => sum + size, 0)
  for (const [database, snapshot] of databases.entries()) {
    if (snapshot.size === 0) continue
    encoder.selectDatabase(database, snapshot.size, snapshot.volatileSize)
    let hasMore = true
    while ((hasMore || encoder.isWithinValue) && !child.isClosed) {
      const end = performance.now() + SLICE_MILLISECONDS
      do {
        if (encoder.isWithinValue) encoder.advance()
        else hasMore = snapshot.visit(RECORDS_PER_LOOK, encoder.append)
      } while ((hasMore || encoder.isWithinValue) && child.queuedBytes < QUEUED_BYTES_LIMIT && performance.now() < end)
      onProgress?.({ records: encoder.records, totalRecords, bytes: encoder.bytes })
      await setImmediate()
      await child.drainedTo(QUEUED_BYTES_LIMIT)
    }
  }
}

/**
 * Removes what persisting children have left in a folder that died together with their parents. To be called while
 * none is at work there.
 * @returns the names of the files
 */
export async function removePersistingLeftovers(directory: string, disk: Disk = nodeDisk): Promise<readonly string[]> {
  const leftovers = (await disk.list(directory)).filter((name) => persistingProcessOf(name) !== null)
  for (const name of leftovers) await disk.unlink(join(directory, name))
  return leftovers
}
