import { join } from 'node:path'
import type { Disk } from '../disk/disk.ts'
import { isSnapshotId, type SnapshotFile } from '../persistence/snapshot-file.ts'
import type { FormerHistory, History } from './history.ts'
import { MAX_FORMER_HISTORIES } from './history.ts'

/** The name of the manifest in a store's folder. */
export const MANIFEST_FILE_NAME = 'manifest.json'

const FORMAT_VERSION = 1

/** The place of a journal: the folder of its segments below the store's, and where in the history it begins. */
export interface JournalPlace {
  readonly directory: string
  readonly startOffset: number
  /** The id under which it was begun. The history may have gone on under others since. */
  readonly replicationId: string
}

/**
 * What a store's folder holds and how it belongs together: the one file that makes a change of snapshot, journal,
 * history and role atomic. File names are relative to the folder.
 */
export interface Manifest {
  readonly history: History
  readonly journal: JournalPlace
  /** The snapshot that recovery begins with; null: the journal begins with no data. */
  readonly snapshot: ManifestSnapshot | null
  /** Older ones that slaves have begun to fetch. */
  readonly olderSnapshots: readonly ManifestSnapshot[]
  /** Whether this node is a slave. */
  readonly isFollowing: boolean
  /** Whether the store was closed in order, so that nobody can have more of its history than it has itself. */
  readonly isClean: boolean
}

/** A SnapshotFile in the manifest's folder. */
export interface ManifestSnapshot extends Omit<SnapshotFile, 'path'> {
  readonly fileName: string
}

/** The manifest is there but is none. Nothing is opened then, and nothing changed. */
export class ManifestDamagedError extends Error {
  override readonly name = 'ManifestDamagedError'
  readonly code = 'MANIFEST_DAMAGED'
  readonly path: string

  constructor(path: string, reason: string) {
    super(`${path} is damaged: ${reason}`)
    this.path = path
  }
}

/** Reads a folder's manifest; null if it has none. @throws ManifestDamagedError */
export function readManifest(disk: Disk, directory: string): Manifest | null {
  const path = join(directory, MANIFEST_FILE_NAME)
  let text: string
  try {
    text = disk.readFileSync(path).toString('utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  try {
    return parseManifest(JSON.parse(text))
  } catch (error) {
    throw new ManifestDamagedError(path, error instanceof Error ? error.message : String(error))
  }
}

/**
 * Replaces a folder's manifest in one step: after a crash there is the old one or the new one, whole. Synchronous,
 * since nothing may be written under a new id or role before that is on disk; it is a few hundred bytes, and rare.
 */
export function writeManifest(disk: Disk, directory: string, manifest: Manifest): void {
  const path = join(directory, MANIFEST_FILE_NAME)
  const temporary = `${path}.tmp`
  const file = disk.openSync(temporary, 'create')
  try {
    file.writeSync([Buffer.from(`${JSON.stringify({ version: FORMAT_VERSION, ...manifest }, null, 2)}\n`)], 0)
    file.datasyncSync()
  } finally {
    file.closeSync()
  }
  disk.renameSync(temporary, path)
  disk.syncDirectorySync(directory)
}

function parseManifest(value: unknown): Manifest {
  const root = record(value, 'the file')
  if (root['version'] !== FORMAT_VERSION) throw new Error(`version ${String(root['version'])} is not ${FORMAT_VERSION}`)
  const history = record(root['history'], 'history')
  const former = history['former']
  if (!Array.isArray(former) || former.length > MAX_FORMER_HISTORIES) throw new Error('history.former is no short list')
  const journal = record(root['journal'], 'journal')
  return {
    history: { replicationId: replicationId(history['replicationId']), former: former.map(parseFormerHistory) },
    journal: {
      directory: fileName(journal['directory']),
      startOffset: count(journal['startOffset'], 'journal.startOffset'),
      replicationId: replicationId(journal['replicationId']),
    },
    snapshot: root['snapshot'] === null ? null : parseSnapshot(root['snapshot']),
    olderSnapshots: parseSnapshots(root['olderSnapshots']),
    isFollowing: boolean(root['isFollowing'], 'isFollowing'),
    isClean: boolean(root['isClean'], 'isClean'),
  }
}

function parseFormerHistory(value: unknown): FormerHistory {
  const former = record(value, 'history.former')
  return {
    replicationId: replicationId(former['replicationId']),
    offset: count(former['offset'], 'history.former.offset'),
  }
}

/** Manifests from before there were any have no such list. */
function parseSnapshots(value: unknown): ManifestSnapshot[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw new Error('olderSnapshots is no list')
  return value.map(parseSnapshot)
}

function parseSnapshot(value: unknown): ManifestSnapshot {
  const snapshot = record(value, 'snapshot')
  const { id, crc64 } = snapshot
  if (typeof id !== 'string' || !isSnapshotId(id)) throw new Error(`snapshot.id is ${String(id)}`)
  if (typeof crc64 !== 'string' || !/^[0-9a-f]{16}$/.test(crc64)) throw new Error(`snapshot.crc64 is ${String(crc64)}`)
  return {
    id,
    fileName: fileName(snapshot['fileName']),
    size: count(snapshot['size'], 'snapshot.size'),
    crc64,
    replicationId: replicationId(snapshot['replicationId']),
    offset: count(snapshot['offset'], 'snapshot.offset'),
    createdAt: count(snapshot['createdAt'], 'snapshot.createdAt'),
  }
}

function record(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Error(`${name} is no object`)
  return value as Record<string, unknown>
}

function replicationId(value: unknown): string {
  if (typeof value !== 'string' || !/^[0-9a-f]{40}$/.test(value))
    throw new Error(`${String(value)} is no replication id`)
  return value
}

function fileName(value: unknown): string {
  if (typeof value !== 'string' || !/^[0-9A-Za-z][0-9A-Za-z.-]*$/.test(value)) {
    throw new Error(`${String(value)} is no file name`)
  }
  return value
}

function count(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new Error(`${name} is ${String(value)}`)
  }
  return value
}

function boolean(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') throw new Error(`${name} is ${String(value)}`)
  return value
}
