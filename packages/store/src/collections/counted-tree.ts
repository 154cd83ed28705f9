/** An inner node has at most this many children; less than a quarter of it, and the node is merged where that goes. */
const MAX_CHILDREN = 64
/** Two neighbours become one when together they are no fuller than this share of a node, lest it is split at once. */
const MERGED_SHARE = 3 / 4
const SPARSE_SHARE = 1 / 4

/**
 * When nodes may be written in place: a node made in `sealedEpoch` or before may be seen by a snapshot and is copied
 * before it is first written. A RecordLog is one.
 */
export interface Epochs {
  readonly epoch: number
  readonly sealedEpoch: number
}

/**
 * A leaf: a run of entries, each of which holds one element (a sorted set's) or several (a list's chunk). The tree
 * moves whole entries from leaf to leaf and counts elements; what an entry is, only its user knows.
 */
export interface TreeLeaf<L> {
  /** The epoch that it was made in. */
  readonly epoch: number
  /** How many entries it has. */
  readonly length: number
  /** How many elements its entries hold. */
  readonly elements: number
  /** How many elements the entries before entry `index` hold; `index` may be `length`. */
  elementsBefore(index: number): number
  /** The entry that holds the leaf's element number `element`, which is below `elements`. */
  entryAt(element: number): number
  /** The same leaf, to be written in another epoch. */
  clone(epoch: number): L
  /** Takes the entries from `index` on out, and gives them back as a leaf of their own. */
  splitAt(index: number, epoch: number): L
  /** Adds the entries of the leaf that comes next. That one stays as it is: a snapshot may see it. */
  join(next: L): void
}

/** Where a search goes: all entries that lie before the target come before all that don't. */
export interface TreeTarget<L> {
  isAfter(leaf: L, index: number): boolean
}

type TreeNode<L extends TreeLeaf<L>> = L | InnerNode<L>

class InnerNode<L extends TreeLeaf<L>> {
  readonly epoch: number
  readonly children: TreeNode<L>[]
  /** How many elements each child holds. */
  readonly counts: number[]

  constructor(epoch: number, children: TreeNode<L>[], counts: number[]) {
    this.epoch = epoch
    this.children = children
    this.counts = counts
  }

  get length(): number {
    return this.children.length
  }

  clone(epoch: number): InnerNode<L> {
    return new InnerNode(epoch, this.children.slice(), this.counts.slice())
  }

  splitAt(index: number, epoch: number): InnerNode<L> {
    return new InnerNode(epoch, this.children.splice(index), this.counts.splice(index))
  }

  join(next: InnerNode<L>): void {
    this.children.push(...next.children)
    this.counts.push(...next.counts)
  }
}

/**
 * A place in a tree: an entry, or the end (behind the last entry). Made once and moved again and again, so that a
 * search creates no object. It is void after a write to its tree that didn't go through it, and after `settle`.
 */
export class TreeCursor<L extends TreeLeaf<L>> {
  leaf!: L
  /** The entry in the leaf; `leaf.length` at the end of the tree. */
  index = 0
  /** How many elements all entries before this one hold: an entry's rank. */
  position = 0
  /** After `select`: which of the entry's elements was asked for. */
  offset = 0
  // The inner nodes from the root down, and which child of each the path goes through. Written by the tree only.
  readonly nodes: InnerNode<L>[] = []
  readonly slots: number[] = []
  depth = 0

  /** Whether it is behind the last entry. */
  get isAtEnd(): boolean {
    return this.index === this.leaf.length
  }

  /** Moves to the next entry, or to the end; whether there is an entry. Not to be called at the end. */
  next(): boolean {
    const { leaf } = this
    this.position += leaf.elementsBefore(this.index + 1) - leaf.elementsBefore(this.index)
    this.offset = 0
    if (++this.index < leaf.length) return true
    return this.enterNextLeaf()
  }

  /** Moves to the previous entry; false, with nothing changed, if there is none. */
  previous(): boolean {
    if (this.index === 0 && !this.#enterPreviousLeaf()) return false
    this.index--
    this.offset = 0
    this.position -= this.leaf.elementsBefore(this.index + 1) - this.leaf.elementsBefore(this.index)
    return true
  }

  /** From behind a leaf's last entry to the first of the next leaf, if there is one; for the tree and `next`. */
  enterNextLeaf(): boolean {
    let level = this.depth - 1
    while (level >= 0 && this.slots[level] === this.nodes[level]!.length - 1) level--
    if (level < 0) return false
    let node = this.nodes[level]!.children[++this.slots[level]!]!
    while (node instanceof InnerNode) {
      this.nodes[++level] = node
      this.slots[level] = 0
      node = node.children[0]!
    }
    this.leaf = node
    this.index = 0
    return true
  }

  #enterPreviousLeaf(): boolean {
    let level = this.depth - 1
    while (level >= 0 && this.slots[level] === 0) level--
    if (level < 0) return false
    let node = this.nodes[level]!.children[--this.slots[level]!]!
    while (node instanceof InnerNode) {
      this.nodes[++level] = node
      this.slots[level] = node.length - 1
      node = node.children[node.length - 1]!
    }
    this.leaf = node
    this.index = node.length
    return true
  }
}

