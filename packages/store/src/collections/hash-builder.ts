import type { Address, KeySpace } from '../keyspace/key-space.ts'
import { ENCODING_COMPACT, kindOf, VALUE_TYPE_HASH } from '../keyspace/value-type.ts'
import type { CollectionBuilder } from './collection-builder.ts'
import type { CollectionTable } from './collection-table.ts'
import { CompactBlock } from './compact-block.ts'
import { LargeHash } from './large-hash.ts'
import { findEntry, firstEntry } from './listpack.ts'

const COMPACT_HASH = kindOf(VALUE_TYPE_HASH, ENCODING_COMPACT)

/** Makes a hash field by field. */
export class HashBuilder implements CollectionBuilder {
  readonly #table: CollectionTable
  readonly #block = new CompactBlock()
  #large: LargeHash | null = null

  constructor(table: CollectionTable) {
    this.#table = table
  }

  get size(): number {
    return this.#large?.size ?? this.#block.count / 2
  }

  add(
    bytes: Uint8Array,
    start: number,
    end: number,
    valueBytes: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): boolean {
    const { hashMaxListpackEntries, hashMaxListpackValue } = this.#table.limits
    if (this.#large === null) {
      const block = this.#block
      if (findEntry(block.bytes, firstEntry(0), bytes, start, end, 2) >= 0) return false
      const isShort = end - start <= hashMaxListpackValue && valueEnd - valueStart <= hashMaxListpackValue
      if (isShort && block.count / 2 < hashMaxListpackEntries) {
        block.append(bytes, start, end)
        block.append(valueBytes, valueStart, valueEnd)
        return true
      }
    }
    const { fields } = this.#enlarged()
    if (fields.find(bytes, start, end) !== 0) return false
    fields.set(bytes, start, end, valueBytes, valueStart, valueEnd)
    return true
  }

  enlarge(): void {
    this.#enlarged()
  }

  store(keySpace: KeySpace, key: Uint8Array, keyStart: number, keyEnd: number, expiresAt: number): Address {
    if (this.#large !== null) return keySpace.setCollection(key, keyStart, keyEnd, this.#large, expiresAt)
    const { bytes, length } = this.#block
    return keySpace.set(key, keyStart, keyEnd, bytes, 0, length, expiresAt, COMPACT_HASH)
  }

  discard(): void {
    if (this.#large !== null) this.#table.discard(this.#large)
  }

  #enlarged(): LargeHash {
    if (this.#large === null) {
      this.#large = new LargeHash(this.#table)
      this.#large.addAll(this.#block.bytes, 0)
    }
    return this.#large
  }
}
