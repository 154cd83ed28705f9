import type { Address, KeySpace } from '../keyspace/key-space.ts'
import {
  isLargeKind,
  VALUE_TYPE_HASH,
  VALUE_TYPE_LIST,
  VALUE_TYPE_SET,
  VALUE_TYPE_SORTED_SET,
} from '../keyspace/value-type.ts'
import type { CollectionBuilder } from './collection-builder.ts'
import type { CollectionTable } from './collection-table.ts'
import { HashBuilder } from './hash-builder.ts'
import { ListBuilder } from './list-builder.ts'
import { SetBuilder } from './set-builder.ts'
import { SortedSetBuilder } from './sorted-set-builder.ts'
import { openValue } from './value-reader.ts'

type BuilderConstructor = new (table: CollectionTable) => CollectionBuilder

/** By type. */
const constructors: readonly (BuilderConstructor | undefined)[] = (() => {
  const byType: BuilderConstructor[] = []
  byType[VALUE_TYPE_HASH] = HashBuilder
  byType[VALUE_TYPE_LIST] = ListBuilder
  byType[VALUE_TYPE_SET] = SetBuilder
  byType[VALUE_TYPE_SORTED_SET] = SortedSetBuilder
  return byType
})()

/** Begins a collection of that type. */
export function createBuilder(keySpace: KeySpace, type: number): CollectionBuilder {
  const Builder = constructors[type]
  if (Builder === undefined) throw new TypeError(`collections of value type ${type} can't be built`)
  return new Builder(keySpace.collections)
}

/** Adds all items of a listpack to a list that is being made. */
export function addItems(builder: CollectionBuilder, bytes: Buffer, start: number): void {
  if (!(builder instanceof ListBuilder)) throw new TypeError('only a list has items')
  builder.addListpack(bytes, start)
}

/**
 * Stores a copy of the value of the record at `address` in `source` under a key in `target` (the same key space or
 * another one of the same data set), in place of what is there. A large collection takes the time that its size asks for.
 * @throws RecordTooLargeError, ArenaFullError; nothing has changed then
 */
export function copyValue(
  source: KeySpace,
  address: Address,
  target: KeySpace,
  key: Uint8Array,
  keyStart: number,
  keyEnd: number,
): void {
  const kind = source.kindOf(address)
  const bytes = source.bytesAt(address)
  const start = source.valueStart(address)
  const end = start + source.valueLength(address)
  const expiresAt = source.expiresAt(address)
  if (!isLargeKind(kind)) {
    target.set(key, keyStart, keyEnd, bytes, start, end, expiresAt, kind)
    return
  }
  const cursor = openValue(bytes, start, end, kind, source.collectionAt(address))
  const builder = createBuilder(target, source.typeOf(address))
  try {
    while (cursor.next()) {
      const { valueBytes, valueStart, valueEnd, score } = cursor
      builder.add(cursor.bytes, cursor.start, cursor.end, valueBytes, valueStart, valueEnd, score)
    }
    builder.enlarge()
  } catch (error) {
    builder.discard()
    throw error
  }
  builder.store(target, key, keyStart, keyEnd, expiresAt)
}