/**
 * Entries in an order that its user keeps, found by that order (`seek`) or by how many elements come before (`select`)
 * in O(log n): a B+tree whose inner nodes count the elements below them. Inner nodes hold no keys: a search compares
 * with the first entry of a child's first leaf, so an entry may be replaced without a change above it.
 *
 * A write is: place a cursor, `own` its leaf, change the entries of that leaf, `settle`.
 *
 * ```ts
 * tree.seek(cursor, target)
 * tree.own(cursor).insertAt(cursor.index, entry)
 * tree.settle(cursor)
 * ```
 *
 * Snapshots: a node that one may see is copied before it is first written, and so are the nodes above it. Whoever
 * keeps the old state calls `fork` before the first write and writes to the new tree only.
 */
export class CountedTree<L extends TreeLeaf<L>> {
  readonly #epochs: Epochs
  readonly #newLeaf: (epoch: number) => L
  readonly #maxEntries: number
  #root: TreeNode<L>
  #size = 0
  #leafCount = 1

  /**
   * @param newLeaf makes an empty leaf
   * @param maxEntries a leaf with more entries than this is split; between `own` and `settle` it may hold twice as many
   */
  constructor(epochs: Epochs, newLeaf: (epoch: number) => L, maxEntries: number) {
    this.#epochs = epochs
    this.#newLeaf = newLeaf
    this.#maxEntries = maxEntries
    this.#root = newLeaf(epochs.epoch)
  }

  /** How many elements its entries hold. */
  get size(): number {
    return this.#size
  }

  get leafCount(): number {
    return this.#leafCount
  }

  /** A tree of the same entries that shares every node. From now on only one of the two may be written. */
  fork(): CountedTree<L> {
    const tree = new CountedTree<L>(this.#epochs, this.#newLeaf, this.#maxEntries)
    tree.#root = this.#root
    tree.#size = this.#size
    tree.#leafCount = this.#leafCount
    return tree
  }

  /** Places the cursor at the first entry that the target is not after, or at the end. */
  seek(cursor: TreeCursor<L>, target: TreeTarget<L>): void {
    let node = this.#root
    let depth = 0
    let position = 0
    while (node instanceof InnerNode) {
      const { children, counts } = node
      // The last child that begins before the target; what begins at the target or later can't hold an earlier one.
      let low = 0
      let high = children.length - 1
      while (low < high) {
        const middle = (low + high + 1) >>> 1
        if (target.isAfter(firstLeafOf(children[middle]!), 0)) low = middle
        else high = middle - 1
      }
      for (let i = 0; i < low; i++) position += counts[i]!
      cursor.nodes[depth] = node
      cursor.slots[depth++] = low
      node = children[low]!
    }
    let low = 0
    let high = node.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (target.isAfter(node, middle)) low = middle + 1
      else high = middle
    }
    this.#place(cursor, depth, node, low, position + node.elementsBefore(low))
  }

