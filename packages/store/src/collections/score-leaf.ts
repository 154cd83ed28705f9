import type { Address } from '../keyspace/arena.ts'
import type { TreeLeaf } from './counted-tree.ts'

/** A leaf with more entries is split: 6 KiB, so that copying one for a snapshot takes a microsecond. */
export const MAX_LEAF_ENTRIES = 512
/** Room grows by so many entries at a time: little is wasted, and an entry is copied only a few times. */
const ROOM_STEP = 32
const SCORE_BYTES = 8
const ADDRESS_BYTES = 4
/** Bytes of an entry. */
export const LEAF_ENTRY_BYTES = SCORE_BYTES + ADDRESS_BYTES

/** Entries of a large sorted set in their order: the score, and where the member's record is. No object for each. */
export class ScoreLeaf implements TreeLeaf<ScoreLeaf> {
  readonly epoch: number
  length = 0
  /** Both are views of the same memory. Only the first `length` numbers mean something. */
  scores: Float64Array
  addresses: Uint32Array

  constructor(epoch: number, room = ROOM_STEP) {
    const memory = new ArrayBuffer(room * LEAF_ENTRY_BYTES)
    this.epoch = epoch
    this.scores = new Float64Array(memory, 0, room)
    this.addresses = new Uint32Array(memory, room * SCORE_BYTES, room)
  }

  get elements(): number {
    return this.length
  }

  elementsBefore(index: number): number {
    return index
  }

  entryAt(element: number): number {
    return element
  }

  insertAt(index: number, score: number, address: Address): void {
    if (this.length === this.scores.length) this.#moveTo(new ScoreLeaf(this.epoch, this.length + ROOM_STEP))
    const { scores, addresses, length } = this
    scores.copyWithin(index + 1, index, length)
    addresses.copyWithin(index + 1, index, length)
    scores[index] = score
    addresses[index] = address
    this.length++
  }

  removeAt(index: number, count: number): void {
    this.scores.copyWithin(index, index + count, this.length)
    this.addresses.copyWithin(index, index + count, this.length)
    this.length -= count
  }

  clone(epoch: number): ScoreLeaf {
    const leaf = new ScoreLeaf(epoch, this.scores.length)
    leaf.#append(this, 0)
    return leaf
  }

  splitAt(index: number, epoch: number): ScoreLeaf {
    const upper = new ScoreLeaf(epoch, roomFor(this.length - index))
    upper.#append(this, index)
    this.length = index
    if (this.scores.length - index > 2 * ROOM_STEP) this.#moveTo(new ScoreLeaf(this.epoch, roomFor(index)))
    return upper
  }

  join(next: ScoreLeaf): void {
    const room = roomFor(this.length + next.length)
    if (room > this.scores.length) this.#moveTo(new ScoreLeaf(this.epoch, room))
    this.#append(next, 0)
  }

  /** Adds the entries of another leaf from `index` on; there is room. */
  #append(leaf: ScoreLeaf, index: number): void {
    this.scores.set(leaf.scores.subarray(index, leaf.length), this.length)
    this.addresses.set(leaf.addresses.subarray(index, leaf.length), this.length)
    this.length += leaf.length - index
  }

  /** Takes over the memory of an empty leaf. */
  #moveTo(leaf: ScoreLeaf): void {
    leaf.#append(this, 0)
    this.scores = leaf.scores
    this.addresses = leaf.addresses
  }
}

function roomFor(entries: number): number {
  return Math.ceil((entries + 1) / ROOM_STEP) * ROOM_STEP
}
