import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CountedTree, TreeCursor, type TreeLeaf, type TreeTarget } from './counted-tree.ts'

/** An entry of the model: a number to order by, and how many elements it holds. */
interface Entry {
  readonly key: number
  readonly count: number
}

/** The plainest leaf there is. */
class ArrayLeaf implements TreeLeaf<ArrayLeaf> {
  readonly epoch: number
  readonly entries: Entry[]

  constructor(epoch: number, entries: Entry[] = []) {
    this.epoch = epoch
    this.entries = entries
  }

  get length(): number {
    return this.entries.length
  }

  get elements(): number {
    return this.elementsBefore(this.length)
  }

  elementsBefore(index: number): number {
    return this.entries.slice(0, index).reduce((total, entry) => total + entry.count, 0)
  }

  entryAt(element: number): number {
    let index = 0
    while (this.elementsBefore(index + 1) <= element) index++
    return index
  }

  clone(epoch: number): ArrayLeaf {
    return new ArrayLeaf(epoch, this.entries.slice())
  }

  splitAt(index: number, epoch: number): ArrayLeaf {
    return new ArrayLeaf(epoch, this.entries.splice(index))
  }

  join(next: ArrayLeaf): void {
    this.entries.push(...next.entries)
  }
}

class KeyTarget implements TreeTarget<ArrayLeaf> {
  key = 0

  isAfter(leaf: ArrayLeaf, index: number): boolean {
    return leaf.entries[index]!.key < this.key
  }
}

/** Epochs as a RecordLog counts them, with snapshots that are closed in any order. */
class Epochs {
  epoch = 1
  #open: number[] = []

  get sealedEpoch(): number {
    return this.#open.at(-1) ?? 0
  }

  open(): number {
    this.#open.push(this.epoch)
    return this.epoch++
  }

  close(epoch: number): void {
    this.#open = this.#open.filter((open) => open !== epoch)
  }
}

interface Snapshot {
  readonly epoch: number
  readonly tree: CountedTree<ArrayLeaf>
  readonly expected: readonly Entry[]
}

/** A tree and the array that it must be equal to. */
class Pair {
  readonly epochs = new Epochs()
  tree: CountedTree<ArrayLeaf>
  model: Entry[] = []
  readonly snapshots: Snapshot[] = []
  readonly #cursor = new TreeCursor<ArrayLeaf>()
  readonly #target = new KeyTarget()

  constructor(maxEntries: number) {
    this.tree = new CountedTree(this.epochs, (epoch) => new ArrayLeaf(epoch), maxEntries)
  }

  /** Puts an entry in, or changes the count of the one that is there. */
  put(key: number, count: number): void {
    const cursor = this.#seek(key)
    const isThere = !cursor.isAtEnd && cursor.leaf.entries[cursor.index]!.key === key
    this.tree.own(cursor).entries.splice(cursor.index, isThere ? 1 : 0, { key, count })
    this.tree.settle(cursor)
    const place = this.#modelPlace(key)
    this.model.splice(place, isThere ? 1 : 0, { key, count })
  }

  remove(key: number): void {
    const cursor = this.#seek(key)
    if (cursor.isAtEnd || cursor.leaf.entries[cursor.index]!.key !== key) return
    this.tree.own(cursor).entries.splice(cursor.index, 1)
    this.tree.settle(cursor)
    this.model.splice(this.#modelPlace(key), 1)
  }

  removeElementAt(position: number): void {
    if (this.tree.size === 0) return
    this.tree.select(this.#cursor, position % this.tree.size)
    const entry = this.#cursor.leaf.entries[this.#cursor.index]!
    this.remove(entry.key)
  }

  openSnapshot(): void {
    this.snapshots.push({ epoch: this.epochs.open(), tree: this.tree, expected: this.model.slice() })
    this.tree = this.tree.fork()
  }

  closeSnapshot(i: number): void {
    if (this.snapshots.length === 0) return
    const [snapshot] = this.snapshots.splice(i % this.snapshots.length, 1)
    checkTree(snapshot!.tree, snapshot!.expected)
    this.epochs.close(snapshot!.epoch)
  }

  check(): void {
    checkTree(this.tree, this.model)
    for (const key of [-1, 0, 3, 500, 1500, 1e6]) {
      const cursor = this.#seek(key)
      const place = this.#modelPlace(key)
      expect(cursor.isAtEnd).toBe(place === this.model.length)
      if (!cursor.isAtEnd) expect(cursor.leaf.entries[cursor.index]).toEqual(this.model[place])
      expect(cursor.position).toBe(this.model.slice(0, place).reduce((total, entry) => total + entry.count, 0))
    }
  }

  #seek(key: number): TreeCursor<ArrayLeaf> {
    this.#target.key = key
    this.tree.seek(this.#cursor, this.#target)
    return this.#cursor
  }

  #modelPlace(key: number): number {
    const place = this.model.findIndex((entry) => entry.key >= key)
    return place < 0 ? this.model.length : place
  }
}

/** Both ways through the tree, and into it at every so many elements. */
function checkTree(tree: CountedTree<ArrayLeaf>, expected: readonly Entry[]): void {
  const cursor = new TreeCursor<ArrayLeaf>()
  const forwards: Entry[] = []
  let position = 0
  tree.select(cursor, 0)
  for (let isThere = !cursor.isAtEnd; isThere; isThere = cursor.next()) {
    const entry = cursor.leaf.entries[cursor.index]!
    if (cursor.position !== position) expect(cursor.position).toBe(position)
    position += entry.count
    forwards.push(entry)
  }
  expect(forwards).toEqual(expected)
  expect(tree.size).toBe(position)
  expect(cursor.isAtEnd).toBe(true)
  expect(cursor.position).toBe(tree.size)

  const backwards: Entry[] = []
  while (cursor.previous()) {
    const entry = cursor.leaf.entries[cursor.index]!
    position -= entry.count
    if (cursor.position !== position) expect(cursor.position).toBe(position)
    backwards.push(entry)
  }
  expect(backwards.reverse()).toEqual(expected)

  const step = 1 + (tree.size >>> 7)
  for (let element = 0; element < tree.size; element += step) {
    tree.select(cursor, element)
    expect(cursor.position + cursor.offset).toBe(element)
    expect(cursor.offset).toBeLessThan(cursor.leaf.entries[cursor.index]!.count)
  }
  tree.select(cursor, tree.size + 5)
  expect(cursor.isAtEnd).toBe(true)
}

type Operation = (pair: Pair) => void
const key = fc.nat(2000)
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.tuple(key, fc.integer({ min: 1, max: 9 })).map(([key, count]): Operation => {
      return (pair) => pair.put(key, count)
    }),
  },
  {
    weight: 6,
    arbitrary: key.map(
      (key): Operation =>
        (pair) =>
          pair.remove(key),
    ),
  },
  {
    weight: 6,
    arbitrary: fc.nat(1e6).map(
      (position): Operation =>
        (pair) =>
          pair.removeElementAt(position),
    ),
  },
  // Runs in one direction or the other: they fill leaves at an end, and split and merge inner nodes.
  {
    weight: 3,
    arbitrary: fc.tuple(fc.nat(1000), fc.boolean(), fc.integer({ min: 1, max: 2 })).map(
      ([from, isUpwards, count]): Operation =>
        (pair) => {
          for (let i = 0; i < 700; i++) pair.put(isUpwards ? from + i : from + 700 - i, count)
        },
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.nat(1000), fc.integer({ min: 1, max: 5 })).map(
      ([from, step]): Operation =>
        (pair) => {
          for (let i = 0; i < 900; i++) if (i % step === 0) pair.remove(from + i)
        },
    ),
  },
  { weight: 4, arbitrary: fc.constant((pair: Pair) => pair.openSnapshot()) },
  {
    weight: 3,
    arbitrary: fc.nat(9).map(
      (i): Operation =>
        (pair) =>
          pair.closeSnapshot(i),
    ),
  },
)

