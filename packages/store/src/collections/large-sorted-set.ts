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
  // The member that is shown.
  readonly #shown: MemberReader
  readonly #place = new TreeCursor<ScoreLeaf>()
  // For searches, which leave the place as it is.
  readonly #compared: MemberReader
  readonly #found = new TreeCursor<ScoreLeaf>()
  readonly #target: ElementTarget
  readonly #limitTarget: LimitTarget

  constructor(table: CollectionTable, origin: LargeSortedSet | null = null) {
    super(table, origin)
    this.members = new ElementIndex(table, this.owner, origin?.members ?? null)
    this.#tree =
      origin === null
        ? new CountedTree(table.log, (epoch) => new ScoreLeaf(epoch), MAX_LEAF_ENTRIES)
        : origin.#tree.fork()
    this.#shown = new MemberReader(table.log)
    this.#compared = new MemberReader(table.log)
    this.#target = new ElementTarget(this.#compared)
    this.#limitTarget = new LimitTarget(this.#compared)
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
    this.#compared.read(address)
    return this.#compared.bytes.readDoubleLE(this.#compared.end)
  }

  rankOf(bytes: Uint8Array, start: number, end: number): number {
    const score = this.scoreOf(bytes, start, end)
    if (Number.isNaN(score)) return -1
    this.#seek(score, bytes, start, end)
    return this.#found.position
  }

  findRange(range: ElementRange): void {
    this.rangeStart = 0
    this.rangeEnd = 0
    if (range.isEmpty) return
    this.rangeStart = this.#rankAt(range.min)
    this.rangeEnd = Math.max(this.rangeStart, this.#rankAt(range.max))
  }

  moveTo(rank: number): void {
    this.#tree.select(this.#place, rank)
    this.#show()
  }

  next(): boolean {
    const isThere = this.#place.next()
    if (isThere) this.#show()
    return isThere
  }

  previous(): boolean {
    const isThere = this.#place.previous()
    if (isThere) this.#show()
    return isThere
  }

  get member(): MemberRange {
    return this.#shown
  }

  get score(): number {
    return this.#place.leaf.scores[this.#place.index]!
  }

  insert(bytes: Uint8Array, start: number, end: number, score: number): void {
    scoreBytes.writeDoubleLE(score)
    const address = this.members.set(bytes, start, end, scoreBytes, 0, SCORE_BYTES)
    this.#seek(score, bytes, start, end)
    this.#tree.own(this.#found).insertAt(this.#found.index, score, address)
    this.#tree.settle(this.#found)
  }

  move(bytes: Uint8Array, start: number, end: number, oldScore: number, score: number): void {
    // Found before its record is written, which the search reads; and the tree is written when that has not failed.
    this.#seek(oldScore, bytes, start, end)
    scoreBytes.writeDoubleLE(score)
    const address = this.members.set(bytes, start, end, scoreBytes, 0, SCORE_BYTES)
    this.#tree.own(this.#found).removeAt(this.#found.index, 1)
    this.#tree.settle(this.#found)
    this.#seek(score, bytes, start, end)
    this.#tree.own(this.#found).insertAt(this.#found.index, score, address)
    this.#tree.settle(this.#found)
  }

  remove(bytes: Uint8Array, start: number, end: number): boolean {
    const score = this.scoreOf(bytes, start, end)
    if (Number.isNaN(score)) return false
    this.#seek(score, bytes, start, end)
    this.members.delete(bytes, start, end)
    this.#tree.own(this.#found).removeAt(this.#found.index, 1)
    this.#tree.settle(this.#found)
    return true
  }

  removeRange(from: number, to: number): void {
    for (let remaining = to - from; remaining > 0; ) {
      this.#tree.select(this.#found, from)
      const leaf = this.#tree.own(this.#found)
      const { index } = this.#found
      const count = Math.min(remaining, leaf.length - index)
      for (let i = index; i < index + count; i++) {
        const member = this.#compared
        member.read(leaf.addresses[i]!)
        this.members.delete(member.bytes, member.start, member.end)
      }
      leaf.removeAt(index, count)
      this.#tree.settle(this.#found)
      remaining -= count
    }
  }

  fork(): LargeSortedSet {
    return new LargeSortedSet(this.table, this)
  }

  relocate(from: Address, to: Address): void {
    this.members.relocate(from, to)
    if (this.#isDying) return
    const member = this.#compared
    member.read(to)
    this.#seek(member.bytes.readDoubleLE(member.end), member.bytes, member.start, member.end)
    this.#tree.own(this.#found).addresses[this.#found.index] = to
  }

  cursor(): ValueCursor {
    return new SortedSetCursor(this.#tree, this.table.log)
  }

  free(count: number): boolean {
    this.#isDying = true
    return this.members.free(count)
  }

  #show(): void {
    this.#shown.read(this.#place.leaf.addresses[this.#place.index]!)
  }

  #seek(score: number, bytes: Uint8Array, start: number, end: number): void {
    const target = this.#target
    target.score = score
    target.bytes = bytes
    target.start = start
    target.end = end
    this.#tree.seek(this.#found, target)
    // Lest it keeps a client's buffer alive.
    target.bytes = NO_BYTES
  }

  #rankAt(limit: RangeLimit): number {
    this.#limitTarget.limit = limit
    this.#tree.seek(this.#found, this.#limitTarget)
    return this.#found.position
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
