import type { Address, KeySpace } from '../keyspace/key-space.ts'
import type { CollectionBuilder } from './collection-builder.ts'
import type { CollectionTable } from './collection-table.ts'
import { CompactSet } from './compact-set.ts'
import { LargeSet } from './large-set.ts'

/** Makes a set member by member. */
export class SetBuilder implements CollectionBuilder {
  readonly #table: CollectionTable
  readonly #compact = new CompactSet()
  #large: LargeSet | null = null

  constructor(table: CollectionTable) {
    this.#table = table
  }

  get size(): number {
    return this.#large?.size ?? this.#compact.size
  }

  add(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#large === null) {
      const addition = this.#compact.add(bytes, start, end, this.#table.limits)
      if (addition !== 'too-large') return addition === 'added'
    }
    return this.#enlarged().add(bytes, start, end)
  }

  enlarge(): void {
    this.#enlarged()
  }

  store(keySpace: KeySpace, key: Uint8Array, keyStart: number, keyEnd: number, expiresAt: number): Address {
    if (this.#large !== null) return keySpace.setCollection(key, keyStart, keyEnd, this.#large, expiresAt)
    const { bytes, length, kind } = this.#compact
    return keySpace.set(key, keyStart, keyEnd, bytes, 0, length, expiresAt, kind)
  }

  discard(): void {
    if (this.#large !== null) this.#table.discard(this.#large)
  }

  #enlarged(): LargeSet {
    if (this.#large === null) {
      this.#large = new LargeSet(this.#table)
      this.#large.addAll(this.#compact)
    }
    return this.#large
  }
}
