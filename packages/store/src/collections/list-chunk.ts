import { digestItems } from '../digest/compact-elements.ts'
import { addLanes, DIGEST_LANES, subtractLanes } from '../digest/digest-lanes.ts'
import { hashElement } from '../digest/element-hash.ts'
import { addItems, removeItems, shiftItems } from '../digest/list-polynomial.ts'
import {
  deleteEntries,
  EMPTY_LISTPACK_BYTES,
  entryAt,
  entryBytesFor,
  firstEntry,
  insertEntry,
  type ListpackCursor,
  listpackBytes,
  listpackCount,
  nextEntry,
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
  /** The digest of its items; null where it has not been worked out since they changed. */
  #digest: Int32Array | null

  constructor(epoch: number, isPlain: boolean, bytes: Buffer, count: number, digest: Int32Array | null = null) {
    this.epoch = epoch
    this.isPlain = isPlain
    this.bytes = bytes
    this.count = count
    this.#digest = digest
  }

  /** Bytes that mean something. */
  get length(): number {
    return this.isPlain ? this.bytes.length : listpackBytes(this.bytes, 0)
  }

  /** The digest of its items, the first of them at index 0. */
  get digest(): Int32Array {
    if (this.#digest === null) {
      this.#digest = new Int32Array(DIGEST_LANES)
      this.digestRange(0, this.count, this.#digest)
    }
    return this.#digest
  }

  /** The digest of `count` items from item `index` on into `lanes`, read from what they are. */
  digestRange(index: number, count: number, lanes: Int32Array): void {
    if (this.isPlain) {
      if (count === 1) hashElement(this.bytes, 0, this.bytes.length, lanes)
      else lanes.fill(0)
      return
    }
    const at = count === 0 ? firstEntry(0) : this.entryAt(index)
    let end = at
    if (index + count === this.count) end = this.length - 1
    else for (let i = 0; i < count; i++) end = nextEntry(this.bytes, end)
    digestItems(this.bytes, at, count === 0 ? at : end, lanes)
  }

  /** Whether an entry of so many bytes may be added. */
  hasRoomFor(entryBytes: number): boolean {
    return !this.isPlain && this.length + entryBytes <= MAX_CHUNK_BYTES
  }

  /** Whether an entry of so many bytes may take the place of item `index`. */
  hasRoomToReplace(index: number, entryBytes: number): boolean {
    if (this.isPlain) return false
    const at = this.entryAt(index)
    return this.length - (nextEntry(this.bytes, at) - at) + entryBytes <= MAX_CHUNK_BYTES
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
    let { bytes } = this
    if (!this.isPlain) {
      bytes = Buffer.allocUnsafeSlow(this.bytes.length)
      this.bytes.copy(bytes, 0, 0, this.length)
    }
    return new ListChunk(epoch, this.isPlain, bytes, this.count, this.#digest?.slice())
  }

  // Of listpacks only. `hash` and `digest` are those of the items that come or go, null while no digest is kept.

  /** Adds an item before item `index`; there is room, see `hasRoomFor`. */
  insert(index: number, value: Uint8Array, start: number, end: number, hash: Int32Array | null): void {
    this.#countAdded(index, hash)
    this.#require(this.length + entryBytesFor(value, start, end))
    insertEntry(this.bytes, 0, this.entryAt(index), value, start, end)
    this.count++
  }

  /** Puts an item in the place of item `index`; there is room. `oldHash` is that of the one that goes. */
  replace(
    index: number,
    value: Uint8Array,
    start: number,
    end: number,
    oldHash: Int32Array | null,
    hash: Int32Array | null,
  ): void {
    if (this.#digest !== null && oldHash !== null && hash !== null) {
      removeItems(this.#digest, oldHash, index)
      addItems(this.#digest, hash, index)
    } else {
      this.#digest = null
    }
    const at = this.entryAt(index)
    this.#require(this.length - (nextEntry(this.bytes, at) - at) + entryBytesFor(value, start, end))
    replaceEntry(this.bytes, 0, at, value, start, end)
  }

  /** Removes items, but not all of them. */
  remove(index: number, count: number, digest: Int32Array | null): void {
    this.#countRemoved(index, count, digest)
    deleteEntries(this.bytes, 0, this.entryAt(index), count)
    this.count -= count
    this.#giveBack()
  }

  /** Removes `count` of the items that match, behind the first `skipped` of them, but not all items. */
  removeMatches(matcher: EntryMatcher, skipped: number, count: number): void {
    this.#digest = null
    deleteMatches(this.bytes, 0, matcher, skipped, count)
    this.count -= count
    this.#giveBack()
  }

  /** Takes the items from `index` on out, which are some and not all, and gives them back as a chunk of their own. */
  splitAt(index: number, epoch: number): ListChunk {
    const at = this.entryAt(index)
    const count = this.count - index
    const upper = Buffer.allocUnsafeSlow(cutBytes(this.bytes, 0, at))
    this.#digest = null
    cutListpack(this.bytes, 0, at, count, upper)
    this.count = index
    this.#giveBack()
    return new ListChunk(epoch, false, upper, count)
  }

  /** Adds the items of a listpack; together they are no more than MAX_CHUNK_BYTES. */
  join(bytes: Buffer, start: number, digest: Int32Array | null): void {
    if (this.#digest !== null && digest !== null) addItems(this.#digest, digest, this.count)
    else this.#digest = null
    this.#require(this.length + listpackBytes(bytes, start) - EMPTY_LISTPACK_BYTES)
    joinListpacks(this.bytes, 0, bytes, start)
    this.count += listpackCount(bytes, start)
  }

  /** Adds the items of the chunk that comes next, of which the same holds. */
  joinChunk(next: ListChunk): void {
    this.join(next.bytes, 0, next.#digest)
  }

  /** Of an item in the middle: it is worked out anew when it is wanted. */
  #countAdded(index: number, hash: Int32Array | null): void {
    const digest = this.#digest
    if (digest === null) return
    if (hash === null || (index > 0 && index < this.count)) {
      this.#digest = null
    } else if (index > 0) {
      addItems(digest, hash, index)
    } else {
      shiftItems(digest, 1)
      addLanes(digest, hash)
    }
  }

  #countRemoved(index: number, count: number, removed: Int32Array | null): void {
    const digest = this.#digest
    if (digest === null) return
    if (removed === null || (index > 0 && index + count < this.count)) {
      this.#digest = null
    } else if (index > 0) {
      removeItems(digest, removed, index)
    } else {
      subtractLanes(digest, removed)
      shiftItems(digest, -count)
    }
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

/**
 * A chunk of one item.
 * @param hash the item's hash, null while no digest is kept
 * @param room bytes to begin with, where more items are to come
 */
export function chunkOf(
  epoch: number,
  value: Uint8Array,
  start: number,
  end: number,
  hash: Int32Array | null,
  room = INITIAL_CHUNK_BYTES,
): ListChunk {
  const needed = EMPTY_LISTPACK_BYTES + entryBytesFor(value, start, end)
  if (needed > MAX_CHUNK_BYTES) {
    const bytes = Buffer.allocUnsafeSlow(end - start)
    bytes.set(value.subarray(start, end))
    return new ListChunk(epoch, true, bytes, 1, hash?.slice())
  }
  const digest = hash === null ? null : new Int32Array(DIGEST_LANES)
  const chunk = new ListChunk(epoch, false, Buffer.allocUnsafeSlow(Math.max(needed, room)), 0, digest)
  writeEmptyListpack(chunk.bytes, 0)
  chunk.insert(0, value, start, end, hash)
  return chunk
}

/** A chunk of the items of a listpack, which is copied. `digest` is theirs, null while none is kept. */
export function chunkOfListpack(epoch: number, bytes: Buffer, start: number, digest: Int32Array | null): ListChunk {
  const length = listpackBytes(bytes, start)
  const own = Buffer.allocUnsafeSlow(length)
  bytes.copy(own, 0, start, start + length)
  return new ListChunk(epoch, false, own, listpackCount(bytes, start), digest?.slice())
}
