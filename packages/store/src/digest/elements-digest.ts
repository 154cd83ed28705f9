import { addLanes, DIGEST_LANES, subtractLanes } from './digest-lanes.ts'
import { addItems, removeItems, shiftItems } from './list-polynomial.ts'

/**
 * The digest of the elements of one large collection, kept while it is written. Where it began on a collection that
 * was there already, it is at first what has changed since then: for a list also by how many places what was there has
 * moved. `complete` adds what was there.
 */
export class ElementsDigest {
  /** Which keeping it is of; see CollectionTable. Only a complete one means something in the next. */
  readonly generation: number
  readonly lanes = new Int32Array(DIGEST_LANES)
  /** Of a list: by how many places the items that were there in the beginning have moved. */
  #places = 0
  #isComplete: boolean

  constructor(generation: number, isComplete: boolean) {
    this.generation = generation
    this.#isComplete = isComplete
  }

  /** Whether it is of all elements, and not only of what has changed. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  clone(): ElementsDigest {
    const clone = new ElementsDigest(this.generation, this.#isComplete)
    clone.lanes.set(this.lanes)
    clone.#places = this.#places
    return clone
  }

  /** Adds an element by its hash. Not of a list. */
  add(hash: Int32Array): void {
    addLanes(this.lanes, hash)
  }

  /** Takes one out. */
  remove(hash: Int32Array): void {
    subtractLanes(this.lanes, hash)
  }

  /**
   * Of a list: the `removedCount` items from `index` on, whose digest is `removed`, go, and others come in their place.
   * @param isAtEnd whether nothing follows the items that go
   * @param before the digest of the items before `index`; only where something follows and moves
   */
  replaceItems(
    index: number,
    removed: Int32Array,
    removedCount: number,
    added: Int32Array,
    addedCount: number,
    isAtEnd: boolean,
    before: Int32Array | null,
  ): void {
    const { lanes } = this
    removeItems(lanes, removed, index)
    if (removedCount !== addedCount && !isAtEnd) {
      // What is left before `index` stays where it is, and all behind it moves.
      if (before !== null) subtractLanes(lanes, before)
      shiftItems(lanes, addedCount - removedCount)
      if (before !== null) addLanes(lanes, before)
      this.#places += addedCount - removedCount
    }
    addItems(lanes, added, index)
  }

  /** Adds what was there when it began. */
  complete(elements: Int32Array): void {
    addItems(this.lanes, elements, this.#places)
    this.#isComplete = true
  }
}
