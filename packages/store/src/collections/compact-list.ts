import { listpackSizeLimit } from './compact-fit.ts'
import type { CompactLimits } from './compact-limits.ts'
import { MAX_CHUNK_BYTES } from './list-chunk.ts'
import type { ItemRange, ListView } from './list-view.ts'
import {
  deleteEntries,
  entryAt,
  firstEntry,
  insertEntry,
  isListpackEnd,
  ListpackCursor,
  listpackBytes,
  listpackCount,
  nextEntry,
  previousEntry,
  replaceEntry,
} from './listpack.ts'
import { countMatches, deleteMatches, type EntryMatcher } from './listpack-splicing.ts'
import { NO_BYTES } from './value-cursor.ts'

/** Whether a list that is written stays one listpack where that has so many bytes and entries. */
export function staysCompactList(limits: CompactLimits, bytes: number, count: number): boolean {
  const { listMaxListpackSize } = limits
  const size = listpackSizeLimit(listMaxListpackSize)
  // What is longer is changed in less time as several chunks.
  if (size === null) return count <= listMaxListpackSize && bytes <= MAX_CHUNK_BYTES
  return bytes <= Math.min(size, MAX_CHUNK_BYTES)
}

/** A small list: one listpack. One object is used for one list after the other. */
export class CompactList implements ListView {
  /** The listpack begins at block[blockStart]. */
  block: Buffer = NO_BYTES
  blockStart = 0
  #at = 0
  readonly #item = new ListpackCursor()

  /** Takes the listpack at block[start…); to be written, there must be room behind it. */
  open(block: Buffer, start: number): this {
    this.block = block
    this.blockStart = start
    return this
  }

  get size(): number {
    return listpackCount(this.block, this.blockStart)
  }

  /** How long the listpack is. */
  get length(): number {
    return listpackBytes(this.block, this.blockStart)
  }

  get item(): ItemRange {
    this.#item.show(this.block, this.#at)
    return this.#item
  }

  moveTo(index: number): void {
    this.#at = this.#entryAt(index)
  }

  next(): boolean {
    this.#at = nextEntry(this.block, this.#at)
    return !isListpackEnd(this.block, this.#at)
  }

  previous(): boolean {
    this.#at = previousEntry(this.block, this.blockStart, this.#at)
    return this.#at >= 0
  }

  isMatch(matcher: EntryMatcher): boolean {
    return matcher.matches(this.block, this.#at)
  }

  insert(index: number, bytes: Uint8Array, start: number, end: number): void {
    insertEntry(this.block, this.blockStart, this.#entryAt(index), bytes, start, end)
  }

  replace(index: number, bytes: Uint8Array, start: number, end: number): void {
    replaceEntry(this.block, this.blockStart, this.#entryAt(index), bytes, start, end)
  }

  removeRange(from: number, to: number): void {
    if (from < to) deleteEntries(this.block, this.blockStart, this.#entryAt(from), to - from)
  }

  removeMatches(matcher: EntryMatcher, limit: number, isFromEnd: boolean): number {
    const matches = countMatches(this.block, this.blockStart, matcher)
    const count = Math.min(matches, limit)
    if (count > 0) deleteMatches(this.block, this.blockStart, matcher, isFromEnd ? matches - count : 0, count)
    return count
  }

  /** Where the entry is, or the end mark behind the last one. */
  #entryAt(index: number): number {
    const { block, blockStart, size } = this
    if (index === 0) return firstEntry(blockStart)
    if (index === size) return blockStart + this.length - 1
    return entryAt(block, blockStart, index > size >>> 1 ? index - size : index)
  }
}
