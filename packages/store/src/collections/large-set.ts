import type { Address } from '../keyspace/key-space.ts'
import { VALUE_TYPE_SET } from '../keyspace/value-type.ts'
import type { CollectionTable } from './collection-table.ts'
import type { CompactSet } from './compact-set.ts'
import { ElementIndex } from './element-index.ts'
import { LargeCollection } from './large-collection.ts'
import type { ValueCursor } from './value-cursor.ts'
import { openValue } from './value-reader.ts'

/** A set of many members, or of long ones: each is a record whose key is the member. */
export class LargeSet extends LargeCollection {
  readonly type = VALUE_TYPE_SET
  readonly members: ElementIndex

  constructor(table: CollectionTable, origin: LargeSet | null = null) {
    super(table, origin)
    this.members = new ElementIndex(this, origin?.members ?? null)
  }

  get size(): number {
    return this.members.size
  }

  get bytes(): number {
    return this.members.bytes
  }

  get recordBytes(): number {
    return this.members.recordBytes()
  }

  has(bytes: Uint8Array, start: number, end: number): boolean {
    return this.members.find(bytes, start, end) !== 0
  }

  /** Adds a member; whether it is new. */
  add(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.has(bytes, start, end)) return false
    this.members.set(bytes, start, end, bytes, start, start)
    return true
  }

  /** Adds the members of a compact set, none of which are here. */
  addAll(compact: CompactSet): void {
    const cursor = openValue(compact.bytes, 0, compact.length, compact.kind, null)
    while (cursor.next()) this.add(cursor.bytes, cursor.start, cursor.end)
  }

  fork(): LargeSet {
    return new LargeSet(this.table, this)
  }

  relocate(from: Address, to: Address): void {
    this.members.relocate(from, to)
  }

  cursor(): ValueCursor {
    return this.members.cursor()
  }

  free(count: number): boolean {
    return this.members.free(count)
  }
}
