import type { SnapshotFile } from './snapshot-file.ts'

/** The name of the manifest in a store's folder. */
export const MANIFEST_FILE_NAME = 'manifest.json'

/**
 * What a store's folder holds and how it belongs together: the one file that makes a change of snapshot, journal and
 * history atomic. File names are relative to the folder.
 */
export interface Manifest {
  readonly history: {
    /** 40 hexadecimal digits. */
    readonly replicationId: string
    /** The id that this history went by up to `secondOffset`; forty zeros and -1 for none. */
    readonly secondReplicationId: string
    readonly secondOffset: number
  }
  /** The folder of the journal's segments, and the offset at which that journal was begun. */
  readonly journal: { readonly directory: string; readonly startOffset: number }
  /** The snapshot to load before the journal from its offset on; null: the journal begins with an empty key space. */
  readonly snapshot: ManifestSnapshot | null
}

/** A SnapshotFile in the manifest's folder. */
export interface ManifestSnapshot extends Omit<SnapshotFile, 'path'> {
  readonly fileName: string
}

/** The manifest is there but is no manifest. Code `MANIFEST_DAMAGED`. */
export class ManifestDamagedError extends Error {
  readonly code = 'MANIFEST_DAMAGED'
  readonly path: string

  constructor(path: string, reason: string) {
    super(`${path} is damaged: ${reason}`)
    this.name = 'ManifestDamagedError'
    this.path = path
  }
}

/** Reads a folder's manifest; null if it has none. @throws ManifestDamagedError */
export function readManifest(_directory: string): Promise<Manifest | null> {
  return Promise.reject(new Error('not written yet'))
}

/** Replaces a folder's manifest in one step: after a crash there is the old one or the new one, whole. */
export function writeManifest(_directory: string, _manifest: Manifest): Promise<void> {
  return Promise.reject(new Error('not written yet'))
}
