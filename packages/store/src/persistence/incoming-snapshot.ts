import type { SnapshotFile } from './snapshot-file.ts'

/** What a master says of the snapshot that it is going to send. */
export interface IncomingSnapshotDescription {
  readonly snapshotId: string
  readonly replicationId: string
  readonly offset: number
  /** In bytes. */
  readonly size: number
}

/** A snapshot can't be received. */
export class IncomingSnapshotError extends Error {
  /**
   * `SNAPSHOT_DESCRIPTION`: an id, size or offset that can't be; `SNAPSHOT_SIZE`: more bytes than announced, or
   * completed with fewer; `SNAPSHOT_CHECKSUM`: its bytes are damaged, the part is gone; `SNAPSHOT_WRITE`: the disk
   * refuses, see `systemCode`; what is there stays for another try.
   */
  readonly code: 'SNAPSHOT_DESCRIPTION' | 'SNAPSHOT_SIZE' | 'SNAPSHOT_CHECKSUM' | 'SNAPSHOT_WRITE'
  /** The system's error, `ENOSPC` for example. */
  readonly systemCode: string | null

  constructor(code: IncomingSnapshotError['code'], message: string, systemCode: string | null = null) {
    super(message)
    this.name = 'IncomingSnapshotError'
    this.code = code
    this.systemCode = systemCode
  }
}

/**
 * A snapshot file on its way from the master, in `incoming-<snapshotId>.rdb.part`. What has arrived survives a broken
 * link and a restart: open it again under the same id and go on from `received`.
 */
export class IncomingSnapshot implements AsyncDisposable {
  readonly description: IncomingSnapshotDescription

  private constructor(description: IncomingSnapshotDescription) {
    this.description = description
  }

  /** Opens or goes on with a transfer; parts of other snapshots in the folder are removed. */
  static open(_directory: string, _description: IncomingSnapshotDescription): Promise<IncomingSnapshot> {
    return Promise.reject(new Error('not written yet'))
  }

  /** How many bytes are there: the transfer goes on from this one. */
  get received(): number {
    return 0
  }

  /** Adds the next bytes; they may be reused once the promise has settled. One call at a time. */
  write(_chunk: Uint8Array): Promise<void> {
    return Promise.reject(new Error('not written yet'))
  }

  /** Checks size and CRC64, makes the file durable and gives it its name, `snapshot-<snapshotId>.rdb`. */
  complete(): Promise<SnapshotFile> {
    return Promise.reject(new Error('not written yet'))
  }

  /** Lets go of the file; what has arrived stays for another try. Idempotent. */
  close(): Promise<void> {
    return Promise.resolve()
  }

  /** Closes, and removes what has arrived. */
  discard(): Promise<void> {
    return Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
