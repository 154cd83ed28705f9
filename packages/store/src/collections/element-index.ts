import { DIGEST_LANES } from '../digest/digest-lanes.ts'
import { hashElement, hashFieldValue, hashScore } from '../digest/element-hash.ts'
import { AddressList } from '../keyspace/address-list.ts'
import { type Address, SEGMENT_SHIFT, UNIT_MASK } from '../keyspace/arena.ts'
import { type IndexView, PagedIndex } from '../keyspace/paged-index.ts'
import * as layout from '../keyspace/record-layout.ts'
import { VALUE_TYPE_HASH, VALUE_TYPE_SORTED_SET } from '../keyspace/value-type.ts'
import type { CollectionTable } from './collection-table.ts'
import type { LargeCollection } from './large-collection.ts'
import { NO_BYTES, type ValueCursor } from './value-cursor.ts'

/** Elements that `scan` looks up at a time. */
const ELEMENTS_PER_BATCH = 256

/** The hash of an element that is taken out of a digest or put in. */
const elementHash = new Int32Array(DIGEST_LANES)

/**
 * The elements of a large hash, set or sorted set by their key (field, member): records in the log of the key space,
 * with an index of their own. What KeySpace is for keys, without expiry. An element's address is read as a key's is,
 * by KeySpace's bytesAt, keyStart, valueStart and so on, and holds until the next write to the element or `compact`.
 */
export class ElementIndex {
  readonly #table: CollectionTable
  readonly #collection: LargeCollection
  readonly #index: PagedIndex
  // How far it has been freed.
  #freeEntry = 0
  #freeSlot = 0

  /** @param origin the index of the collection that this one's is a fork of; it is not written again */
  constructor(collection: LargeCollection, origin: ElementIndex | null) {
    this.#table = collection.table
    this.#collection = collection
    this.#index = origin === null ? new PagedIndex(this.#table.log) : origin.#index.fork()
  }

  get size(): number {
    return this.#index.size
  }

  /** Bytes of the index, without the records. */
  get bytes(): number {
    return this.#index.bytes
  }

  /** The element with the key bytes[start, end); 0 if there is none. */
  find(bytes: Uint8Array, start: number, end: number): Address {
    return this.#index.locate(this.#table.hash(bytes, start, end), bytes, start, end)
  }

