import { randomBytes } from 'node:crypto'
import { CollectionTable } from '../collections/collection-table.ts'
import { type CompactLimits, defaultCompactLimits } from '../collections/compact-limits.ts'
import type { LargeCollection } from '../collections/large-collection.ts'
import { RunningDigest } from '../digest/running-digest.ts'
import { AddressList } from './address-list.ts'
import { type Address, Arena, SEGMENT_SHIFT } from './arena.ts'
import { Compaction } from './compaction.ts'
import { ExpirySweep } from './expiry-sweep.ts'
import { halfSipHash13 } from './half-sip-hash.ts'
import { KeySpaceSnapshot } from './key-space-snapshot.ts'
import { PagedIndex } from './paged-index.ts'
import * as layout from './record-layout.ts'
import { RecordLog } from './record-log.ts'
import { RecordReader, wordOf } from './record-reader.ts'
import { ENCODING_LARGE, isLargeKind, kindOf, VALUE_TYPE_STRING } from './value-type.ts'

export type { Address }

/** How a key space is made. */
export interface KeySpaceOptions {
  /** The memory to put records in, where it is shared with other key spaces. */
  readonly arena?: Arena
  /** The two words of the hash function's key; the process's own random key where none is given. */
  readonly hashKey?: Uint32Array
  /** Up to where collections stay compact; Redis's defaults where none are given. */
  readonly limits?: CompactLimits
}

const PROCESS_HASH_KEY = Uint32Array.from([randomBytes(4).readUInt32LE(), randomBytes(4).readUInt32LE()])

/** Records that `scan` looks up at a time: some 50 µs. */
const RECORDS_PER_BATCH = 256

/**
 * Who is told of keys that have changed: written, deleted, or given another expiry. The key bytes[start, end) may lie
 * in the arena.
 */
export type KeyObserver = (bytes: Uint8Array, start: number, end: number, isNew: boolean) => void

/** Bytes of a handle in a record. */
const HANDLE_BYTES = 4
const handleBytes = Buffer.alloc(HANDLE_BYTES)

/**
 * Keys and their values in memory, as records in an arena. A record is known by its address, which holds until the
 * next write to its key, `compact` or `clear`. No method but `readKey`, `readValue` and `openSnapshot` creates an
 * object.
 */
export class KeySpace extends RecordReader {
  /** The collections that are too large to be the bytes of a record. */
  readonly collections: CollectionTable
  /** Called after each change of a key, `clear` excepted. */
  observer: KeyObserver | null = null
  /** Null while nobody wants one: then it costs a comparison for each write. */
  #digest: RunningDigest | null = null
  readonly #log: RecordLog
  readonly #index: PagedIndex
  readonly #compaction: Compaction
  readonly #hashKey0: number
  readonly #hashKey1: number
  readonly #scanned = new AddressList()
  readonly #sweep: ExpirySweep

