import fc from 'fast-check'
import { expect, it } from 'vitest'
import { StandaloneContext } from '../../test/commands/standalone-context.ts'
import type { KeySpaceSnapshot } from '../keyspace/key-space-snapshot.ts'
import { LargeList } from './large-list.ts'
import { MAX_CHUNK_BYTES } from './list-chunk.ts'
import { openValue } from './value-reader.ts'

interface OpenSnapshot {
  readonly snapshot: KeySpaceSnapshot
  readonly expected: Model
  readonly seen: Model
}

/** Lists by key, as text. */
type Model = Map<string, string[]>

const copyOf = (model: Model): Model => new Map([...model].map(([key, items]) => [key, [...items]]))

/** A key space of lists and the simple thing that it must be equal to, changed together. */
class Pair {
  readonly context = new StandaloneContext(1_800_000_000_000)
  readonly model: Model = new Map()
  readonly snapshots: OpenSnapshot[] = []

  /** Calls a command and changes the model's list likewise. */
  change(parts: readonly string[], apply: (items: string[]) => unknown): void {
    const key = parts[1]!
    const items = this.model.get(key) ?? []
    const expected = apply(items)
    if (items.length === 0) this.model.delete(key)
    else this.model.set(key, items)
    const reply = this.context.call(...parts)
    if (expected !== undefined) expect(reply).toEqual(expected)
    this.context.effects.length = 0
  }

  openSnapshot(): void {
    const snapshot = this.context.keySpace.openSnapshot()
    this.snapshots.push({ snapshot, expected: copyOf(this.model), seen: new Map() })
  }

  visit(i: number, count: number): boolean {
    const open = this.snapshots[i % Math.max(1, this.snapshots.length)]
    if (open === undefined) return false
    return open.snapshot.visit(count, (bytes, keyStart, keyEnd, valueStart, valueEnd, kind, _, collection) => {
      const items: string[] = []
      const cursor = openValue(bytes, valueStart, valueEnd, kind, collection)
      while (cursor.next()) items.push(cursor.bytes.toString('latin1', cursor.start, cursor.end))
      expect(items.length).toBe(cursor.size)
      open.seen.set(bytes.toString('latin1', keyStart, keyEnd), items)
    })
  }

  closeSnapshot(i: number): void {
    if (this.snapshots.length === 0) return
    const place = i % this.snapshots.length
    while (this.visit(place, 100));
    const [open] = this.snapshots.splice(place, 1)
    expect(open!.seen).toEqual(open!.expected)
    open!.snapshot.close()
  }

  check(): void {
    const found: Model = new Map()
    const { keySpace } = this.context
    for (const key of this.context.call('keys', '*') as Buffer[]) {
      const items = this.context.call('lrange', key, 0, -1) as Buffer[]
      found.set(
        String(key),
        items.map((item) => item.toString('latin1')),
      )
      const address = keySpace.find(key, 0, key.length)
      if (keySpace.encodingOf(address) !== 0) checkChunks(keySpace.collectionAt(address))
    }
    expect(found).toEqual(this.model)
  }
}

function checkChunks(list: unknown): void {
  if (!(list instanceof LargeList)) throw new Error('no list')
  const chunks = list.chunks()
  let count = 0
  let items = 0
  while (chunks.next()) {
    const { chunk } = chunks
    count++
    items += chunk.count
    expect(chunk.count).toBeGreaterThan(0)
    if (chunk.isPlain) expect(chunk.count).toBe(1)
    else expect(chunk.length).toBeLessThanOrEqual(MAX_CHUNK_BYTES)
  }
  expect([count, items]).toEqual([list.chunkCount, list.size])
}

type Operation = (pair: Pair) => void
const key = fc.nat(2).map((n) => `key-${n}`)
const item = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('', 'v', 'another', '7', '-12345') },
  { weight: 3, arbitrary: fc.constantFrom('x'.repeat(100), 'y'.repeat(3000)) },
  fc.constantFrom('z'.repeat(9000)),
)
/** As a share of the list's length: an index is drawn before the length is known. */
const share = fc.oneof(fc.constantFrom(0, 0.999999), fc.double({ min: 0, max: 0.999999, noNaN: true }))
const manyItems = fc
  .tuple(fc.integer({ min: 1, max: 3000 }), fc.constantFrom('', 'item-', 'a rather long item '))
  .map(([n, text]) => Array.from({ length: n }, (_, i) => `${text}${i % 50}`))

