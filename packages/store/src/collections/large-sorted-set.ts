import { type Address, SEGMENT_SHIFT, UNIT_MASK } from '../keyspace/arena.ts'
import { keyLengthOf, keyOffsetFor } from '../keyspace/record-layout.ts'
import type { RecordLog } from '../keyspace/record-log.ts'
import { VALUE_TYPE_SORTED_SET } from '../keyspace/value-type.ts'
import { compareBytes } from './byte-order.ts'
import type { CollectionTable } from './collection-table.ts'
import { CountedTree, TreeCursor, type TreeTarget } from './counted-tree.ts'
import { ElementIndex } from './element-index.ts'
import { LargeCollection } from './large-collection.ts'
import { LEAF_ENTRY_BYTES, MAX_LEAF_ENTRIES, ScoreLeaf } from './score-leaf.ts'
import type { ElementRange, RangeLimit } from './sorted-set-range.ts'
import type { MemberRange, SortedSetView } from './sorted-set-view.ts'
import { NO_BYTES, type ValueCursor } from './value-cursor.ts'

const SCORE_BYTES = 8
/** About what a leaf takes beside its entries: its objects, and free room in it. */
const LEAF_OVERHEAD_BYTES = 600

/** A score on its way into a record. */
const scoreBytes = Buffer.alloc(SCORE_BYTES)

/** Where members begin and end, read from their records. */
class MemberReader {
  bytes: Buffer = NO_BYTES
  start = 0
  end = 0
  readonly #buffers: readonly Buffer[]
  readonly #words: readonly Uint32Array[]

  constructor(log: RecordLog) {
    this.#buffers = log.arena.buffers
    this.#words = log.arena.words
  }

  read(address: Address): void {
    const number = address >>> SEGMENT_SHIFT
    const at = (address & UNIT_MASK) << 1
    const length = keyLengthOf(this.#words[number]!, at)
    this.bytes = this.#buffers[number]!
    this.start = 4 * at + keyOffsetFor(length)
    this.end = this.start + length
  }
}

/** The element with this score and this member, or where it would be. */
class ElementTarget implements TreeTarget<ScoreLeaf> {
  score = 0
  bytes: Uint8Array = NO_BYTES
  start = 0
  end = 0
  readonly #member: MemberReader

  constructor(member: MemberReader) {
    this.#member = member
  }

  isAfter(leaf: ScoreLeaf, index: number): boolean {
    const score = leaf.scores[index]!
    if (score !== this.score) return score < this.score
    const member = this.#member
    member.read(leaf.addresses[index]!)
    return compareBytes(member.bytes, member.start, member.end, this.bytes, this.start, this.end) < 0
  }
}

class LimitTarget implements TreeTarget<ScoreLeaf> {
  limit!: RangeLimit
  readonly #member: MemberReader

  constructor(member: MemberReader) {
    this.#member = member
  }

  isAfter(leaf: ScoreLeaf, index: number): boolean {
    const member = this.#member
    if (this.limit.comparesMembers) member.read(leaf.addresses[index]!)
    return this.limit.isAfter(leaf.scores[index]!, member.bytes, member.start, member.end)
  }
}

/** What searches need, for one call at a time: the large sorted sets of a key space share it. */
class Search {
  readonly member: MemberReader
  readonly place = new TreeCursor<ScoreLeaf>()
  readonly #element: ElementTarget
  readonly #limit: LimitTarget

  private constructor(log: RecordLog) {
    this.member = new MemberReader(log)
    this.#element = new ElementTarget(this.member)
    this.#limit = new LimitTarget(this.member)
  }

  static of(table: CollectionTable): Search {
    let search = Search.#byTable.get(table)
    if (search === undefined) {
      search = new Search(table.log)
      Search.#byTable.set(table, search)
    }
    return search
  }

  /** Finds the element with this score and this member, or where it would be. */
  seek(tree: CountedTree<ScoreLeaf>, score: number, bytes: Uint8Array, start: number, end: number): void {
    const target = this.#element
    target.score = score
    target.bytes = bytes
    target.start = start
    target.end = end
    tree.seek(this.place, target)
    // Lest it keeps a client's buffer alive.
    target.bytes = NO_BYTES
  }

  /** How many elements come before a limit. */
  rankAt(tree: CountedTree<ScoreLeaf>, limit: RangeLimit): number {
    this.#limit.limit = limit
    tree.seek(this.place, this.#limit)
    return this.place.position
  }

  static readonly #byTable = new WeakMap<CollectionTable, Search>()
}

/** The element that a sorted set shows to a command. */
class Shown {
  readonly member: MemberReader
  readonly place = new TreeCursor<ScoreLeaf>()

  constructor(log: RecordLog) {
    this.member = new MemberReader(log)
  }

  read(): void {
    this.member.read(this.place.leaf.addresses[this.place.index]!)
  }
}

/**
 * A sorted set of many members, or of long ones. Each is a record whose key is the member and whose value is the
 * score; their order is a tree of scores and addresses.
 */
export class LargeSortedSet extends LargeCollection implements SortedSetView {
  readonly type = VALUE_TYPE_SORTED_SET
  readonly members: ElementIndex
  rangeStart = 0
  rangeEnd = 0
  readonly #tree: CountedTree<ScoreLeaf>
  /** Its records are being freed: the tree is no longer kept. */
  #isDying = false
  readonly #search: Search
  /** Made when it is first wanted. */
  #shown: Shown | null = null

  constructor(table: CollectionTable, origin: LargeSortedSet | null = null) {
    super(table, origin)
    this.members = new ElementIndex(this, origin?.members ?? null)
    this.#tree =
      origin === null
        ? new CountedTree(table.log, (epoch) => new ScoreLeaf(epoch), MAX_LEAF_ENTRIES)
        : origin.#tree.fork()
    this.#search = Search.of(table)
  }

