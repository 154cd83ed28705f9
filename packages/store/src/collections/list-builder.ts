import type { Address, KeySpace } from '../keyspace/key-space.ts'
import { ENCODING_COMPACT, kindOf, VALUE_TYPE_LIST } from '../keyspace/value-type.ts'
import type { CollectionBuilder } from './collection-builder.ts'
import type { CollectionTable } from './collection-table.ts'
import { CompactBlock } from './compact-block.ts'
import { staysCompactList } from './compact-list.ts'
import { LargeList } from './large-list.ts'
import { MAX_CHUNK_BYTES } from './list-chunk.ts'
import { EMPTY_LISTPACK_BYTES, entryBytesFor, listpackBytes } from './listpack.ts'

/** What the record of a compact list is marked with. */
export const COMPACT_LIST = kindOf(VALUE_TYPE_LIST, ENCODING_COMPACT)

/** Makes a list, from its first item to its last. */
export class ListBuilder implements CollectionBuilder {
  readonly #table: CollectionTable
  /** The items that are in no chunk yet. */
  readonly #block = new CompactBlock()
  #large: LargeList | null = null

  constructor(table: CollectionTable) {
    this.#table = table
  }

  get size(): number {
    return (this.#large?.size ?? 0) + this.#block.count
  }

  add(bytes: Uint8Array, start: number, end: number): boolean {
    const entryBytes = entryBytesFor(bytes, start, end)
    if (this.#block.length + entryBytes > MAX_CHUNK_BYTES) {
      const large = this.#enlarge()
      if (this.#block.length + entryBytes > MAX_CHUNK_BYTES) {
        large.insert(large.size, bytes, start, end)
        return true
      }
    }
    this.#block.append(bytes, start, end)
    return true
  }

  /** Adds all items of a listpack, as a whole where it is no longer than a chunk. */
  addListpack(bytes: Buffer, start: number): void {
    const length = listpackBytes(bytes, start)
    if (this.#block.length + length - EMPTY_LISTPACK_BYTES > MAX_CHUNK_BYTES) {
      const large = this.#enlarge()
      if (length > MAX_CHUNK_BYTES) {
        large.appendListpack(bytes, start)
        return
      }
    }
    this.#block.join(bytes, start)
  }

  enlarge(): void {
    this.#enlarge()
  }

  store(keySpace: KeySpace, key: Uint8Array, keyStart: number, keyEnd: number, expiresAt: number): Address {
    const { bytes, length, count } = this.#block
    if (this.#large === null && staysCompactList(this.#table.limits, length, count)) {
      return keySpace.set(key, keyStart, keyEnd, bytes, 0, length, expiresAt, COMPACT_LIST)
    }
    return keySpace.setCollection(key, keyStart, keyEnd, this.#enlarge(), expiresAt)
  }

  discard(): void {
    if (this.#large !== null) this.#table.discard(this.#large)
  }

  /** Moves the items so far into chunks. */
  #enlarge(): LargeList {
    this.#large ??= new LargeList(this.#table)
    this.#large.appendListpack(this.#block.bytes, 0)
    this.#block.clear()
    return this.#large
  }
}
