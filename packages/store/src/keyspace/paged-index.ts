import type { AddressList } from './address-list.ts'
import { type Address, SEGMENT_SHIFT, UNIT_MASK } from './arena.ts'
import { IndexPage, MAX_HOMES } from './index-page.ts'
import { hasKey } from './record-layout.ts'
import type { RecordLog } from './record-log.ts'

/** A page that has this many hash bits in common grows instead of splitting; hashes would have to be far from random. */
const MAX_DEPTH = 22
/** Two sibling pages become one when they hold no more than this together: well below a full page, lest it splits. */
const MERGED_COUNT = MAX_HOMES / 2
const BYTES_PER_DIRECTORY_ENTRY = 8

/** The pages of an index as they are at one moment, in the order of hashes; nobody writes to them any more. */
export interface IndexView {
  readonly directory: readonly IndexPage[]
  /** A page of depth d stands in 2 ** (depth - d) consecutive entries. */
  readonly depth: number
}

/**
 * Finds records in a log by the hash of their key: extendible hashing. The first `depth` bits of a hash pick an entry
 * of the directory, which is a page (several entries may be the same one); a page that is full is split in two, and
 * nothing else moves.
 *
 * A hash is a 32-bit integer (signed or not); its lowest bit is not used.
 *
 * Everything that an open snapshot may see (a page, or the directory) is copied before it is first written.
 */
export class PagedIndex {
  readonly #log: RecordLog
  #directory: IndexPage[]
  #directoryEpoch: number
  #depth = 0
  /** How far half the hash (a shift by 32 would be none) is shifted to give an entry of the directory. */
  #shift = 31
  #size = 0
  #volatileSize = 0
  #pageBytes: number
  // Where the last `locate` ended.
  #page: IndexPage
  #slot = 0

  constructor(log: RecordLog) {
    this.#log = log
    this.#page = IndexPage.empty(0, log.epoch)
    this.#pageBytes = this.#page.slots.byteLength
    this.#directory = [this.#page]
    this.#directoryEpoch = log.epoch
  }

