/** A snapshot on disk: a whole RDB file with its place in a history. */
export interface SnapshotFile {
  /** Names the file's exact content: equal ids, equal bytes. Safe as part of a file name. */
  readonly id: string
  readonly path: string
  /** In bytes. */
  readonly size: number
  /** The CRC64 in the file's trailer, 16 hexadecimal digits. */
  readonly crc64: string
  /** The history that it belongs to, 40 hexadecimal digits. */
  readonly replicationId: string
  /** The state it holds is the one at this offset of the history. */
  readonly offset: number
  /** Unix milliseconds. */
  readonly createdAt: number
}

const SNAPSHOT_ID = /^[0-9A-Za-z-]{1,128}$/

/** A snapshot file that a child is still writing: it grows, and what is there of it stays as it is. */
export interface SnapshotDraft extends Pick<SnapshotFile, 'id' | 'replicationId' | 'offset'> {
  /** Where it lies while it is being written, and from then on. */
  readonly paths: readonly [string, string]
}

/**
 * The id of a snapshot of this history and offset.
 * @param distinction tells its file from others of the same state, which may hold it in another order: random, or the
 *   file's own CRC64
 */
export function snapshotIdOf(replicationId: string, offset: number, distinction: string): string {
  return `${replicationId}-${offset}-${distinction}`
}

/** Whether text from outside may be used as a snapshot's id, and so in a file's name. */
export function isSnapshotId(text: string): boolean {
  return SNAPSHOT_ID.test(text)
}