const push = (items: fc.Arbitrary<string[]>): fc.Arbitrary<Operation> =>
  fc.tuple(key, items, fc.boolean()).map(
    ([key, added, isLeft]): Operation =>
      (pair) =>
        pair.change([isLeft ? 'lpush' : 'rpush', key, ...added], (items) => {
          if (isLeft) items.unshift(...added.toReversed())
          else items.push(...added)
          return items.length
        }),
  )

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: push(fc.array(item, { minLength: 1, maxLength: 10 })) },
  { weight: 4, arbitrary: push(manyItems) },
  {
    weight: 4,
    arbitrary: fc.tuple(key, share, fc.boolean()).map(
      ([key, share, isLeft]): Operation =>
        (pair) => {
          const count = Math.ceil((pair.model.get(key)?.length ?? 0) * share * 0.6)
          if (count === 0) return
          pair.change([isLeft ? 'lpop' : 'rpop', key, String(count)], (items) => {
            const taken = isLeft ? items.splice(0, count) : items.splice(items.length - count, count).reverse()
            return taken.map((text) => Buffer.from(text))
          })
        },
    ),
  },
  {
    weight: 6,
    arbitrary: fc.tuple(key, share, item).map(
      ([key, share, item]): Operation =>
        (pair) => {
          const index = Math.floor((pair.model.get(key)?.length ?? 0) * share)
          if (pair.model.has(key))
            pair.change(['lset', key, String(index), item], (items) => void items.splice(index, 1, item))
        },
    ),
  },
  {
    weight: 6,
    arbitrary: fc.tuple(key, share, item, fc.boolean()).map(
      ([key, share, item, isAfter]): Operation =>
        (pair) => {
          const items = pair.model.get(key)
          const pivot = items?.[Math.floor(items.length * share)]
          if (pivot === undefined) return
          pair.change(['linsert', key, isAfter ? 'after' : 'before', pivot, item], (items) => {
            items.splice(items.indexOf(pivot) + (isAfter ? 1 : 0), 0, item)
            return items.length
          })
        },
    ),
  },
  {
    weight: 5,
    arbitrary: fc.tuple(key, share, fc.integer({ min: -30, max: 30 })).map(
      ([key, share, count]): Operation =>
        (pair) => {
          const items = pair.model.get(key)
          const removed = items?.[Math.floor(items.length * share)]
          if (removed === undefined) return
          pair.change(['lrem', key, String(count), removed], (items) => {
            const all = [...items.keys()].filter((i) => items[i] === removed)
            const going = new Set(count === 0 ? all : count > 0 ? all.slice(0, count) : all.slice(count))
            const kept = items.filter((_, i) => !going.has(i))
            items.length = 0
            items.push(...kept)
            return going.size
          })
        },
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(key, share, share).map(
      ([key, a, b]): Operation =>
        (pair) => {
          const length = pair.model.get(key)?.length ?? 0
          const [from, to] = [Math.floor(length * a * 0.3), Math.ceil(length * (1 - b * 0.3))]
          if (length === 0 || from >= to) return
          pair.change(['ltrim', key, String(from), String(to - 1)], (items) => {
            items.length = to
            items.splice(0, from)
          })
        },
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(key, fc.boolean(), fc.boolean()).map(
      ([key, from, to]): Operation =>
        (pair) => {
          if (!pair.model.has(key)) return
          pair.change(['lmove', key, key, from ? 'left' : 'right', to ? 'left' : 'right'], (items) => {
            const moved = from ? items.shift()! : items.pop()!
            if (to) items.unshift(moved)
            else items.push(moved)
            return Buffer.from(moved)
          })
        },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(key, key).map(
      ([from, to]): Operation =>
        (pair) => {
          const items = pair.model.get(from)
          if (items === undefined || from === to) return
          pair.context.call('copy', from, to, 'REPLACE')
          pair.model.set(to, [...items])
        },
    ),
  },
  {
    weight: 1,
    arbitrary: key.map(
      (key): Operation =>
        (pair) =>
          pair.change(['del', key], (items) => void items.splice(0)),
    ),
  },
  { weight: 2, arbitrary: fc.constant((pair: Pair) => void pair.context.keySpace.compact(0)) },
  { weight: 4, arbitrary: fc.constant((pair: Pair) => pair.openSnapshot()) },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.nat(9), fc.nat(3)).map(
      ([i, n]) =>
        (pair: Pair) =>
          void pair.visit(i, n),
    ),
  },
  { weight: 3, arbitrary: fc.nat(9).map((i) => (pair: Pair) => pair.closeSnapshot(i)) },
)

it('holds lists as arrays would, and every snapshot shows what was there, whatever comes in between', () => {
  const property = fc.property(fc.array(operation, { minLength: 5, maxLength: 100, size: 'max' }), (operations) => {
    const pair = new Pair()
    const { keySpace } = pair.context
    for (const operate of operations) operate(pair)
    pair.check()
    while (pair.snapshots.length > 0) pair.closeSnapshot(0)
    for (const key of [...pair.model.keys()]) pair.change(['del', key], (items) => void items.splice(0))
    while (keySpace.compact(1));
    expect(keySpace.collections.bytes).toBe(0)
    expect(keySpace.usedMemory).toBeLessThan(1000)
  })
  fc.assert(property, { numRuns: Number(process.env['COLLECTION_RUNS'] ?? 60) })
}, 120_000)

it('accounts for the memory of its chunks', () => {
  const { context } = new Pair()
  const items = Array.from({ length: 5000 }, (_, i) => `item ${i}`)
  context.call('rpush', 'l', ...items)
  const list = context.keySpace.collectionAt(context.keySpace.find(Buffer.from('l'), 0, 1))
  const { bytes } = list
  expect(bytes).toBeGreaterThan(5000 * 10)
  expect(bytes).toBeLessThan(5000 * 20)
  context.call('ltrim', 'l', 0, 9)
  expect(list.size).toBe(10)
  expect(list.bytes).toBeLessThan(1000)
})
