import { basename, join } from 'node:path'
import type { Disk } from '../disk/disk.ts'
import { nodeDisk } from '../disk/node-disk.ts'
import { readSmallFile, replaceFile } from './replace-file.ts'
import { isSnapshotId, type SnapshotFile } from './snapshot-file.ts'

/** The name of the manifest in a store's folder. */
export const MANIFEST_FILE_NAME = 'manifest.json'

const FORMAT_VERSION = 1
const LARGEST_MANIFEST_BYTES = 64 * 1024
/** No second id. */
export const NO_REPLICATION_ID = '0'.repeat(40)

/**
 * What a store's folder holds and how it belongs together: the one file that makes a change of snapshot, journal and
 * history atomic. File names are relative to the folder.
 */
export interface Manifest {
  readonly history: {
    /** 40 hexadecimal digits. */
    readonly replicationId: string
    /** The id that this history went by up to `secondOffset`; NO_REPLICATION_ID and -1 for none. */
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

/** Reads a folder's manifest; null if it has none. @throws ManifestDamagedError, or the file system's error */
export async function readManifest(directory: string, disk: Disk = nodeDisk): Promise<Manifest | null> {
  const path = join(directory, MANIFEST_FILE_NAME)
  try {
    const content = await readSmallFile(disk, path, LARGEST_MANIFEST_BYTES)
    return content === null ? null : parseManifest(JSON.parse(content.toString('utf8')))
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError || error instanceof InvalidField) {
      throw new ManifestDamagedError(path, error.message)
    }
    throw error
  }
}

/** Replaces a folder's manifest in one step: after a crash there is the old one or the new one, whole. */
export async function writeManifest(directory: string, manifest: Manifest, disk: Disk = nodeDisk): Promise<void> {
  const content = `${JSON.stringify({ version: FORMAT_VERSION, ...manifest }, null, 2)}\n`
  await replaceFile(disk, join(directory, MANIFEST_FILE_NAME), Buffer.from(content))
}

class InvalidField extends Error {
  constructor(name: string, value: unknown) {
    super(`${name} can't be ${JSON.stringify(value)}`)
  }
}

function parseManifest(value: unknown): Manifest {
  const manifest = fieldsOf('the manifest', value)
  if (manifest['version'] !== FORMAT_VERSION) throw new InvalidField('version', manifest['version'])
  const history = fieldsOf('history', manifest['history'])
  const journal = fieldsOf('journal', manifest['journal'])
  return {
    history: {
      replicationId: matching(/^[0-9a-f]{40}$/, history, 'replicationId'),
      secondReplicationId: matching(/^[0-9a-f]{40}$/, history, 'secondReplicationId'),
      secondOffset: integerFrom(-1, history, 'secondOffset'),
    },
    journal: { directory: fileName(journal, 'directory'), startOffset: integerFrom(0, journal, 'startOffset') },
    snapshot: manifest['snapshot'] === null ? null : parseSnapshot(fieldsOf('snapshot', manifest['snapshot'])),
  }
}

function parseSnapshot(fields: Record<string, unknown>): ManifestSnapshot {
  const id = matching(/./, fields, 'id')
  if (!isSnapshotId(id)) throw new InvalidField('id', id)
  return {
    id,
    fileName: fileName(fields, 'fileName'),
    size: integerFrom(1, fields, 'size'),
    crc64: matching(/^[0-9a-f]{16}$/, fields, 'crc64'),
    replicationId: matching(/^[0-9a-f]{40}$/, fields, 'replicationId'),
    offset: integerFrom(0, fields, 'offset'),
    createdAt: integerFrom(0, fields, 'createdAt'),
  }
}

function fieldsOf(name: string, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new InvalidField(name, value)
  return { ...value }
}

function matching(pattern: RegExp, fields: Record<string, unknown>, name: string): string {
  const value = fields[name]
  if (typeof value !== 'string' || !pattern.test(value)) throw new InvalidField(name, value)
  return value
}

/** A name in the manifest's own folder: what a manifest says must not lead out of it. */
function fileName(fields: Record<string, unknown>, name: string): string {
  const value = matching(/^[^/\\\0]+$/, fields, name)
  if (basename(value) !== value || value === '.' || value === '..') throw new InvalidField(name, value)
  return value
}

function integerFrom(lowest: number, fields: Record<string, unknown>, name: string): number {
  const value = fields[name]
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < lowest) throw new InvalidField(name, value)
  return value
}
