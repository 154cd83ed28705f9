import { type CountedTree, TreeCursor } from './counted-tree.ts'
import type { ListChunk } from './list-chunk.ts'
import type { ListLeaf } from './list-leaf.ts'
import { firstEntry, isListpackEnd, ListpackCursor, nextEntry } from './listpack.ts'
import { NO_BYTES, type ValueCursor } from './value-cursor.ts'

/** Goes through the chunks of a large list. */
export class ListChunkCursor {
  /** The present one. */
  chunk!: ListChunk
  readonly #place = new TreeCursor<ListLeaf>()
  #isBegun = false

  constructor(tree: CountedTree<ListLeaf>) {
    tree.select(this.#place, 0)
  }

  /** Goes to the next chunk; false at the end. */
  next(): boolean {
    const place = this.#place
    if (place.isAtEnd) return false
    if (this.#isBegun && !place.next()) return false
    this.#isBegun = true
    this.chunk = place.leaf.chunks[place.index]!
    return true
  }
}

/** Goes through the items of a large list. */
export class ListItemCursor implements ValueCursor {
  readonly size: number
  readonly valueBytes = NO_BYTES
  readonly valueStart = 0
  readonly valueEnd = 0
  readonly score = 0
  readonly #chunks: ListChunkCursor
  readonly #item = new ListpackCursor()
  /** Where the next item is in the present listpack; -1 for another chunk. */
  #next = -1

  constructor(tree: CountedTree<ListLeaf>) {
    this.size = tree.size
    this.#chunks = new ListChunkCursor(tree)
  }

  get bytes(): Buffer {
    return this.#item.bytes
  }

  get start(): number {
    return this.#item.start
  }

  get end(): number {
    return this.#item.end
  }

  next(): boolean {
    if (this.#next < 0 && !this.#enterChunk()) return false
    const { chunk } = this.#chunks
    chunk.show(this.#next, this.#item)
    if (chunk.isPlain) {
      this.#next = -1
    } else {
      this.#next = nextEntry(chunk.bytes, this.#next)
      if (isListpackEnd(chunk.bytes, this.#next)) this.#next = -1
    }
    return true
  }

  #enterChunk(): boolean {
    if (!this.#chunks.next()) return false
    this.#next = firstEntry(0)
    return true
  }
}
