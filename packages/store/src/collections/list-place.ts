import { type CountedTree, TreeCursor } from './counted-tree.ts'
import type { ListChunk } from './list-chunk.ts'
import type { ListLeaf } from './list-leaf.ts'
import type { ItemRange } from './list-view.ts'
import { firstEntry, isListpackEnd, ListpackCursor, nextEntry, previousEntry } from './listpack.ts'
import type { EntryMatcher } from './listpack-splicing.ts'

/** The item that a large list shows to a command: see ListView. */
export class ListPlace {
  readonly #tree: CountedTree<ListLeaf>
  // A chunk, and an entry in it.
  readonly #place = new TreeCursor<ListLeaf>()
  #at = 0
  readonly #item = new ListpackCursor()

  constructor(tree: CountedTree<ListLeaf>) {
    this.#tree = tree
  }

  get item(): ItemRange {
    this.#chunk.show(this.#at, this.#item)
    return this.#item
  }

  moveTo(index: number): void {
    this.#tree.select(this.#place, index)
    this.#at = this.#chunk.entryAt(this.#place.offset)
  }

  next(): boolean {
    const chunk = this.#chunk
    if (!chunk.isPlain) {
      this.#at = nextEntry(chunk.bytes, this.#at)
      if (!isListpackEnd(chunk.bytes, this.#at)) return true
    }
    if (!this.#place.next()) return false
    this.#at = firstEntry(0)
    return true
  }

  previous(): boolean {
    const chunk = this.#chunk
    if (!chunk.isPlain) {
      const at = previousEntry(chunk.bytes, 0, this.#at)
      if (at >= 0) {
        this.#at = at
        return true
      }
    }
    if (!this.#place.previous()) return false
    const previous = this.#chunk
    this.#at = previous.entryAt(previous.count - 1)
    return true
  }

  isMatch(matcher: EntryMatcher): boolean {
    return this.#chunk.isMatch(this.#at, matcher)
  }

  get #chunk(): ListChunk {
    return this.#place.leaf.chunks[this.#place.index]!
  }
}
