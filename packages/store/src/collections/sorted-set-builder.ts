import type { Address, KeySpace } from '../keyspace/key-space.ts'
import { ENCODING_COMPACT, kindOf, VALUE_TYPE_SORTED_SET } from '../keyspace/value-type.ts'
import type { CollectionBuilder } from './collection-builder.ts'
import type { CollectionTable } from './collection-table.ts'
import { CompactSortedSet } from './compact-sorted-set.ts'
import { LargeSortedSet } from './large-sorted-set.ts'

/** What the record of a compact sorted set is marked with. */
export const COMPACT_SORTED_SET = kindOf(VALUE_TYPE_SORTED_SET, ENCODING_COMPACT)

/** Makes a sorted set, of elements in any order. */
export class SortedSetBuilder implements CollectionBuilder {
  readonly #table: CollectionTable
  #set: CompactSortedSet | LargeSortedSet
  /** Members whose score is -0, which a listpack has as 0, and a large sorted set as it is. */
  readonly #negativeZeros: Buffer[] = []

  constructor(table: CollectionTable) {
    this.#table = table
    this.#set = new CompactSortedSet().clear()
  }

  get size(): number {
    return this.#set.size
  }

  add(
    bytes: Uint8Array,
    start: number,
    end: number,
    _valueBytes: Uint8Array,
    _valueStart: number,
    _valueEnd: number,
    score: number,
  ): boolean {
    if (!Number.isNaN(this.#set.scoreOf(bytes, start, end))) return false
    if (this.#set instanceof CompactSortedSet && !staysCompact(this.#table, this.#set.size + 1, end - start)) {
      this.#enlarge(this.#set)
    }
    if (Object.is(score, -0) && this.#set instanceof CompactSortedSet) {
      this.#negativeZeros.push(Buffer.from(bytes.subarray(start, end)))
    }
    this.#set.insert(bytes, start, end, score)
    return true
  }

  enlarge(): void {
    if (this.#set instanceof CompactSortedSet) this.#enlarge(this.#set)
  }

  store(keySpace: KeySpace, key: Uint8Array, keyStart: number, keyEnd: number, expiresAt: number): Address {
    const set = this.#set
    if (set instanceof LargeSortedSet) return keySpace.setCollection(key, keyStart, keyEnd, set, expiresAt)
    const { block, blockStart, blockEnd } = set
    return keySpace.set(key, keyStart, keyEnd, block, blockStart, blockEnd, expiresAt, COMPACT_SORTED_SET)
  }

  discard(): void {
    if (this.#set instanceof LargeSortedSet) this.#table.discard(this.#set)
  }

  #enlarge(compact: CompactSortedSet): void {
    const large = enlarged(this.#table, compact)
    this.#set = large
    for (const member of this.#negativeZeros) large.move(member, 0, member.length, 0, -0)
  }
}

/** Whether a sorted set of so many members, the longest of them of that length, is one listpack. */
export function staysCompact(table: CollectionTable, size: number, memberLength: number): boolean {
  return size <= table.limits.zsetMaxListpackEntries && memberLength <= table.limits.zsetMaxListpackValue
}

/**
 * A large sorted set of the elements of a compact one.
 * @throws ArenaFullError; nothing is left of it then
 */
export function enlarged(table: CollectionTable, compact: CompactSortedSet): LargeSortedSet {
  const large = new LargeSortedSet(table)
  try {
    for (let rank = 0; rank < compact.size; rank++) {
      compact.moveTo(rank)
      const { bytes, start, end } = compact.member
      large.insert(bytes, start, end, compact.score)
    }
  } catch (error) {
    table.discard(large)
    throw error
  }
  return large
}
