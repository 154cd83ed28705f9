import { digestItems } from '../digest/compact-elements.ts'
import { DIGEST_LANES } from '../digest/digest-lanes.ts'
import { hashElement } from '../digest/element-hash.ts'
import type { ElementsReading } from '../digest/elements-reader.ts'
import { addItems } from '../digest/list-polynomial.ts'
import { VALUE_TYPE_LIST } from '../keyspace/value-type.ts'
import type { CollectionTable } from './collection-table.ts'
import { CountedTree, TreeCursor } from './counted-tree.ts'
import { LargeCollection } from './large-collection.ts'
import { CHUNK_OVERHEAD_BYTES, chunkOf, chunkOfListpack, type ListChunk, MAX_CHUNK_BYTES } from './list-chunk.ts'
import { ListChunkCursor, ListItemCursor } from './list-cursors.ts'
import { digestBefore, ListChunksReader, ListScan } from './list-digest.ts'
import { ListLeaf, MAX_LEAF_CHUNKS } from './list-leaf.ts'
import { ListPlace } from './list-place.ts'
import type { ItemRange, ListView } from './list-view.ts'
import {
  EMPTY_LISTPACK_BYTES,
  entryBytesFor,
  firstEntry,
  ListpackCursor,
  listpackBytes,
  listpackCount,
} from './listpack.ts'
import type { EntryMatcher } from './listpack-splicing.ts'

/** A chunk shorter than this is joined to its neighbour where both are at most this share of a full one. */
const SPARSE_CHUNK_BYTES = MAX_CHUNK_BYTES / 4
const MAX_JOINED_BYTES = (MAX_CHUNK_BYTES * 3) / 4
/** A list of so many chunks begins the next one at an end with all the room that it may take. */
const GROWING_CHUNKS = 4

/** For one write at a time: the hashes of an item and of the one that it replaces, the digest of several. */
const itemHash = new Int32Array(DIGEST_LANES)
const oldItemHash = new Int32Array(DIGEST_LANES)
const runDigest = new Int32Array(DIGEST_LANES)
const NO_ITEMS = new Int32Array(DIGEST_LANES)

/** A list of many items, or of long ones: chunks of some hundred items in a tree that knows how many each has. */
export class LargeList extends LargeCollection implements ListView {
  readonly type = VALUE_TYPE_LIST
  readonly recordBytes = 0
  readonly #tree: CountedTree<ListLeaf>
  #chunkCount = 0
  /** Memory of all chunks. */
  #chunkBytes = 0
  readonly #shown: ListPlace
  /** For writes. */
  readonly #edited = new TreeCursor<ListLeaf>()

  constructor(table: CollectionTable, origin: LargeList | null = null) {
    super(table, origin)
    if (origin === null) {
      this.#tree = new CountedTree(table.log, (epoch) => new ListLeaf(epoch), MAX_LEAF_CHUNKS)
    } else {
      this.#tree = origin.#tree.fork()
      this.#chunkCount = origin.#chunkCount
      this.#chunkBytes = origin.#chunkBytes
    }
    this.#shown = new ListPlace(this.#tree)
  }

  get size(): number {
    return this.#tree.size
  }

  get chunkCount(): number {
    return this.#chunkCount
  }

  get bytes(): number {
    return this.#chunkBytes + this.#chunkCount * CHUNK_OVERHEAD_BYTES
  }

  get item(): ItemRange {
    return this.#shown.item
  }

  moveTo(index: number): void {
    this.#shown.moveTo(index)
  }

  next(): boolean {
    return this.#shown.next()
  }

  previous(): boolean {
    return this.#shown.previous()
  }

  isMatch(matcher: EntryMatcher): boolean {
    return this.#shown.isMatch(matcher)
  }

  insert(index: number, bytes: Uint8Array, start: number, end: number): void {
    const { digest } = this
    if (digest !== null) {
      const isAtEnd = index === this.size
      const before = isAtEnd ? null : digestBefore(this.chunks(), index)
      hashElement(bytes, start, end, itemHash)
      digest.replaceItems(index, NO_ITEMS, 0, itemHash, 1, isAtEnd, before)
    }
    this.#insert(index, bytes, start, end, digest === null ? null : itemHash)
  }

