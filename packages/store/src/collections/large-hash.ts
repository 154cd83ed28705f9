import type { Address } from '../keyspace/key-space.ts'
import { VALUE_TYPE_HASH } from '../keyspace/value-type.ts'
import type { CollectionTable } from './collection-table.ts'
import { ElementIndex } from './element-index.ts'
import { LargeCollection } from './large-collection.ts'
import { firstEntry, isListpackEnd, ListpackCursor, nextEntry } from './listpack.ts'
import type { ValueCursor } from './value-cursor.ts'

/** A hash of many fields, or of long ones: each is a record whose key is the field. */
export class LargeHash extends LargeCollection {
  readonly type = VALUE_TYPE_HASH
  readonly fields: ElementIndex

  constructor(table: CollectionTable, origin: LargeHash | null = null) {
    super(table, origin)
    this.fields = new ElementIndex(this, origin?.fields ?? null)
  }

  get size(): number {
    return this.fields.size
  }

  get bytes(): number {
    return this.fields.bytes
  }

  get recordBytes(): number {
    return this.fields.recordBytes()
  }

  /** Adds the pairs of a compact hash. */
  addAll(block: Buffer, start: number): void {
    const field = new ListpackCursor()
    const value = new ListpackCursor()
    for (let at = firstEntry(start); !isListpackEnd(block, at); ) {
      field.show(block, at)
      at = nextEntry(block, at)
      value.show(block, at)
      at = nextEntry(block, at)
      this.fields.set(field.bytes, field.start, field.end, value.bytes, value.start, value.end)
    }
  }

  fork(): LargeHash {
    return new LargeHash(this.table, this)
  }

  relocate(from: Address, to: Address): void {
    this.fields.relocate(from, to)
  }

  cursor(): ValueCursor {
    return this.fields.cursor()
  }

  free(count: number): boolean {
    return this.fields.free(count)
  }
}
