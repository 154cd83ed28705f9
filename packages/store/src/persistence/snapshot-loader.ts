import type { RecordTarget } from './snapshot-records.ts'

/** How far a loader is. */
export interface LoadingProgress {
  /** Bytes of the file read so far, of `size`. */
  readonly bytes: number
  readonly size: number
  /** Records loaded so far. */
  readonly records: number
}

export interface LoadSnapshotOptions {
  /** The key space that database `database` of the file is loaded into; throws where there is none such. */
  readonly keySpaceFor: (database: number) => RecordTarget
  /** Whether to compare the CRC64; false only where it has just been done. Default true. */
  readonly verify?: boolean
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: LoadingProgress) => void
}

/** What a loaded file said of itself. */
export interface LoadedSnapshot {
  readonly version: number
  /** From `repl-id` and `repl-offset`; null where the file has none, as a dump of a lone Redis server. */
  readonly replicationId: string | null
  readonly offset: number | null
  readonly records: number
  /** All auxiliary fields. */
  readonly auxiliaryFields: ReadonlyMap<string, string>
}

/**
 * Loads an RDB file into empty key spaces, a few milliseconds at a time. Records that have expired are loaded too:
 * whether they are still there is for the master's journal to say.
 * If it fails, every key space that it has put something into is empty again.
 * @throws RdbError, the file system's error, or the signal's reason.
 */
export function loadSnapshot(_path: string, _options: LoadSnapshotOptions): Promise<LoadedSnapshot> {
  return Promise.reject(new Error('not written yet'))
}