  get size(): number {
    return this.#tree.size
  }

  get bytes(): number {
    return this.members.bytes + this.#tree.size * LEAF_ENTRY_BYTES + this.#tree.leafCount * LEAF_OVERHEAD_BYTES
  }

  get recordBytes(): number {
    return this.members.recordBytes()
  }

  scoreOf(bytes: Uint8Array, start: number, end: number): number {
    const address = this.members.find(bytes, start, end)
    return address === 0 ? Number.NaN : this.scoreAt(address)
  }

  /** The score in an element's record. */
  scoreAt(address: Address): number {
    const { member } = this.#search
    member.read(address)
    return member.bytes.readDoubleLE(member.end)
  }

  rankOf(bytes: Uint8Array, start: number, end: number): number {
    const score = this.scoreOf(bytes, start, end)
    if (Number.isNaN(score)) return -1
    this.#search.seek(this.#tree, score, bytes, start, end)
    return this.#search.place.position
  }

  findRange(range: ElementRange): void {
    this.rangeStart = 0
    this.rangeEnd = 0
    if (range.isEmpty) return
    this.rangeStart = this.#search.rankAt(this.#tree, range.min)
    this.rangeEnd = Math.max(this.rangeStart, this.#search.rankAt(this.#tree, range.max))
  }

  moveTo(rank: number): void {
    this.#shown ??= new Shown(this.table.log)
    this.#tree.select(this.#shown.place, rank)
    this.#shown.read()
  }

  next(): boolean {
    const isThere = this.#shown!.place.next()
    if (isThere) this.#shown!.read()
    return isThere
  }

  previous(): boolean {
    const isThere = this.#shown!.place.previous()
    if (isThere) this.#shown!.read()
    return isThere
  }

  get member(): MemberRange {
    return this.#shown!.member
  }

  get score(): number {
    const { place } = this.#shown!
    return place.leaf.scores[place.index]!
  }

  insert(bytes: Uint8Array, start: number, end: number, score: number): void {
    scoreBytes.writeDoubleLE(score)
    const address = this.members.set(bytes, start, end, scoreBytes, 0, SCORE_BYTES)
    this.#insertEntry(bytes, start, end, score, address)
  }

  move(bytes: Uint8Array, start: number, end: number, oldScore: number, score: number): void {
    // Found before its record is written, which the search reads; and the tree is written when that has not failed.
    this.#search.seek(this.#tree, oldScore, bytes, start, end)
    scoreBytes.writeDoubleLE(score)
    const address = this.members.set(bytes, start, end, scoreBytes, 0, SCORE_BYTES)
    this.#removeFound()
    this.#insertEntry(bytes, start, end, score, address)
  }

  remove(bytes: Uint8Array, start: number, end: number): boolean {
    const score = this.scoreOf(bytes, start, end)
    if (Number.isNaN(score)) return false
    this.#search.seek(this.#tree, score, bytes, start, end)
    this.members.delete(bytes, start, end)
    this.#removeFound()
    return true
  }

  removeRange(from: number, to: number): void {
    const { place, member } = this.#search
    for (let remaining = to - from; remaining > 0; ) {
      this.#tree.select(place, from)
      const leaf = this.#tree.own(place)
      const { index } = place
      const count = Math.min(remaining, leaf.length - index)
      for (let i = index; i < index + count; i++) {
        member.read(leaf.addresses[i]!)
        this.members.delete(member.bytes, member.start, member.end)
      }
      leaf.removeAt(index, count)
      this.#tree.settle(place)
      remaining -= count
    }
  }

  fork(): LargeSortedSet {
    return new LargeSortedSet(this.table, this)
  }

  relocate(from: Address, to: Address): void {
    this.members.relocate(from, to)
    if (this.#isDying) return
    const { place, member } = this.#search
    member.read(to)
    this.#search.seek(this.#tree, member.bytes.readDoubleLE(member.end), member.bytes, member.start, member.end)
    this.#tree.own(place).addresses[place.index] = to
  }

  cursor(): ValueCursor {
    return new SortedSetCursor(this.#tree, this.table.log)
  }

  free(count: number): boolean {
    this.#isDying = true
    return this.members.free(count)
  }

  /** Adds a member's entry, whose record is there. */
  #insertEntry(bytes: Uint8Array, start: number, end: number, score: number, address: Address): void {
    const { place } = this.#search
    this.#search.seek(this.#tree, score, bytes, start, end)
    this.#tree.own(place).insertAt(place.index, score, address)
    this.#tree.settle(place)
  }

  /** Removes the entry that was sought. */
  #removeFound(): void {
    const { place } = this.#search
    this.#tree.own(place).removeAt(place.index, 1)
    this.#tree.settle(place)
  }
}

/** Goes through all elements by score. */
class SortedSetCursor implements ValueCursor {
  readonly size: number
  readonly valueBytes = NO_BYTES
  readonly valueStart = 0
  readonly valueEnd = 0
  score = 0
  readonly #member: MemberReader
  readonly #place = new TreeCursor<ScoreLeaf>()
  #isBegun = false

  constructor(tree: CountedTree<ScoreLeaf>, log: RecordLog) {
    this.size = tree.size
    this.#member = new MemberReader(log)
    tree.select(this.#place, 0)
  }

  get bytes(): Buffer {
    return this.#member.bytes
  }

  get start(): number {
    return this.#member.start
  }

  get end(): number {
    return this.#member.end
  }

  next(): boolean {
    const place = this.#place
    if (place.isAtEnd) return false
    if (this.#isBegun && !place.next()) return false
    this.#isBegun = true
    this.score = place.leaf.scores[place.index]!
    this.#member.read(place.leaf.addresses[place.index]!)
    return true
  }
}
