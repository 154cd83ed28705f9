import { doubleText } from '../commands/double-text.ts'
import { INT64_TEXT_LENGTH, writeInt64 } from '../commands/integer-text.ts'
import { compareBytes } from './byte-order.ts'
import { compactScoreAt } from './compact-score.ts'
import {
  deleteEntries,
  EMPTY_LISTPACK_BYTES,
  findEntry,
  firstEntry,
  insertEntry,
  isListpackEnd,
  LISTPACK_ENTRY_OVERHEAD,
  ListpackCursor,
  listpackBytes,
  listpackCount,
  nextEntry,
  writeEmptyListpack,
} from './listpack.ts'
import type { ElementRange, RangeLimit } from './sorted-set-range.ts'
import type { MemberRange, SortedSetView } from './sorted-set-view.ts'
import { NO_BYTES } from './value-cursor.ts'

/** Sign, 17 digits, point, and an exponent of `e-308`. */
const MAX_SCORE_TEXT_LENGTH = Math.max(24, INT64_TEXT_LENGTH)
/** Whole scores up to here are written in full, as Redis does. */
const MAX_INTEGER_SCORE = 2 ** 62
/** What the blocks of most sorted sets fit in. */
const INITIAL_BLOCK_BYTES = 4096
const INITIAL_ROOM = 128

/**
 * A small sorted set: one listpack of members and scores in their order, a record's value. One object is used for one
 * after the other.
 */
export class CompactSortedSet implements SortedSetView {
  /** The listpack is block[blockStart, blockEnd). */
  block: Buffer = NO_BYTES
  blockStart = 0
  rangeStart = 0
  rangeEnd = 0
  #size = 0
  /** Where the entries of members are in the block, once someone wants a rank. */
  #entries = new Uint32Array(INITIAL_ROOM)
  #hasEntries = false
  /** For a block that is edited. */
  #own = NO_BYTES
  readonly #shown = new ListpackCursor()
  #rank = 0
  // For searches, which leave the place as it is.
  readonly #compared = new ListpackCursor()
  readonly #scoreText = Buffer.alloc(MAX_SCORE_TEXT_LENGTH)

  get blockEnd(): number {
    return this.blockStart + listpackBytes(this.block, this.blockStart)
  }

  /** Shows the listpack at bytes[start…), to be read only. */
  read(bytes: Buffer, start: number): this {
    this.block = bytes
    this.blockStart = start
    this.#size = listpackCount(bytes, start) >>> 1
    this.#hasEntries = false
    return this
  }