  replace(index: number, bytes: Uint8Array, start: number, end: number): void {
    const { digest } = this
    const place = this.#edited
    this.#tree.select(place, index)
    if (digest !== null) {
      place.leaf.chunks[place.index]!.digestRange(place.offset, 1, oldItemHash)
      hashElement(bytes, start, end, itemHash)
      digest.replaceItems(index, oldItemHash, 1, itemHash, 1, false, null)
    }
    const hash = digest === null ? null : itemHash
    if (!place.leaf.chunks[place.index]!.hasRoomToReplace(place.offset, entryBytesFor(bytes, start, end))) {
      this.#remove(index, index + 1, null)
      this.#insert(index, bytes, start, end, hash)
      return
    }
    const leaf = this.#tree.own(place)
    const chunk = this.#writableChunk(leaf, place.index)
    const roomBefore = chunk.bytes.length
    chunk.replace(place.offset, bytes, start, end, digest === null ? null : oldItemHash, hash)
    this.#chunkBytes += chunk.bytes.length - roomBefore
    this.#tree.settle(place)
  }

  removeRange(from: number, to: number): void {
    const { digest } = this
    if (digest === null) {
      this.#remove(from, to, null)
      return
    }
    const isAtEnd = to === this.size
    const before = isAtEnd ? null : digestBefore(this.chunks(), from)
    const removed = new Int32Array(DIGEST_LANES)
    this.#remove(from, to, removed)
    digest.replaceItems(from, removed, to - from, NO_ITEMS, 0, isAtEnd, before)
  }

