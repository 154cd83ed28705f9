import type { ElementsDigest } from '../digest/elements-digest.ts'
import { ElementsReader, type ElementsReading } from '../digest/elements-reader.ts'
import type { Address } from '../keyspace/arena.ts'
import type { CollectionTable } from './collection-table.ts'
import type { ValueCursor } from './value-cursor.ts'

/**
 * A collection that is too large for one listpack: what the handle in a key's record stands for. Its elements are
 * records in the key space's log, and they carry `owner`.
 *
 * It may be written only while no open snapshot sees it, which KeySpace.writableCollectionAt sees to: the first write
 * after a snapshot was opened makes a `fork`, which shares everything with this one (pages of the index, nodes of a
 * tree, records), all of it stamped with the epoch that it was made in and copied before it is first written.
 * The one that was forked is never written again: it belongs to the snapshots.
 */
export abstract class LargeCollection {
  /** VALUE_TYPE_SET, … */
  abstract readonly type: number
  readonly table: CollectionTable
  /** What its element records carry; the same in all forks, of which the newest is the owner. */
  readonly owner: number
  /** The epoch of the log that it was made in. */
  readonly epoch: number
  /** What the key's record holds; 0 before it is in the key space. */
  handle = 0

  /**
   * The digest of its elements, which every write of one keeps up to date; null where none is kept, or where nothing
   * has been written since that began. CollectionTable sees to it; a fork has its own.
   */
  digest: ElementsDigest | null

  /** @param origin what it is a fork of; null for a new one, with no elements */
  constructor(table: CollectionTable, origin: LargeCollection | null) {
    this.table = table
    this.epoch = table.log.epoch
    this.owner = table.claim(this, origin)
    this.digest = origin === null ? table.digestOfNone() : (origin.digest?.clone() ?? null)
  }

  /** How many elements it has. */
  abstract get size(): number

  /** Bytes that it takes beside its records: index pages, tree nodes. */
  abstract get bytes(): number

  /** Bytes of its records, about; for MEMORY USAGE, so it may take a while. */
  abstract get recordBytes(): number

  /** `return new LargeX(this.table, this)`, which takes over (shares) all parts of this one. */
  abstract fork(): LargeCollection

  /** Makes what points to the record at `from` point to `to`, where compaction has copied it. */
  abstract relocate(from: Address, to: Address): void

  /** Goes through all elements: a list by position, a sorted set by score. Valid while a snapshot keeps it, or for a turn. */
  abstract cursor(): ValueCursor

  /** Reads all elements for their digest, whether that is known or not. Valid as long as what `cursor` gives. */
  readElements(): ElementsReading {
    return new ElementsReader(this.cursor(), this.type)
  }

  /**
   * The digest of the elements, while digests are kept, and after all collections have been read that were there when
   * that began.
   */
  get knownElements(): Int32Array {
    const { digest } = this
    if (digest?.isComplete !== true) throw new Error(`the digest of the large collection ${this.handle} is not known`)
    return digest.lanes
  }

  /**
   * Frees about `count` of its records, going on where the last call stopped. Only what is not in the key space any
   * more is freed; nothing else is called in between but `relocate`.
   * @returns whether there are more
   */
  abstract free(count: number): boolean
}
