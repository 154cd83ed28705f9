import { INT64_TEXT_LENGTH, type Int64, parseInt64, writeInt64 } from '../commands/integer-text.ts'
import { ENCODING_COMPACT, ENCODING_INTSET, kindOf, VALUE_TYPE_SET } from '../keyspace/value-type.ts'
import { type CompactLimits, SET_MAX_LISTPACK_ENTRIES, SET_MAX_LISTPACK_VALUE } from './compact-limits.ts'
import {
  intsetAt,
  intsetBytes,
  intsetBytesFor,
  intsetCount,
  intsetDeleteAt,
  intsetInsert,
  intsetSearch,
  writeEmptyIntset,
} from './intset.ts'
import {
  appendEntry,
  deleteEntries,
  findEntry,
  firstEntry,
  LISTPACK_ENTRY_OVERHEAD,
  listpackBytes,
  listpackCount,
  writeEmptyListpack,
} from './listpack.ts'

export const COMPACT_SET = kindOf(VALUE_TYPE_SET, ENCODING_COMPACT)
export const INTSET = kindOf(VALUE_TYPE_SET, ENCODING_INTSET)

const INITIAL_BYTES = 512
/** A buffer larger than this is not kept for the next set. */
const LARGEST_KEPT_BYTES = 64 * 1024

export type SetAddition = 'added' | 'present' | 'too-large'

/**
 * A small set being changed, in memory of its own: an intset as long as it can be one, then a listpack. Used again
 * and again.
 */
export class CompactSet {
  /** The block is at its beginning. */
  bytes: Buffer = Buffer.allocUnsafe(INITIAL_BYTES)
  /** INTSET or COMPACT_SET. */
  kind = INTSET

  constructor() {
    this.clear()
  }

  /** How long the block is. */
  get length(): number {
    return this.kind === INTSET ? intsetBytes(this.bytes, 0) : listpackBytes(this.bytes, 0)
  }

  /** How many members there are. */
  get size(): number {
    return this.kind === INTSET ? intsetCount(this.bytes, 0) : listpackCount(this.bytes, 0)
  }

  /** Becomes a set without members. */
  clear(): void {
    if (this.bytes.length > LARGEST_KEPT_BYTES) this.bytes = Buffer.allocUnsafe(INITIAL_BYTES)
    this.kind = INTSET
    writeEmptyIntset(this.bytes, 0)
  }

  /** Becomes a copy of the value bytes[start, end) of that kind. */
  load(bytes: Buffer, start: number, end: number, kind: number): void {
    this.kind = kind
    if (end - start > this.bytes.length) this.bytes = Buffer.allocUnsafe(2 * (end - start))
    bytes.copy(this.bytes, 0, start, end)
  }

  has(bytes: Uint8Array, start: number, end: number): boolean {
    return compactSetHas(this.bytes, 0, this.kind, bytes, start, end)
  }

  /** Adds a member; `too-large` where the set can't be compact with it (nothing has changed then). */
  add(bytes: Uint8Array, start: number, end: number, limits: CompactLimits): SetAddition {
    if (this.kind === INTSET) {
      const integer = parseInt64(bytes, start, end)
      const count = intsetCount(this.bytes, 0)
      if (integer !== null) {
        if (intsetSearch(this.bytes, 0, integer) >= 0) return 'present'
        if (count < limits.setMaxIntsetEntries) {
          this.#require(intsetBytesFor(count + 1))
          intsetInsert(this.bytes, 0, integer)
          return 'added'
        }
      }
      if (count >= SET_MAX_LISTPACK_ENTRIES || end - start > SET_MAX_LISTPACK_VALUE) return 'too-large'
      this.#becomeListpack()
    } else if (findEntry(this.bytes, firstEntry(0), bytes, start, end, 1) >= 0) {
      return 'present'
    }
    if (listpackCount(this.bytes, 0) >= SET_MAX_LISTPACK_ENTRIES || end - start > SET_MAX_LISTPACK_VALUE) {
      return 'too-large'
    }
    this.#require(this.length + end - start + LISTPACK_ENTRY_OVERHEAD)
    appendEntry(this.bytes, 0, bytes, start, end)
    return 'added'
  }

  /** Deletes a member; whether it was there. */
  delete(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.kind === INTSET) {
      const integer = parseInt64(bytes, start, end)
      const index = integer === null ? -1 : intsetSearch(this.bytes, 0, integer)
      if (index < 0) return false
      intsetDeleteAt(this.bytes, 0, index)
      return true
    }
    const at = findEntry(this.bytes, firstEntry(0), bytes, start, end, 1)
    if (at < 0) return false
    deleteEntries(this.bytes, 0, at, 1)
    return true
  }

  #require(length: number): void {
    if (length <= this.bytes.length) return
    const larger = Buffer.allocUnsafe(2 * length)
    this.bytes.copy(larger, 0, 0, this.length)
    this.bytes = larger
  }

  #becomeListpack(): void {
    const integers: Int64[] = Array.from({ length: intsetCount(this.bytes, 0) }, (_, i) => intsetAt(this.bytes, 0, i))
    this.kind = COMPACT_SET
    writeEmptyListpack(this.bytes, 0)
    for (const integer of integers) {
      const end = writeInt64(integer, integerText, 0)
      this.#require(this.length + end + LISTPACK_ENTRY_OVERHEAD)
      appendEntry(this.bytes, 0, integerText, 0, end)
    }
  }
}

const integerText = Buffer.allocUnsafe(INT64_TEXT_LENGTH)

/** Whether the compact set of that kind at block[blockStart…) has the member bytes[start, end). */
export function compactSetHas(
  block: Buffer,
  blockStart: number,
  kind: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  if (kind === COMPACT_SET) return findEntry(block, firstEntry(blockStart), bytes, start, end, 1) >= 0
  const integer = parseInt64(bytes, start, end)
  return integer !== null && intsetSearch(block, blockStart, integer) >= 0
}