  /** `hash` is the item's, null while no digest is kept. */
  #insert(index: number, bytes: Uint8Array, start: number, end: number, hash: Int32Array | null): void {
    const entryBytes = entryBytesFor(bytes, start, end)
    const isBehindLast = index === this.size
    const place = this.#edited
    // Behind the last item is in the last chunk.
    this.#tree.select(place, isBehindLast ? Math.max(0, index - 1) : index)
    const leaf = this.#tree.own(place)
    let slot = place.index
    if (leaf.length > 0) {
      const offset = isBehindLast ? leaf.counts[slot]! : place.offset
      if (leaf.chunks[slot]!.hasRoomFor(entryBytes)) {
        this.#insertInto(leaf, slot, offset, bytes, start, end, hash)
        return
      }
      if (offset === 0 && slot > 0 && leaf.chunks[slot - 1]!.hasRoomFor(entryBytes)) {
        this.#insertInto(leaf, slot - 1, leaf.counts[slot - 1]!, bytes, start, end, hash)
        return
      }
      if (offset > 0) {
        const isSplit = offset < leaf.counts[slot]!
        if (isSplit) this.#splitChunk(leaf, slot, offset)
        if (isSplit && leaf.chunks[slot]!.hasRoomFor(entryBytes)) {
          this.#insertInto(leaf, slot, offset, bytes, start, end, hash)
          return
        }
        slot++
        if (slot < leaf.length && leaf.chunks[slot]!.hasRoomFor(entryBytes)) {
          this.#insertInto(leaf, slot, 0, bytes, start, end, hash)
          return
        }
      }
    }
    // What has grown at an end will go on.
    const room = (isBehindLast || index === 0) && this.#chunkCount >= GROWING_CHUNKS ? MAX_CHUNK_BYTES : undefined
    this.#addChunk(leaf, slot, chunkOf(this.table.log.epoch, bytes, start, end, hash, room))
    // The tree sees by it that the list grows at an end.
    place.index = slot
    this.#tree.settle(place)
  }

  /** `removed` takes in the digest of the items that go; null where it isn't wanted. */
  #remove(from: number, to: number, removed: Int32Array | null): void {
    const place = this.#edited
    for (let remaining = to - from; remaining > 0; ) {
      this.#tree.select(place, from)
      const leaf = this.#tree.own(place)
      const { index, offset } = place
      const { counts } = leaf
      const done = to - from - remaining
      let count = 0
      let whole = index
      while (offset === 0 && whole < leaf.length && count + counts[whole]! <= remaining) {
        if (removed !== null) addItems(removed, leaf.chunks[whole]!.digest, done + count)
        count += counts[whole++]!
      }
      if (whole > index) {
        this.#removeChunks(leaf, index, whole - index)
      } else {
        count = Math.min(remaining, counts[index]! - offset)
        const chunk = this.#writableChunk(leaf, index)
        const roomBefore = chunk.bytes.length
        if (removed !== null) {
          chunk.digestRange(offset, count, runDigest)
          addItems(removed, runDigest, done)
        }
        chunk.remove(offset, count, removed === null ? null : runDigest)
        this.#chunkBytes += chunk.bytes.length - roomBefore
        leaf.recount(index)
        if (!this.#joinChunks(leaf, index)) this.#joinChunks(leaf, index - 1)
      }
      this.#tree.settle(place)
      remaining -= count
    }
  }

  removeMatches(matcher: EntryMatcher, limit: number, isFromEnd: boolean): number {
    const place = this.#edited
    const edit = this.digest === null ? null : new ListScan(isFromEnd)
    const sizeBefore = this.size
    let removed = 0
    // An item of the chunk that is looked at.
    let item = isFromEnd ? this.size - 1 : 0
    while (removed < limit && item >= 0 && item < this.size) {
      this.#tree.select(place, item)
      const first = place.position
      const count = place.leaf.counts[place.index]!
      const chunk = place.leaf.chunks[place.index]!
      const matches = chunk.countMatches(matcher)
      const taken = Math.min(matches, limit - removed)
      edit?.passOld(chunk.digest, count)
      if (taken > 0) this.#removeMatchesOfChunk(matcher, isFromEnd ? matches - taken : 0, taken, isFromEnd, edit)
      else edit?.passNew(chunk.digest, count)
      removed += taken
      item = isFromEnd ? first - 1 : first + count - taken
    }
    if (edit !== null) {
      const index = isFromEnd ? sizeBefore - edit.oldCount : 0
      this.digest?.replaceItems(index, edit.old, edit.oldCount, edit.new, edit.newCount, isFromEnd, null)
    }
    return removed
  }

  /** Adds the items of a listpack behind the others; as a chunk, or to the last one where they fit in. */
  appendListpack(bytes: Buffer, start: number): void {
    const length = listpackBytes(bytes, start)
    if (listpackCount(bytes, start) === 0) return
    if (length > MAX_CHUNK_BYTES) {
      const item = new ListpackCursor().open(bytes, start)
      while (item.next()) this.insert(this.size, item.bytes, item.start, item.end)
      return
    }
    const digest = this.digest === null ? null : runDigest
    if (digest !== null) {
      digestItems(bytes, firstEntry(start), start + length - 1, digest)
      this.digest?.replaceItems(this.size, NO_ITEMS, 0, digest, listpackCount(bytes, start), true, null)
    }
    const place = this.#edited
    this.#tree.select(place, Math.max(0, this.size - 1))
    const leaf = this.#tree.own(place)
    if (leaf.length > 0 && leaf.chunks[place.index]!.hasRoomFor(length - EMPTY_LISTPACK_BYTES)) {
      const chunk = this.#writableChunk(leaf, place.index)
      const roomBefore = chunk.bytes.length
      chunk.join(bytes, start, digest)
      this.#chunkBytes += chunk.bytes.length - roomBefore
      leaf.recount(place.index)
    } else {
      if (leaf.length > 0) place.index++
      this.#addChunk(leaf, place.index, chunkOfListpack(this.table.log.epoch, bytes, start, digest))
    }
    this.#tree.settle(place)
  }

  fork(): LargeList {
    return new LargeList(this.table, this)
  }

  relocate(): void {
    // It has no records.
  }

  cursor(): ListItemCursor {
    return new ListItemCursor(this.#tree)
  }

  /** Goes through the chunks; holds as long as what `cursor` gives. */
  chunks(): ListChunkCursor {
    return new ListChunkCursor(this.#tree)
  }

  override readElements(): ElementsReading {
    return new ListChunksReader(this.chunks())
  }

  free(): boolean {
    return false
  }

  /** The chunk, copied before if a snapshot may see it; the leaf is this epoch's own. */
  #writableChunk(leaf: ListLeaf, slot: number): ListChunk {
    const chunk = leaf.chunks[slot]!
    const { epoch, sealedEpoch } = this.table.log
    if (chunk.epoch > sealedEpoch) return chunk
    const own = chunk.clone(epoch)
    leaf.replaceAt(slot, own)
    return own
  }

  /** Inserts where there is room, and settles. */
  #insertInto(
    leaf: ListLeaf,
    slot: number,
    offset: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    hash: Int32Array | null,
  ): void {
    const chunk = this.#writableChunk(leaf, slot)
    const roomBefore = chunk.bytes.length
    chunk.insert(offset, bytes, start, end, hash)
    this.#chunkBytes += chunk.bytes.length - roomBefore
    leaf.recount(slot)
    this.#tree.settle(this.#edited)
  }

  #removeMatchesOfChunk(
    matcher: EntryMatcher,
    skipped: number,
    count: number,
    isFromEnd: boolean,
    edit: ListScan | null,
  ): void {
    const place = this.#edited
    const leaf = this.#tree.own(place)
    const slot = place.index
    if (count === leaf.counts[slot]) {
      this.#removeChunks(leaf, slot, 1)
    } else {
      const chunk = this.#writableChunk(leaf, slot)
      const roomBefore = chunk.bytes.length
      chunk.removeMatches(matcher, skipped, count)
      edit?.passNew(chunk.digest, chunk.count)
      this.#chunkBytes += chunk.bytes.length - roomBefore
      leaf.recount(slot)
      // Only to one that has been looked at.
      this.#joinChunks(leaf, isFromEnd ? slot : slot - 1)
    }
    this.#tree.settle(place)
  }

  #splitChunk(leaf: ListLeaf, slot: number, offset: number): void {
    const chunk = this.#writableChunk(leaf, slot)
    const roomBefore = chunk.bytes.length
    const upper = chunk.splitAt(offset, this.table.log.epoch)
    this.#chunkBytes += chunk.bytes.length - roomBefore
    leaf.recount(slot)
    this.#addChunk(leaf, slot + 1, upper)
  }

  #addChunk(leaf: ListLeaf, slot: number, chunk: ListChunk): void {
    leaf.insertAt(slot, chunk)
    this.#chunkCount++
    this.#chunkBytes += chunk.bytes.length
  }

  #removeChunks(leaf: ListLeaf, slot: number, count: number): void {
    for (let i = slot; i < slot + count; i++) this.#chunkBytes -= leaf.chunks[i]!.bytes.length
    leaf.removeAt(slot, count)
    this.#chunkCount -= count
  }

  /** Makes one chunk of this one and the next in the leaf, if one is short and both together are. */
  #joinChunks(leaf: ListLeaf, slot: number): boolean {
    const lower = leaf.chunks[slot]
    const upper = leaf.chunks[slot + 1]
    if (lower === undefined || upper === undefined || lower.isPlain || upper.isPlain) return false
    if (Math.min(lower.length, upper.length) > SPARSE_CHUNK_BYTES) return false
    if (lower.length + upper.length > MAX_JOINED_BYTES) return false
    const chunk = this.#writableChunk(leaf, slot)
    const roomBefore = chunk.bytes.length
    chunk.joinChunk(upper)
    this.#chunkBytes += chunk.bytes.length - roomBefore
    leaf.recount(slot)
    this.#removeChunks(leaf, slot + 1, 1)
    return true
  }
}
