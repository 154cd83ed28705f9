import type { RecordVisitor } from '../keyspace/key-space-snapshot.ts'

export type { RecordVisitor }

/**
 * The records of one database as they were at one moment: what a KeySpaceSnapshot is to whoever persists it.
 * The bytes that a visitor is given stay where and as they are until the snapshot is closed: long keys and values are
 * queued on a pipe without a copy.
 */
export interface SnapshotRecords {
  /** How many records there are. */
  readonly size: number
  /** How many of them have an expiry. */
  readonly volatileSize: number
  /** Visits about `count` records more; false at the end. */
  visit(count: number, visit: RecordVisitor): boolean
}

/** Where loaded records go: what a KeySpace is to whoever loads it. */
export interface RecordTarget {
  readonly size: number
  set(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
    expiresAt: number,
    type?: number,
  ): unknown
  clear(): void
}