  /** Another index that shares everything with this one and copies what it writes; this one is not written again. */
  fork(): PagedIndex {
    const fork = new PagedIndex(this.#log)
    fork.#page = this.#page
    fork.#pageBytes = this.#pageBytes
    fork.#directory = this.#directory
    fork.#directoryEpoch = this.#directoryEpoch
    fork.#setDepth(this.#depth)
    fork.#size = this.#size
    fork.#volatileSize = this.#volatileSize
    return fork
  }

  /** How many records there are. */
  get size(): number {
    return this.#size
  }

  /** How many of them have an expiry. */
  get volatileSize(): number {
    return this.#volatileSize
  }

  /** Bytes of its pages and its directory, without what only snapshots still see. */
  get bytes(): number {
    return this.#pageBytes + this.#directory.length * BYTES_PER_DIRECTORY_ENTRY
  }

  /** The pages as they are now; valid for as long as a mark that is opened in the same turn. */
  view(): IndexView {
    return { directory: this.#directory, depth: this.#depth }
  }

  /**
   * The record with the key bytes[start, end), whose hash is `hash`; 0 if there is none. Remembers the place, for one
   * `insertLocated`, `replaceLocated` or `removeLocated`.
   */
  locate(hash: number, bytes: Uint8Array, start: number, end: number): Address {
    const { words, buffers } = this.#log.arena
    const page = this.#directory[(hash >>> 1) >>> this.#shift]!
    const slots = page.slots
    const lowest = (hash & ~1) >>> 0
    const highest = (hash | 1) >>> 0
    this.#page = page
    for (let slot = page.homeOf(hash); ; slot++) {
      const address = slots[2 * slot + 1]!
      const hashWord = slots[2 * slot]!
      if (address !== 0 && hashWord < lowest) continue
      this.#slot = slot
      if (address === 0 || hashWord > highest) return 0
      const number = address >>> SEGMENT_SHIFT
      if (hasKey(words[number]!, buffers[number]!, (address & UNIT_MASK) << 1, bytes, start, end)) return address
    }
  }

  /** Remembers the place of a record as `locate` does; whether it is there. */
  locateAddress(hash: number, address: Address): boolean {
    const page = this.#directory[(hash >>> 1) >>> this.#shift]!
    const highest = (hash | 1) >>> 0
    for (let slot = page.homeOf(hash); ; slot++) {
      const found = page.slots[2 * slot + 1]!
      if (found === 0 || page.slots[2 * slot]! > highest) return false
      if (found !== address) continue
      this.#page = page
      this.#slot = slot
      return true
    }
  }

  /** Adds a record that `locate` did not find. */
  insertLocated(hash: number, address: Address, isVolatile: boolean): void {
    const hashWord = (isVolatile ? hash | 1 : hash & ~1) >>> 0
    this.#size++
    if (isVolatile) this.#volatileSize++
    if (this.#page.count < this.#page.fullAt && this.#writable(hash).insertAt(this.#slot, hashWord, address)) return
    this.#makeRoom(hash)
    const page = this.#directory[(hash >>> 1) >>> this.#shift]!
    page.insertAt(slotFor(page, hashWord), hashWord, address)
  }

  /** Puts another record (or the same one, volatile or not) in the place of the one that was located. */
  replaceLocated(hash: number, address: Address, isVolatile: boolean): void {
    const hashWord = (isVolatile ? hash | 1 : hash & ~1) >>> 0
    const { slots } = this.#page
    // No change, as with most values that are written in place: the page stays shared with a snapshot.
    if (slots[2 * this.#slot] === hashWord && slots[2 * this.#slot + 1] === address) return
    const page = this.#writable(hash)
    const volatileBefore = page.volatileCount
    page.replaceAt(this.#slot, hashWord, address)
    this.#volatileSize += page.volatileCount - volatileBefore
  }

  /** Removes the record that was located. */
  removeLocated(hash: number): void {
    const page = this.#writable(hash)
    const volatileBefore = page.volatileCount
    page.removeAt(this.#slot)
    this.#volatileSize += page.volatileCount - volatileBefore
    this.#size--
    if (page.isSparse) this.#shrink(page, hash)
  }

  /** Removes all records. */
  clear(): void {
    this.#page = IndexPage.empty(0, this.#log.epoch)
    this.#pageBytes = this.#page.slots.byteLength
    this.#directory = [this.#page]
    this.#directoryEpoch = this.#log.epoch
    this.#setDepth(0)
    this.#size = 0
    this.#volatileSize = 0
  }

  /**
   * Adds the addresses of the records from a hash on to `found`, in the order of hashes, until it holds `limit` or a
   * few more: those of the same hash are not parted.
   * @returns the hash to go on from, unsigned; 0 at the end
   */
  gather(fromHash: number, limit: number, onlyVolatile: boolean, found: AddressList): number {
    const lowestFrom = (fromHash & ~1) >>> 0
    let last = -1
    let entry = (lowestFrom >>> 1) >>> this.#shift
    let slot = this.#directory[entry]!.homeOf(lowestFrom)
    while (entry < this.#directory.length) {
      const page = this.#directory[entry]!
      const slots = page.slots
      const end = onlyVolatile && page.volatileCount === 0 ? 0 : slots.length / 2
      for (; slot < end; slot++) {
        const address = slots[2 * slot + 1]!
        const hashWord = slots[2 * slot]!
        if (address === 0 || hashWord < lowestFrom) continue
        const hash = (hashWord & ~1) >>> 0
        if (found.count >= limit && hash !== last) return hash
        if (onlyVolatile && (hashWord & 1) === 0) continue
        found.add(address)
        last = hash
      }
      entry = this.#entryAfter(entry, page)
      slot = 0
    }
    return 0
  }

  /** A record picked by `random` (a number in [0, 1)), each with nearly the same chance; 0 if there is none. */
  pick(random: () => number): Address {
    if (this.#size === 0) return 0
    let entry = Math.floor(random() * this.#directory.length)
    while (this.#directory[entry]!.count === 0) entry = (entry + 1) % this.#directory.length
    const { slots, count } = this.#directory[entry]!
    let toPass = Math.floor(random() * count)
    for (let i = 1; ; i += 2) {
      if (slots[i] !== 0 && toPass-- === 0) return slots[i]!
    }
  }

  /** The located page, made writable. */
  #writable(hash: number): IndexPage {
    const page = this.#page
    if (page.epoch > this.#log.sealedEpoch) return page
    const copy = page.clone(this.#log.epoch)
    this.#put(hash, page, copy)
    this.#page = copy
    return copy
  }

  /** Gives the page of a hash room for one more at least, by rebuilding it or by splitting it. */
  #makeRoom(hash: number): void {
    const page = this.#directory[(hash >>> 1) >>> this.#shift]!
    if (page.count < page.fullAt || page.homes < MAX_HOMES || page.depth === MAX_DEPTH) this.#rebuild(page, hash)
    else this.#split(page, hash)
  }

  /** Makes the page as large as its records need it. */
  #rebuild(page: IndexPage, hash: number): void {
    const entries = packed(page)
    this.#put(hash, page, IndexPage.of(entries, 0, page.count, page.depth, this.#log.epoch))
  }

  #split(page: IndexPage, hash: number): void {
    if (page.depth === this.#depth) this.#doubleDirectory()
    const entries = packed(page)
    const depth = page.depth + 1
    const splittingBit = 1 << (32 - depth)
    let middle = 0
    while (middle < page.count && (entries[2 * middle]! & splittingBit) === 0) middle++
    this.#put(hash, page, IndexPage.of(entries, 0, middle, depth, this.#log.epoch))
    const upper = IndexPage.of(entries, middle, page.count, depth, this.#log.epoch)
    // The upper half of the entries still has the lower page from the line before.
    this.#putEntries(this.#firstEntry(hash | splittingBit, depth), depth, upper)
    this.#pageBytes += upper.slots.byteLength
  }

  /** Makes a sparse page smaller, or one with its sibling (and that one with its own, and so on). */
  #shrink(page: IndexPage, hash: number): void {
    let merged = page
    while (merged.depth > 0) {
      const siblingBit = 1 << (32 - merged.depth)
      const sibling = this.#directory[((hash ^ siblingBit) >>> 1) >>> this.#shift]!
      if (sibling.depth !== merged.depth || sibling.count + merged.count > MERGED_COUNT) break
      const [lower, upper] = (hash & siblingBit) === 0 ? [merged, sibling] : [sibling, merged]
      const entries = packed(lower, upper)
      const depth = merged.depth - 1
      merged = IndexPage.of(entries, 0, lower.count + upper.count, depth, this.#log.epoch)
      this.#ownDirectory()
      this.#putEntries(this.#firstEntry(hash, depth), depth, merged)
      this.#pageBytes += merged.slots.byteLength - lower.slots.byteLength - upper.slots.byteLength
    }
    if (merged === page) this.#rebuild(page, hash)
    else this.#halveDirectory()
  }

  /** Puts a page in the place of another one of the same depth, or of its parent, which had one bit less. */
  #put(hash: number, before: IndexPage, page: IndexPage): void {
    this.#ownDirectory()
    this.#putEntries(this.#firstEntry(hash, before.depth), before.depth, page)
    this.#pageBytes += page.slots.byteLength - before.slots.byteLength
  }

  #putEntries(first: number, depth: number, page: IndexPage): void {
    this.#directory.fill(page, first, first + 2 ** (this.#depth - depth))
  }

  /** The first directory entry of a page of that depth. */
  #firstEntry(hash: number, depth: number): number {
    const entry = (hash >>> 1) >>> this.#shift
    return entry - (entry % 2 ** (this.#depth - depth))
  }

  #entryAfter(entry: number, page: IndexPage): number {
    const entries = 2 ** (this.#depth - page.depth)
    return entry - (entry % entries) + entries
  }

  /** Copies the directory if an open snapshot may see it. */
  #ownDirectory(): void {
    if (this.#directoryEpoch > this.#log.sealedEpoch) return
    this.#directory = this.#directory.slice()
    this.#directoryEpoch = this.#log.epoch
  }

  #doubleDirectory(): void {
    const directory = new Array<IndexPage>(2 * this.#directory.length)
    for (let entry = 0; entry < directory.length; entry++) directory[entry] = this.#directory[entry >>> 1]!
    this.#directory = directory
    this.#directoryEpoch = this.#log.epoch
    this.#setDepth(this.#depth + 1)
  }

  /** Makes the directory as small as its deepest page allows. */
  #halveDirectory(): void {
    const needed = this.#directory.reduce((depth, page) => Math.max(depth, page.depth), 0)
    if (needed === this.#depth) return
    const step = 2 ** (this.#depth - needed)
    this.#directory = this.#directory.filter((_, entry) => entry % step === 0)
    this.#directoryEpoch = this.#log.epoch
    this.#setDepth(needed)
  }

  #setDepth(depth: number): void {
    this.#depth = depth
    this.#shift = 31 - depth
  }
}

/** Where a hash word that isn't there belongs. */
function slotFor(page: IndexPage, hashWord: number): number {
  let slot = page.homeOf(hashWord)
  while (page.slots[2 * slot + 1] !== 0 && page.slots[2 * slot]! <= hashWord) slot++
  return slot
}

let scratch = new Uint32Array(4 * MAX_HOMES)

/** The slots of one page or of two neighbours that are taken; overwritten by the next call. */
function packed(lower: IndexPage, upper?: IndexPage): Uint32Array {
  const words = 2 * (lower.count + (upper?.count ?? 0))
  if (scratch.length < words) scratch = new Uint32Array(2 * words)
  lower.pack(scratch, 0)
  upper?.pack(scratch, lower.count)
  return scratch
}