describe('CountedTree', () => {
  it('holds what a sorted array would hold, and so does every snapshot of it', () => {
    const property = fc.property(
      fc.integer({ min: 2, max: 9 }),
      fc.array(operation, { minLength: 5, maxLength: 80, size: 'max' }),
      (maxEntries, operations) => {
        const pair = new Pair(maxEntries)
        for (const operate of operations) operate(pair)
        pair.check()
        while (pair.snapshots.length > 0) pair.closeSnapshot(0)
        pair.check()
        const entries = pair.model.length
        // Of two neighbours with one parent, one is always more than 3/8 full; and a parent may end in a lone one.
        expect(pair.tree.leafCount).toBeLessThanOrEqual(1 + Math.ceil((entries * 6) / maxEntries))
        for (const { key } of pair.model.slice()) pair.remove(key)
        pair.check()
        expect(pair.tree.leafCount).toBe(1)
      },
    )
    fc.assert(property, { numRuns: Number(process.env['TREE_RUNS'] ?? 40) })
  }, 60_000)

  it('grows to several levels, shrinks back, and leaves full leaves behind where it grows at one end', () => {
    for (const isUpwards of [true, false]) {
      const epochs = new Epochs()
      const tree = new CountedTree<ArrayLeaf>(epochs, (epoch) => new ArrayLeaf(epoch), 4)
      const cursor = new TreeCursor<ArrayLeaf>()
      for (let key = 0; key < 40_000; key++) {
        tree.select(cursor, isUpwards ? tree.size : 0)
        tree.own(cursor).entries.splice(cursor.index, 0, { key, count: 1 })
        tree.settle(cursor)
      }
      expect(tree.leafCount).toBeLessThanOrEqual(10_001)
      for (let i = 0; i < 40_000; i += 997) {
        tree.select(cursor, i)
        expect(cursor.leaf.entries[cursor.index]!.key).toBe(isUpwards ? i : 39_999 - i)
      }
      while (tree.size > 0) {
        tree.select(cursor, tree.size >>> 1)
        tree.own(cursor).entries.splice(cursor.index, 1)
        tree.settle(cursor)
      }
      expect(tree.leafCount).toBe(1)
    }
  })

  it('shares with a snapshot all but the nodes on the way to what is written', () => {
    const epochs = new Epochs()
    let made = 0
    class CountingLeaf extends ArrayLeaf {
      override clone(epoch: number): ArrayLeaf {
        made++
        return new CountingLeaf(epoch, this.entries.slice())
      }
    }
    const before = new CountedTree<ArrayLeaf>(epochs, (epoch) => new CountingLeaf(epoch), 8)
    const cursor = new TreeCursor<ArrayLeaf>()
    const append = (tree: CountedTree<ArrayLeaf>, key: number) => {
      tree.select(cursor, tree.size)
      tree.own(cursor).entries.push({ key, count: 1 })
      tree.settle(cursor)
    }
    for (let key = 0; key < 10_000; key++) append(before, key)
    epochs.open()
    const after = before.fork()
    for (let key = 10_000; key < 10_003; key++) append(after, key)
    expect(made).toBeLessThanOrEqual(1)
    expect(before.size).toBe(10_000)
    expect(after.size).toBe(10_003)
  })
})