  /** Takes a copy of the listpack at bytes[start…), to be edited. */
  edit(bytes: Buffer, start: number): this {
    const length = listpackBytes(bytes, start)
    this.#makeRoom(length)
    bytes.copy(this.#own, 0, start, start + length)
    return this.read(this.#own, 0)
  }

  /** Becomes an empty one, to be edited. */
  clear(): this {
    this.#makeRoom(EMPTY_LISTPACK_BYTES)
    writeEmptyListpack(this.#own, 0)
    return this.read(this.#own, 0)
  }

  get size(): number {
    return this.#size
  }

  scoreOf(bytes: Uint8Array, start: number, end: number): number {
    const at = this.#find(bytes, start, end)
    return at < 0 ? Number.NaN : this.#scoreAt(at)
  }

  rankOf(bytes: Uint8Array, start: number, end: number): number {
    const at = this.#find(bytes, start, end)
    return at < 0 ? -1 : this.#rankOfEntry(at)
  }

  /**
   * As Redis does in a listpack for a range of members: from the first element that is in it, up to the next one that
   * isn't; from the last one on for the reverse. This makes a difference only where scores are different.
   */
  findRange(range: ElementRange, isReverse: boolean): void {
    const { min, max } = range
    const size = this.#size
    this.rangeStart = 0
    this.rangeEnd = 0
    if (range.isEmpty || size === 0 || this.#isBefore(size - 1, min) || !this.#isBefore(0, max)) return
    if (!min.comparesMembers) {
      this.rangeStart = this.#rankAt(min)
      this.rangeEnd = this.#rankAt(max)
      return
    }
    let from = isReverse ? size : 0
    let to = from
    if (isReverse) {
      while (to > 0 && !this.#isBefore(to - 1, max)) to--
      for (from = to; from > 0 && !this.#isBefore(from - 1, min); ) from--
    } else {
      while (from < size && this.#isBefore(from, min)) from++
      for (to = from; to < size && this.#isBefore(to, max); ) to++
    }
    this.rangeStart = from
    this.rangeEnd = to
  }

  moveTo(rank: number): void {
    this.#index()
    this.#rank = rank
    this.#shown.show(this.block, this.#entries[rank]!)
  }

  next(): boolean {
    if (this.#rank + 1 >= this.#size) return false
    this.moveTo(this.#rank + 1)
    return true
  }

  previous(): boolean {
    if (this.#rank === 0) return false
    this.moveTo(this.#rank - 1)
    return true
  }

  get member(): MemberRange {
    return this.#shown
  }

  get score(): number {
    return this.#scoreAt(this.#entries[this.#rank]!)
  }

  /** The text of the score as the listpack has it. */
  scoreText(): string {
    this.#compared.show(this.block, nextEntry(this.block, this.#entries[this.#rank]!))
    const { bytes, start, end } = this.#compared
    return bytes.toString('latin1', start, end)
  }

  insert(bytes: Uint8Array, start: number, end: number, score: number): void {
    this.#index()
    this.#makeRoom(this.blockEnd + end - start + MAX_SCORE_TEXT_LENGTH + 2 * LISTPACK_ENTRY_OVERHEAD)
    let low = 0
    let high = this.#size
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#compare(middle, bytes, start, end, score) < 0) low = middle + 1
      else high = middle
    }
    const before = this.blockEnd
    const at = low < this.#size ? this.#entries[low]! : before - 1
    insertEntry(this.block, 0, at, bytes, start, end)
    const scoreEnd = writeScore(score, this.#scoreText)
    const after = insertEntry(this.block, 0, nextEntry(this.block, at), this.#scoreText, 0, scoreEnd)
    this.#size++
    if (this.#size > this.#entries.length) this.#grow()
    this.#entries.copyWithin(low + 1, low, this.#size - 1)
    for (let rank = low + 1; rank < this.#size; rank++) this.#entries[rank]! += after - before
    this.#entries[low] = at
  }

  move(bytes: Uint8Array, start: number, end: number, _oldScore: number, score: number): void {
    this.remove(bytes, start, end)
    this.insert(bytes, start, end, score)
  }

  remove(bytes: Uint8Array, start: number, end: number): boolean {
    const at = this.#find(bytes, start, end)
    if (at < 0) return false
    deleteEntries(this.block, 0, at, 2)
    this.#size--
    this.#hasEntries = false
    return true
  }

  removeRange(from: number, to: number): void {
    this.#index()
    deleteEntries(this.block, 0, this.#entries[from]!, 2 * (to - from))
    this.#size -= to - from
    this.#hasEntries = false
  }

  #find(bytes: Uint8Array, start: number, end: number): number {
    return findEntry(this.block, firstEntry(this.blockStart), bytes, start, end, 2)
  }

  /** The score of the member whose entry is at `at`. */
  #scoreAt(at: number): number {
    return compactScoreAt(this.block, nextEntry(this.block, at))
  }

  #compare(rank: number, bytes: Uint8Array, start: number, end: number, score: number): number {
    const at = this.#entries[rank]!
    const mine = this.#scoreAt(at)
    if (mine !== score) return mine < score ? -1 : 1
    const compared = this.#compared
    compared.show(this.block, at)
    return compareBytes(compared.bytes, compared.start, compared.end, bytes, start, end)
  }

  #isBefore(rank: number, limit: RangeLimit): boolean {
    this.#index()
    const at = this.#entries[rank]!
    if (!limit.comparesMembers) return limit.isAfter(this.#scoreAt(at), NO_BYTES, 0, 0)
    const compared = this.#compared
    compared.show(this.block, at)
    return limit.isAfter(0, compared.bytes, compared.start, compared.end)
  }

  /** How many elements come before a limit that depends on scores only. */
  #rankAt(limit: RangeLimit): number {
    let low = 0
    let high = this.#size
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#isBefore(middle, limit)) low = middle + 1
      else high = middle
    }
    return low
  }

  #rankOfEntry(at: number): number {
    this.#index()
    let low = 0
    let high = this.#size
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#entries[middle]! < at) low = middle + 1
      else high = middle
    }
    return low
  }

  #index(): void {
    if (this.#hasEntries) return
    const { block } = this
    while (this.#entries.length < this.#size) this.#grow()
    let rank = 0
    for (let at = firstEntry(this.blockStart); !isListpackEnd(block, at); ) {
      this.#entries[rank++] = at
      at = nextEntry(block, nextEntry(block, at))
    }
    this.#hasEntries = true
  }

  #grow(): void {
    const entries = new Uint32Array(2 * this.#entries.length)
    entries.set(this.#entries)
    this.#entries = entries
  }

  #makeRoom(length: number): void {
    if (this.#own.length >= length) return
    const own = Buffer.allocUnsafeSlow(Math.max(INITIAL_BLOCK_BYTES, 2 * length))
    this.#own.copy(own)
    if (this.block === this.#own) this.block = own
    this.#own = own
  }
}

/** Writes a score as Redis has it in a listpack; where it ends. */
function writeScore(score: number, target: Buffer): number {
  if (Number.isInteger(score) && Math.abs(score) <= MAX_INTEGER_SCORE) {
    // 0 for -0 as well.
    return writeInt64(Number.isSafeInteger(score) ? score + 0 : BigInt(score), target, 0)
  }
  return target.write(doubleText(score), 'latin1')
}