  constructor(options: KeySpaceOptions = {}) {
    super(options.arena ?? new Arena())
    const hashKey = options.hashKey ?? PROCESS_HASH_KEY
    this.#hashKey0 = hashKey[0]! | 0
    this.#hashKey1 = hashKey[1]! | 0
    this.#log = new RecordLog(this.arena)
    this.#index = new PagedIndex(this.#log)
    this.#sweep = new ExpirySweep(this, this.#index)
    const limits = options.limits ?? defaultCompactLimits()
    this.collections = new CollectionTable(this.#log, this.#hashKey0, this.#hashKey1, limits)
    this.#compaction = new Compaction(this.#log, (address) => this.#relocate(address))
  }

  /** How many keys there are. */
  get size(): number {
    return this.#index.size
  }

  /** How many of them have an expiry. */
  get volatileSize(): number {
    return this.#index.volatileSize
  }

  /** Bytes that live records, their index and large collections take. */
  get usedMemory(): number {
    return this.#log.liveBytes + this.#index.bytes + this.collections.bytes
  }

  /** Bytes held for this key space: those of dead records, of free space and of what snapshots keep as well. */
  get allocatedMemory(): number {
    return this.#log.allocatedBytes + this.#index.bytes + this.collections.bytes
  }

  /** The record of the key bytes[start, end), whether it has expired or not; 0 if there is none. */
  find(bytes: Uint8Array, start: number, end: number): Address {
    return this.#index.locate(this.#hash(bytes, start, end), bytes, start, end)
  }

  /**
   * Stores a value under a key, in place of what was there. Key and value may lie in the arena themselves.
   * @param expiresAt Unix time in milliseconds, 0 for never
   * @param kind type and encoding, see value-type.ts; a large collection is stored by `setCollection`
   * @returns where the record is
   * @throws RecordTooLargeError, ArenaFullError; nothing has changed then
   */
  set(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
    expiresAt: number,
    kind: number = VALUE_TYPE_STRING,
  ): Address {
    const keyLength = keyEnd - keyStart
    const valueLength = valueEnd - valueStart
    if (keyLength + valueLength > layout.MAX_RECORD_BYTES) throw new layout.RecordTooLargeError(keyLength + valueLength)
    const hash = this.#hash(key, keyStart, keyEnd)
    const old = this.#index.locate(hash, key, keyStart, keyEnd)
    const units = layout.unitsFor(keyLength, valueLength, expiresAt)
    const oldUnits = old === 0 ? 0 : layout.unitsOf(this.wordsAt(old), wordOf(old))
    const oldHandle = old !== 0 && isLargeKind(this.kindOf(old)) ? this.#handleAt(old) : 0
    const digest = this.#digest
    const isInPlace = units === oldUnits && !this.#log.isSealed(old)
    const address = isInPlace ? old : this.#log.append(units)
    // Not before `append`, which may throw.
    if (digest !== null) digest.removeReplaced(old, kind, value, valueStart)

    const number = address >>> SEGMENT_SHIFT
    const at = wordOf(address)
    const buffer = this.arena.buffers[number]!
    const keyAt = 4 * at + layout.keyOffsetFor(keyLength)
    // Key and value first: both may be read from the very record whose header comes next.
    if (!isInPlace) layout.copyBytes(key, keyStart, keyEnd, buffer, keyAt)
    layout.copyBytes(value, valueStart, valueEnd, buffer, keyAt + keyLength)
    layout.writeHeader(this.arena.words[number]!, at, units, keyLength, valueLength, expiresAt, kind)

    if (old === 0) {
      this.#index.insertLocated(hash, address, expiresAt !== 0)
    } else {
      this.#index.replaceLocated(hash, address, expiresAt !== 0)
      if (!isInPlace) this.#log.free(old, oldUnits)
      if (oldHandle !== 0) this.#dropReplaced(oldHandle, address)
    }
    if (digest !== null) digest.add(address)
    if (this.observer !== null) {
      const start = this.keyStart(address)
      this.observer(buffer, start, start + keyLength, old === 0)
    }
    return address
  }

  /**
   * Stores a large collection, one that is in no record yet, under a key, in place of what was there.
   * @returns where the record is
   * @throws RecordTooLargeError, ArenaFullError; nothing but the collection is lost then
   */
  setCollection(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    collection: LargeCollection,
    expiresAt: number,
  ): Address {
    const kind = kindOf(collection.type, ENCODING_LARGE)
    handleBytes.writeUInt32LE(this.collections.enter(collection))
    try {
      return this.set(key, keyStart, keyEnd, handleBytes, 0, HANDLE_BYTES, expiresAt, kind)
    } catch (error) {
      this.collections.drop(collection.handle)
      throw error
    }
  }

  /** The large collection of a record whose encoding is ENCODING_LARGE, for reading. */
  collectionAt(address: Address): LargeCollection {
    return this.collections.at(this.#handleAt(address))
  }

  /**
   * The same for writing: where an open snapshot sees the collection, a fork takes its place first, so that the
   * record's address is void then.
   * @throws ArenaFullError; nothing has changed then
   */
  writableCollectionAt(address: Address): LargeCollection {
    const collection = this.collectionAt(address)
    if (!this.collections.isSealed(collection)) {
      this.collections.beginWrite(collection)
      this.#digest?.removeWhileWritten(address)
      if (this.observer !== null) {
        const start = this.keyStart(address)
        this.observer(this.bytesAt(address), start, start + this.keyLength(address), false)
      }
      return collection
    }
    // The record gets a place of its own first: this fails where there is no room, and making a fork does not.
    const bytes = this.bytesAt(address)
    const start = this.keyStart(address)
    const end = start + this.keyLength(address)
    const valueEnd = end + HANDLE_BYTES
    const own = this.set(bytes, start, end, bytes, end, valueEnd, this.expiresAt(address), this.kindOf(address))
    const fork = collection.fork()
    this.bytesAt(own).writeUInt32LE(this.collections.enter(fork), this.valueStart(own))
    this.collections.drop(collection.handle)
    this.collections.beginWrite(fork)
    this.#digest?.removeWhileWritten(own)
    return fork
  }

  /**
   * The record at `address`, or a copy that has taken its place where an open snapshot sees it: its value's bytes may be
   * written where they are, before anything else is done with the key space. Not for a large collection.
   * @throws ArenaFullError; nothing has changed then
   */
  writableValueAt(address: Address): Address {
    const bytes = this.bytesAt(address)
    const start = this.keyStart(address)
    const end = start + this.keyLength(address)
    let writable = address
    if (this.#log.isSealed(address)) {
      const valueEnd = end + this.valueLength(address)
      writable = this.set(bytes, start, end, bytes, end, valueEnd, this.expiresAt(address), this.kindOf(address))
    } else {
      this.observer?.(bytes, start, end, false)
    }
    this.#digest?.removeWhileWritten(writable)
    return writable
  }

  /**
   * Moves a record to another key (not its own), in place of what is there, with its value and expiry, however large
   * it is. The address is void then.
   * @throws RecordTooLargeError, ArenaFullError; nothing has changed then
   */
  rename(address: Address, key: Uint8Array, keyStart: number, keyEnd: number): void {
    const bytes = this.bytesAt(address)
    const start = this.keyStart(address)
    const end = start + this.keyLength(address)
    const valueEnd = end + this.valueLength(address)
    this.set(key, keyStart, keyEnd, bytes, end, valueEnd, this.expiresAt(address), this.kindOf(address))
    const hash = this.#hash(bytes, start, end)
    this.#removeLocated(hash, this.#index.locate(hash, bytes, start, end))
    this.observer?.(bytes, start, end, false)
  }

  /** Deletes the key bytes[start, end); whether it was there. */
  delete(bytes: Uint8Array, start: number, end: number): boolean {
    const hash = this.#hash(bytes, start, end)
    const address = this.#index.locate(hash, bytes, start, end)
    if (address === 0) return false
    const handle = isLargeKind(this.kindOf(address)) ? this.#handleAt(address) : 0
    this.#removeLocated(hash, address)
    if (handle !== 0) this.collections.drop(handle)
    this.observer?.(bytes, start, end, false)
    return true
  }

  /**
   * Changes when a record expires (Unix time in milliseconds, 0 for never).
   * @returns where the record is now
   * @throws ArenaFullError; nothing has changed then
   */
  setExpiry(address: Address, expiresAt: number): Address {
    const words = this.wordsAt(address)
    const at = wordOf(address)
    const before = layout.expiryOf(words, at)
    if (before === expiresAt) return address
    const bytes = this.bytesAt(address)
    const keyStart = this.keyStart(address)
    const keyEnd = keyStart + this.keyLength(address)
    if (!layout.hasRoomForExpiry(words, at) || this.#log.isSealed(address)) {
      const valueEnd = keyEnd + this.valueLength(address)
      return this.set(bytes, keyStart, keyEnd, bytes, keyEnd, valueEnd, expiresAt, layout.kindOf(words, at))
    }
    this.#digest?.removeForNow(address)
    layout.writeExpiry(words, at, layout.unitsOf(words, at), expiresAt)
    this.#digest?.add(address)
    if ((before === 0) !== (expiresAt === 0)) {
      const hash = this.#hash(bytes, keyStart, keyEnd)
      this.#index.locateAddress(hash, address)
      this.#index.replaceLocated(hash, address, expiresAt !== 0)
    }
    this.observer?.(bytes, keyStart, keyEnd, false)
    return address
  }

  /** Deletes all keys, in a time that depends only on how many segments (of 1 MiB) they took. */
  clear(): void {
    this.#index.clear()
    this.collections.clear()
    this.#log.clear()
    this.#sweep.restart()
    if (this.collections.keepsDigests) this.#digest = new RunningDigest(this, true)
  }

  /**
   * The digest of the records up to this moment, or of what has become of them since `countRecords`; null where none is
   * kept.
   */
  get digest(): RunningDigest | null {
    return this.#digest
  }

  /**
   * Begins to keep the digests of large collections, or ends it. Where there are keys, those of what is there have to
   * be read then, and when that is done `countRecords` is called; see beginDigest. Where there are none, it is.
   */
  keepDigest(isKept: boolean): void {
    this.collections.keepDigests(isKept)
    this.#digest = isKept && this.size === 0 ? new RunningDigest(this, true) : null
  }

  /** Begins to keep the digest of the records, of which none counts that is there already. */
  countRecords(): RunningDigest {
    this.#digest = new RunningDigest(this, false)
    return this.#digest
  }

  /**
   * Visits about `count` records from a cursor on; begin with 0. A record that is there from the first call to the
   * last is visited, whatever else comes and goes. The visitor may delete the record it is shown, but change nothing
   * else, nor scan.
   * @returns the cursor to go on with, below 2 ** 32; 0 when all have been visited
   */
  scan(cursor: number, count: number, visit: (address: Address) => void): number {
    const found = this.#scanned
    let next = cursor
    let remaining = Math.max(1, count)
    do {
      found.count = 0
      next = this.#index.gather(next, Math.min(remaining, RECORDS_PER_BATCH), false, found)
      for (let i = 0; i < found.count; i++) visit(found.at(i))
      remaining -= found.count
    } while (next !== 0 && remaining > 0)
    return next
  }

  /** A record picked by `random` (a number in [0, 1), like Math.random); 0 if there is none. */
  randomKey(random: () => number): Address {
    return this.#index.pick(random)
  }

  /** Opens a view of all records as they are now, in microseconds. Its owner closes it. */
  openSnapshot(): KeySpaceSnapshot {
    return new KeySpaceSnapshot(this.#log, this.#index, this.collections)
  }

  /**
   * Frees the elements of large collections that are gone, and then moves records out of the emptiest segments, for
   * about `budget` milliseconds, so that memory comes back.
   * @returns whether there is more to do
   */
  compact(budget: number): boolean {
    // It may move.
    this.#digest?.settle()
    const deadline = performance.now() + budget
    return this.collections.freeUntil(deadline) || this.#compaction.advanceUntil(deadline)
  }

  /**
   * Looks for records that have expired (whose expiry is before `now`) for about `budget` milliseconds, going on where
   * the last call stopped, and calls `onExpired` for each, which deletes it and changes nothing else.
   * @returns whether this round through all records is unfinished
   */
  sweepExpired(now: number, budget: number, onExpired: (address: Address) => void): boolean {
    return this.#sweep.advance(now, budget, onExpired)
  }

  /** The hash of a key as the index takes it. */
  #hash(bytes: Uint8Array, start: number, end: number): number {
    return halfSipHash13(this.#hashKey0, this.#hashKey1, bytes, start, end)
  }

  #handleAt(address: Address): number {
    return this.bytesAt(address).readUInt32LE(this.valueStart(address))
  }

  /** Drops the collection that a record held, unless the one that took its place holds the same. */
  #dropReplaced(handle: number, address: Address): void {
    if (isLargeKind(this.kindOf(address)) && this.#handleAt(address) === handle) return
    this.collections.drop(handle)
  }

  /** Lets the record that was located die, and nothing else. */
  #removeLocated(hash: number, address: Address): void {
    this.#digest?.remove(address)
    this.#index.removeLocated(hash)
    this.#log.free(address, layout.unitsOf(this.wordsAt(address), wordOf(address)))
  }

  /** Moves a record of a segment that is being emptied, byte by byte as it is. */
  #relocate(address: Address): void {
    const words = this.wordsAt(address)
    const at = wordOf(address)
    const units = layout.unitsOf(words, at)
    const owner = layout.ownerOf(words, at, units)
    if (owner !== 0) {
      const moved = this.#copyRecord(address, units)
      this.collections.ownedBy(owner).relocate(address, moved)
      this.#log.free(address, units)
      return
    }
    const keyStart = this.keyStart(address)
    const hash = this.#hash(this.bytesAt(address), keyStart, keyStart + this.keyLength(address))
    if (!this.#index.locateAddress(hash, address)) throw new Error(`the live record at ${address} is in no index`)
    const moved = this.#copyRecord(address, units)
    this.#digest?.relocate(address, moved)
    this.#index.replaceLocated(hash, moved, layout.expiryOf(words, at) !== 0)
    this.#log.free(address, units)
  }

  #copyRecord(address: Address, units: number): Address {
    const copy = this.#log.append(units)
    const start = 4 * wordOf(address)
    layout.copyBytes(this.bytesAt(address), start, start + 8 * units, this.bytesAt(copy), 4 * wordOf(copy))
    return copy
  }
}
