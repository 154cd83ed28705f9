import {
  deleteEntries,
  EMPTY_LISTPACK_BYTES,
  entryAt,
  entryBytesFor,
  insertEntry,
  type ListpackCursor,
  listpackBytes,
  listpackCount,
  replaceEntry,
  writeEmptyListpack,
} from './listpack.ts'
import {
  countMatches,
  cutBytes,
  cutListpack,
  deleteMatches,
  type EntryMatcher,
  joinListpacks,
} from './listpack-splicing.ts'

/** No listpack of a large list is longer: Redis's list-max-listpack-size of -2. */
export const MAX_CHUNK_BYTES = 8192
/** What a chunk begins with; it doubles as it fills. */
const INITIAL_CHUNK_BYTES = 256
/** A chunk keeps at most so many times the memory that it needs. */
const SPARSE_FACTOR = 4

/** What a chunk's objects take beside its bytes, about. */
export const CHUNK_OVERHEAD_BYTES = 240

/**
 * Some items of a large list that follow each other: a listpack in memory of its own, or one item that is too long
 * for that, as it is (Redis's packed and plain nodes).
 */
export class ListChunk {
  /** The epoch that it was made in. */
  readonly epoch: number
  readonly isPlain: boolean
  /** The listpack is at the beginning, and free room behind it; a plain item fills it, and is never written. */
  bytes: Buffer
  /** How many items it has. */
  count: number

  constructor(epoch: number, isPlain: boolean, bytes: Buffer, count: number) {
    this.epoch = epoch
    this.isPlain = isPlain
    this.bytes = bytes
    this.count = count
  }

  /** Bytes that mean something. */
  get length(): number {
    return this.isPlain ? this.bytes.length : listpackBytes(this.bytes, 0)
  }

  /** Whether an entry of so many bytes may be added. */
  hasRoomFor(entryBytes: number): boolean {
    return !this.isPlain && this.length + entryBytes <= MAX_CHUNK_BYTES
  }

  /** Where item `index` is in the listpack, or the end mark for `count`. */
  entryAt(index: number): number {
    if (index === this.count) return this.length - 1
    return entryAt(this.bytes, 0, index > this.count >>> 1 ? index - this.count : index)
  }

  /** Shows the item at `at`. */
  show(at: number, cursor: ListpackCursor): void {
    if (!this.isPlain) {
      cursor.show(this.bytes, at)
      return
    }
    cursor.bytes = this.bytes
    cursor.start = 0
    cursor.end = this.bytes.length
  }

  /** Whether the item at `at` matches. */
  isMatch(at: number, matcher: EntryMatcher): boolean {
    return this.isPlain ? matcher.equals(this.bytes, 0, this.bytes.length) : matcher.matches(this.bytes, at)
  }

  countMatches(matcher: EntryMatcher): number {
    return this.isPlain ? Number(this.isMatch(0, matcher)) : countMatches(this.bytes, 0, matcher)
  }

  /** The same chunk, to be written in another epoch. */
  clone(epoch: number): ListChunk {
    if (this.isPlain) return new ListChunk(epoch, true, this.bytes, 1)
    const bytes = Buffer.allocUnsafeSlow(this.bytes.length)
    this.bytes.copy(bytes, 0, 0, this.length)
    return new ListChunk(epoch, false, bytes, this.count)
  }

  // Of listpacks only.

  /** Adds an item before item `index`; there is room, see `hasRoomFor`. */
  insert(index: number, value: Uint8Array, start: number, end: number): void {
    this.#require(this.length + entryBytesFor(value, start, end))
    insertEntry(this.bytes, 0, this.entryAt(index), value, start, end)
    this.count++
  }

  replace(index: number, value: Uint8Array, start: number, end: number): void {
    this.#require(this.length + entryBytesFor(value, start, end))
    replaceEntry(this.bytes, 0, this.entryAt(index), value, start, end)
  }

  /** Removes items, but not all of them. */
  remove(index: number, count: number): void {
    deleteEntries(this.bytes, 0, this.entryAt(index), count)
    this.count -= count
    this.#giveBack()
  }

  /** Removes `count` of the items that match, behind the first `skipped` of them, but not all items. */
  removeMatches(matcher: EntryMatcher, skipped: number, count: number): void {
    deleteMatches(this.bytes, 0, matcher, skipped, count)
    this.count -= count
    this.#giveBack()
  }

  /** Takes the items from `index` on out, which are some and not all, and gives them back as a chunk of their own. */
  splitAt(index: number, epoch: number): ListChunk {
    const at = this.entryAt(index)
    const count = this.count - index
    const upper = Buffer.allocUnsafeSlow(cutBytes(this.bytes, 0, at))
    cutListpack(this.bytes, 0, at, count, upper)
    this.count = index
    this.#giveBack()
    return new ListChunk(epoch, false, upper, count)
  }

  /** Adds the items of a listpack; together they are no more than MAX_CHUNK_BYTES. */
  join(bytes: Buffer, start: number): void {
    this.#require(this.length + listpackBytes(bytes, start) - EMPTY_LISTPACK_BYTES)
    joinListpacks(this.bytes, 0, bytes, start)
    this.count += listpackCount(bytes, start)
  }

  #require(length: number): void {
    if (length <= this.bytes.length) return
    this.#moveTo(Math.max(length, Math.min(2 * this.bytes.length, MAX_CHUNK_BYTES)))
  }

  #giveBack(): void {
    const { length } = this
    if (this.bytes.length > Math.max(SPARSE_FACTOR * length, INITIAL_CHUNK_BYTES)) this.#moveTo(2 * length)
  }

  #moveTo(room: number): void {
    const bytes = Buffer.allocUnsafeSlow(room)
    this.bytes.copy(bytes, 0, 0, this.length)
    this.bytes = bytes
  }
}

/** A chunk of one item. @param room bytes to begin with, where more items are to come */
export function chunkOf(
  epoch: number,
  value: Uint8Array,
  start: number,
  end: number,
  room = INITIAL_CHUNK_BYTES,
): ListChunk {
  const needed = EMPTY_LISTPACK_BYTES + entryBytesFor(value, start, end)
  if (needed > MAX_CHUNK_BYTES) {
    const bytes = Buffer.allocUnsafeSlow(end - start)
    bytes.set(value.subarray(start, end))
    return new ListChunk(epoch, true, bytes, 1)
  }
  const chunk = new ListChunk(epoch, false, Buffer.allocUnsafeSlow(Math.max(needed, room)), 0)
  writeEmptyListpack(chunk.bytes, 0)
  chunk.insert(0, value, start, end)
  return chunk
}

/** A chunk of the items of a listpack, which is copied. */
export function chunkOfListpack(epoch: number, bytes: Buffer, start: number): ListChunk {
  const length = listpackBytes(bytes, start)
  const own = Buffer.allocUnsafeSlow(length)
  bytes.copy(own, 0, start, start + length)
  return new ListChunk(epoch, false, own, listpackCount(bytes, start))
}
