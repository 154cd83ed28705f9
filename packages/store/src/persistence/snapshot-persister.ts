import type { SnapshotFile } from './snapshot-file.ts'
import type { SnapshotRecords } from './snapshot-records.ts'

/** How far a persisting child is. */
export interface PersistingProgress {
  /** Records handed to the child so far, of `totalRecords`. */
  readonly records: number
  readonly totalRecords: number
  /** Bytes handed to the child so far. */
  readonly bytes: number
}

export interface PersistSnapshotOptions {
  /** The file's real name; nothing but a whole file ever has it. */
  readonly path: string
  /** 40 hexadecimal digits, and the offset of the state that the snapshots show. */
  readonly replicationId: string
  readonly offset: number
  /** Memory in use, for the file's `used-mem` field. */
  readonly usedMemory?: number
  /** Aborting kills the child. */
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: PersistingProgress) => void
}

/** The persisting child died, could not be started, or reported that the file can't be written. */
export class PersistingChildError extends Error {
  /** `PERSISTING_CHILD_DIED`, `PERSISTING_CHILD_FAILED` (it reported why). */
  readonly code: 'PERSISTING_CHILD_DIED' | 'PERSISTING_CHILD_FAILED'
  /** How it ended, where it died. */
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  /** The system's error, `ENOSPC` for example, where it reported one. */
  readonly systemCode: string | null

  constructor(
    code: 'PERSISTING_CHILD_DIED' | 'PERSISTING_CHILD_FAILED',
    message: string,
    details: { exitCode?: number | null; signal?: NodeJS.Signals | null; systemCode?: string | null } = {},
  ) {
    super(message)
    this.name = 'PersistingChildError'
    this.code = code
    this.exitCode = details.exitCode ?? null
    this.signal = details.signal ?? null
    this.systemCode = details.systemCode ?? null
  }
}

/**
 * Writes snapshots, one for each database (the place in the array is its number), as one RDB file, through a child
 * process. The caller closes the snapshots after the promise has settled, not before.
 * @throws PersistingChildError; the signal's reason if it was aborted.
 */
export function persistSnapshot(
  _snapshots: SnapshotRecords | readonly SnapshotRecords[],
  _options: PersistSnapshotOptions,
): Promise<SnapshotFile> {
  return Promise.reject(new Error('not written yet'))
}

/** Removes what persisting children that died together with their parents left in a folder; returns the names. */
export function removePersistingLeftovers(_directory: string): Promise<readonly string[]> {
  return Promise.resolve([])
}