  /**
   * Stores an element, in place of what was there. Key and value may lie in the arena themselves.
   * @returns where it is
   * @throws RecordTooLargeError, ArenaFullError; nothing has changed then
   */
  set(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): Address {
    const { log } = this.#table
    const index = this.#index
    const keyLength = keyEnd - keyStart
    const valueLength = valueEnd - valueStart
    if (keyLength + valueLength > layout.MAX_RECORD_BYTES) throw new layout.RecordTooLargeError(keyLength + valueLength)
    const hash = this.#table.hash(key, keyStart, keyEnd)
    const old = index.locate(hash, key, keyStart, keyEnd)
    const units = layout.elementUnitsFor(keyLength, valueLength)
    const oldUnits = old === 0 ? 0 : this.#unitsAt(old)
    const isInPlace = units === oldUnits && !log.isSealed(old)
    const address = isInPlace ? old : log.append(units)
    // Not before `append`, which may throw.
    if (old !== 0) this.#uncount(old)

    const number = address >>> SEGMENT_SHIFT
    const at = (address & UNIT_MASK) << 1
    const buffer = log.arena.buffers[number]!
    const keyAt = 4 * at + layout.keyOffsetFor(keyLength)
    // Key and value first: both may be read from the very record whose header comes next.
    if (!isInPlace) layout.copyBytes(key, keyStart, keyEnd, buffer, keyAt)
    layout.copyBytes(value, valueStart, valueEnd, buffer, keyAt + keyLength)
    layout.writeElementHeader(log.arena.words[number]!, at, units, keyLength, valueLength, this.#collection.owner)

    if (old === 0) {
      index.insertLocated(hash, address, false)
    } else if (!isInPlace) {
      index.replaceLocated(hash, address, false)
      log.free(old, oldUnits)
    }
    this.#count(address)
    return address
  }

  /** Deletes the element with the key bytes[start, end); whether it was there. */
  delete(bytes: Uint8Array, start: number, end: number): boolean {
    const hash = this.#table.hash(bytes, start, end)
    const address = this.#index.locate(hash, bytes, start, end)
    if (address === 0) return false
    this.#uncount(address)
    this.#index.removeLocated(hash)
    this.#table.log.free(address, this.#unitsAt(address))
    return true
  }

  /** Visits about `count` elements from a cursor on, with the guarantees of KeySpace.scan. */
  scan(cursor: number, count: number, visit: (address: Address) => void): number {
    const found = new AddressList()
    let next = cursor
    let remaining = Math.max(1, count)
    do {
      found.count = 0
      next = this.#index.gather(next, Math.min(remaining, ELEMENTS_PER_BATCH), false, found)
      for (let i = 0; i < found.count; i++) visit(found.at(i))
      remaining -= found.count
    } while (next !== 0 && remaining > 0)
    return next
  }

  /** An element picked by `random` (a number in [0, 1)), each with nearly the same chance; 0 if there is none. */
  pick(random: () => number): Address {
    return this.#index.pick(random)
  }

  /** For LargeCollection.relocate. */
  relocate(from: Address, to: Address): void {
    const hash = this.#hashAt(from)
    if (!this.#index.locateAddress(hash, from)) throw new Error(`the element at ${from} is not in its index`)
    this.#index.replaceLocated(hash, to, false)
  }

  /** For LargeCollection.cursor, of a hash or a set: elements in the order of their hashes. */
  cursor(): ElementCursor {
    return new ElementCursor(this.#table, this.#index)
  }

  /** For LargeCollection.free. */
  free(count: number): boolean {
    // Compaction may have replaced pages since the last slice, but nothing has changed its place.
    const { directory, depth } = this.#index.view()
    const { log } = this.#table
    let remaining = count
    while (this.#freeEntry < directory.length) {
      const { slots, depth: pageDepth } = directory[this.#freeEntry]!
      const end = slots.length / 2
      for (; this.#freeSlot < end && remaining > 0; this.#freeSlot++) {
        const address = slots[2 * this.#freeSlot + 1]!
        if (address === 0) continue
        remaining--
        log.free(address, this.#unitsAt(address))
      }
      if (this.#freeSlot < end) return true
      this.#freeSlot = 0
      this.#freeEntry += 2 ** (depth - pageDepth)
    }
    return false
  }

  /** For LargeCollection.recordBytes. */
  recordBytes(): number {
    let bytes = 0
    const cursor = this.cursor()
    while (cursor.next()) bytes += 8 * this.#unitsAt(cursor.address)
    return bytes
  }

  /** Puts an element into the collection's digest, where one is kept. */
  #count(address: Address): void {
    const { digest } = this.#collection
    if (digest === null) return
    this.#hashElementAt(address)
    digest.add(elementHash)
  }

  /** Takes an element out before it changes. */
  #uncount(address: Address): void {
    const { digest } = this.#collection
    if (digest === null) return
    this.#hashElementAt(address)
    digest.remove(elementHash)
  }

  #hashElementAt(address: Address): void {
    const { arena } = this.#table.log
    const number = address >>> SEGMENT_SHIFT
    const at = (address & UNIT_MASK) << 1
    const words = arena.words[number]!
    const bytes = arena.buffers[number]!
    const keyLength = layout.keyLengthOf(words, at)
    const start = 4 * at + layout.keyOffsetFor(keyLength)
    const end = start + keyLength
    hashElement(bytes, start, end, elementHash)
    const { type } = this.#collection
    if (type === VALUE_TYPE_HASH) hashFieldValue(bytes, end, end + layout.valueLengthOf(words, at), elementHash)
    else if (type === VALUE_TYPE_SORTED_SET) hashScore(bytes.readDoubleLE(end), elementHash)
  }

  #unitsAt(address: Address): number {
    return layout.unitsOf(this.#table.log.arena.words[address >>> SEGMENT_SHIFT]!, (address & UNIT_MASK) << 1)
  }

  #hashAt(address: Address): number {
    const { arena } = this.#table.log
    const number = address >>> SEGMENT_SHIFT
    const at = (address & UNIT_MASK) << 1
    const keyLength = layout.keyLengthOf(arena.words[number]!, at)
    const start = 4 * at + layout.keyOffsetFor(keyLength)
    return this.#table.hash(arena.buffers[number]!, start, start + keyLength)
  }
}

/** Goes through the elements of an index in the order of their hashes. */
export class ElementCursor implements ValueCursor {
  readonly size: number
  readonly score = 0
  /** The present element. */
  address: Address = 0
  bytes: Buffer = NO_BYTES
  start = 0
  end = 0
  valueBytes: Buffer = NO_BYTES
  valueStart = 0
  valueEnd = 0
  readonly #buffers: readonly Buffer[]
  readonly #words: readonly Uint32Array[]
  readonly #directory: IndexView['directory']
  readonly #depth: number
  #entry = 0
  #slot = 0

  constructor(table: CollectionTable, index: PagedIndex) {
    const { directory, depth } = index.view()
    this.size = index.size
    this.#buffers = table.log.arena.buffers
    this.#words = table.log.arena.words
    this.#directory = directory
    this.#depth = depth
  }

  next(): boolean {
    const directory = this.#directory
    while (this.#entry < directory.length) {
      const { slots, depth } = directory[this.#entry]!
      const length = slots.length
      for (let i = 2 * this.#slot; i < length; i += 2) {
        const address = slots[i + 1]!
        if (address === 0) continue
        this.#slot = (i >>> 1) + 1
        this.#show(address)
        return true
      }
      this.#slot = 0
      this.#entry += 2 ** (this.#depth - depth)
    }
    return false
  }

  #show(address: Address): void {
    const number = address >>> SEGMENT_SHIFT
    const words = this.#words[number]!
    const at = (address & UNIT_MASK) << 1
    const keyLength = layout.keyLengthOf(words, at)
    const bytes = this.#buffers[number]!
    this.address = address
    this.bytes = bytes
    this.valueBytes = bytes
    this.start = 4 * at + layout.keyOffsetFor(keyLength)
    this.end = this.start + keyLength
    this.valueStart = this.end
    this.valueEnd = this.end + layout.valueLengthOf(words, at)
  }
}
