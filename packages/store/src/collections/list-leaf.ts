import type { TreeLeaf } from './counted-tree.ts'
import type { ListChunk } from './list-chunk.ts'

/** A leaf with more chunks is split. */
export const MAX_LEAF_CHUNKS = 32

/** Chunks of a large list in their order. */
export class ListLeaf implements TreeLeaf<ListLeaf> {
  readonly epoch: number
  readonly chunks: ListChunk[]
  /** How many items each chunk has. */
  readonly counts: number[]
  elements: number

  constructor(epoch: number, chunks: ListChunk[] = [], counts: number[] = []) {
    this.epoch = epoch
    this.chunks = chunks
    this.counts = counts
    this.elements = sum(counts, counts.length)
  }

  get length(): number {
    return this.chunks.length
  }

  elementsBefore(index: number): number {
    return index === this.counts.length ? this.elements : sum(this.counts, index)
  }

  entryAt(element: number): number {
    const { counts } = this
    let index = 0
    for (let rest = element; rest >= counts[index]!; index++) rest -= counts[index]!
    return index
  }

  insertAt(index: number, chunk: ListChunk): void {
    this.chunks.splice(index, 0, chunk)
    this.counts.splice(index, 0, chunk.count)
    this.elements += chunk.count
  }

  /** Puts a chunk in the place of another one. */
  replaceAt(index: number, chunk: ListChunk): void {
    this.chunks[index] = chunk
    this.recount(index)
  }

  removeAt(index: number, count: number): void {
    this.chunks.splice(index, count)
    for (const removed of this.counts.splice(index, count)) this.elements -= removed
  }

  /** Takes note of how many items a chunk has now. */
  recount(index: number): void {
    const { count } = this.chunks[index]!
    this.elements += count - this.counts[index]!
    this.counts[index] = count
  }

  clone(epoch: number): ListLeaf {
    return new ListLeaf(epoch, this.chunks.slice(), this.counts.slice())
  }

  splitAt(index: number, epoch: number): ListLeaf {
    const upper = new ListLeaf(epoch, this.chunks.splice(index), this.counts.splice(index))
    this.elements -= upper.elements
    return upper
  }

  join(next: ListLeaf): void {
    this.chunks.push(...next.chunks)
    this.counts.push(...next.counts)
    this.elements += next.elements
  }
}

function sum(counts: readonly number[], end: number): number {
  let total = 0
  for (let i = 0; i < end; i++) total += counts[i]!
  return total
}