  /** Places the cursor at the entry that holds element number `element`, and at the end for `size` (or more). */
  select(cursor: TreeCursor<L>, element: number): void {
    let node = this.#root
    let depth = 0
    let rest = Math.min(element, this.#size)
    const wanted = rest
    while (node instanceof InnerNode) {
      const { counts } = node
      const last = counts.length - 1
      let slot = 0
      for (; slot < last && rest >= counts[slot]!; slot++) rest -= counts[slot]!
      cursor.nodes[depth] = node
      cursor.slots[depth++] = slot
      node = node.children[slot]!
    }
    const index = rest < node.elements ? node.entryAt(rest) : node.length
    const before = node.elementsBefore(index)
    this.#place(cursor, depth, node, index, wanted - rest + before)
    if (!cursor.isAtEnd) cursor.offset = rest - before
  }

  /** Makes the cursor's leaf, and all above it, this epoch's own. The leaf may be changed then, until `settle`. */
  own(cursor: TreeCursor<L>): L {
    const { epoch, sealedEpoch } = this.#epochs
    let parent: InnerNode<L> | null = null
    for (let level = 0; level < cursor.depth; level++) {
      let node = cursor.nodes[level]!
      if (node.epoch <= sealedEpoch) {
        node = node.clone(epoch)
        this.#replaceChild(parent, cursor.slots[level - 1]!, node)
        cursor.nodes[level] = node
      }
      parent = node
    }
    if (cursor.leaf.epoch <= sealedEpoch) {
      cursor.leaf = cursor.leaf.clone(epoch)
      this.#replaceChild(parent, cursor.slots[cursor.depth - 1]!, cursor.leaf)
    }
    return cursor.leaf
  }

  /** Takes note of what was changed in the leaf that `own` gave, and splits or merges it. The cursor is void then. */
  settle(cursor: TreeCursor<L>): void {
    const { leaf, nodes, slots, depth } = cursor
    const before = depth === 0 ? this.#size : nodes[depth - 1]!.counts[slots[depth - 1]!]!
    const change = leaf.elements - before
    if (change !== 0) {
      this.#size += change
      for (let level = 0; level < depth; level++) nodes[level]!.counts[slots[level]!]! += change
    }
    if (leaf.length > this.#maxEntries) this.#split(cursor)
    else if (depth > 0 && leaf.length < this.#maxEntries * SPARSE_SHARE) this.#shrink(cursor)
  }

  #place(cursor: TreeCursor<L>, depth: number, leaf: L, index: number, position: number): void {
    cursor.depth = depth
    cursor.leaf = leaf
    cursor.index = index
    cursor.position = position
    cursor.offset = 0
    if (index === leaf.length) cursor.enterNextLeaf()
  }

  #replaceChild(parent: InnerNode<L> | null, slot: number, node: TreeNode<L>): void {
    if (parent === null) this.#root = node
    else parent.children[slot] = node
  }

  /** Splits the cursor's leaf, and the nodes above it as far as they have become too full. */
  #split(cursor: TreeCursor<L>): void {
    const { epoch } = this.#epochs
    const { nodes, slots, depth, leaf } = cursor
    let isLast = true
    let isFirst = true
    for (let level = 0; level < depth; level++) {
      if (slots[level]! < nodes[level]!.length - 1) isLast = false
      if (slots[level]! > 0) isFirst = false
    }
    // What grows at one end only leaves full nodes behind.
    const splitPoint = (length: number, isAtEnd: boolean, isAtStart: boolean) =>
      isAtEnd ? length - 1 : isAtStart ? 1 : length >>> 1

    const leafLength = leaf.length
    isLast &&= cursor.index >= leafLength - 1
    isFirst &&= cursor.index === 0
    let upper: TreeNode<L> = leaf.splitAt(splitPoint(leafLength, isLast, isFirst), epoch)
    let upperCount = upper.elements
    this.#leafCount++
    for (let level = depth - 1; level >= 0; level--) {
      const parent = nodes[level]!
      const slot = slots[level]!
      parent.counts[slot]! -= upperCount
      parent.children.splice(slot + 1, 0, upper)
      parent.counts.splice(slot + 1, 0, upperCount)
      if (parent.length <= MAX_CHILDREN) return
      upper = parent.splitAt(splitPoint(parent.length, isLast, isFirst), epoch)
      upperCount = sum(upper.counts)
    }
    this.#root = new InnerNode(epoch, [this.#root, upper], [this.#size - upperCount, upperCount])
  }

  /** Merges the cursor's leaf with a neighbour, and the nodes above it as far as they have become too empty. */
  #shrink(cursor: TreeCursor<L>): void {
    const { nodes, slots, depth } = cursor
    for (let level = depth - 1; level >= 0; level--) {
      const parent = nodes[level]!
      this.#mergeChild(parent, slots[level]!)
      if (parent.length >= MAX_CHILDREN * SPARSE_SHARE) break
    }
    while (this.#root instanceof InnerNode && this.#root.length <= 1) {
      this.#root = this.#root.children[0] ?? this.#newLeaf(this.#epochs.epoch)
    }
    // An empty tree is one empty leaf.
    if (this.#leafCount === 0) this.#leafCount = 1
  }

  /** Merges a child with the next or the previous one if that makes no full node; drops it if it is empty. */
  #mergeChild(parent: InnerNode<L>, slot: number): void {
    const { children, counts } = parent
    const child = children[slot]!
    const isLeaf = !(child instanceof InnerNode)
    if (child.length === 0) {
      children.splice(slot, 1)
      counts.splice(slot, 1)
      if (isLeaf) this.#leafCount--
      return
    }
    const limit = (isLeaf ? this.#maxEntries : MAX_CHILDREN) * MERGED_SHARE
    const fits = (neighbour: TreeNode<L> | undefined) =>
      neighbour !== undefined && neighbour.length + child.length <= limit
    const lower = fits(children[slot + 1]) ? slot : fits(children[slot - 1]) ? slot - 1 : -1
    if (lower < 0) return
    let left = children[lower]!
    const right = children[lower + 1]!
    if (left.epoch <= this.#epochs.sealedEpoch) {
      left = left.clone(this.#epochs.epoch)
      children[lower] = left
    }
    if (left instanceof InnerNode) {
      if (right instanceof InnerNode) left.join(right)
    } else if (!(right instanceof InnerNode)) {
      left.join(right)
      this.#leafCount--
    }
    counts[lower]! += counts[lower + 1]!
    children.splice(lower + 1, 1)
    counts.splice(lower + 1, 1)
  }
}

function firstLeafOf<L extends TreeLeaf<L>>(node: TreeNode<L>): L {
  let first = node
  while (first instanceof InnerNode) first = first.children[0]!
  return first
}

function sum(counts: readonly number[]): number {
  let total = 0
  for (const count of counts) total += count
  return total
}
