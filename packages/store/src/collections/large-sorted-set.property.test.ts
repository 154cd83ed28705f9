import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeySpace } from '../keyspace/key-space.ts'
import type { KeySpaceSnapshot } from '../keyspace/key-space-snapshot.ts'
import { isLargeKind } from '../keyspace/value-type.ts'
import { LargeSortedSet } from './large-sorted-set.ts'
import { lexRange, scoreRange } from './sorted-set-range.ts'
import { openValue } from './value-reader.ts'

type Element = readonly [member: string, score: number]

const KEY = Buffer.from('key')
const byOrder = ([a, aScore]: Element, [b, bScore]: Element) => aScore - bScore || (a < b ? -1 : a > b ? 1 : 0)
const sorted = (scores: ReadonlyMap<string, number>): Element[] => [...scores].sort(byOrder)

interface OpenSnapshot {
  readonly snapshot: KeySpaceSnapshot
  readonly expected: readonly Element[] | null
}

/** A large sorted set under one key, and the map that it must be equal to, changed together. */
class Pair {
  readonly keySpace = new KeySpace()
  readonly model = new Map<string, number>()
  readonly snapshots: OpenSnapshot[] = []

  set(member: string, score: number): void {
    const set = this.#open()
    const bytes = Buffer.from(`.${member}`)
    const before = set.scoreOf(bytes, 1, bytes.length)
    const known = this.model.get(member)
    expect(before).toEqual(known ?? Number.NaN)
    if (known === undefined) set.insert(bytes, 1, bytes.length, score)
    else set.move(bytes, 1, bytes.length, known, score)
    this.model.set(member, score)
  }

  remove(member: string): void {
    const removed = this.#open().remove(Buffer.from(member), 0, member.length)
    expect(removed).toBe(this.model.delete(member))
  }

  removeRange(from: number, count: number): void {
    const set = this.#open()
    const start = from % (set.size + 1)
    const end = Math.min(set.size, start + count)
    set.removeRange(start, end)
    for (const [member] of sorted(this.model).slice(start, end)) this.model.delete(member)
  }

  deleteKey(): void {
    this.keySpace.delete(KEY, 0, KEY.length)
    this.model.clear()
  }

  compact(slices: number): void {
    for (let slice = 0; slice < slices && this.keySpace.compact(0); slice++);
  }

  openSnapshot(): void {
    const isThere = this.keySpace.find(KEY, 0, KEY.length) !== 0
    this.snapshots.push({ snapshot: this.keySpace.openSnapshot(), expected: isThere ? sorted(this.model) : null })
  }

  closeSnapshot(i: number): void {
    if (this.snapshots.length === 0) return
    const [{ snapshot, expected }] = this.snapshots.splice(i % this.snapshots.length, 1) as [OpenSnapshot]
    let seen: Element[] | null = null
    snapshot.visit(1, (bytes, _keyStart, _keyEnd, valueStart, valueEnd, kind, _expiresAt, collection) => {
      expect(isLargeKind(kind)).toBe(true)
      const elements: Element[] = []
      const cursor = openValue(bytes, valueStart, valueEnd, kind, collection)
      while (cursor.next()) elements.push([cursor.bytes.toString('latin1', cursor.start, cursor.end), cursor.score])
      expect(cursor.size).toBe(elements.length)
      seen = elements
    })
    expect(seen).toEqual(expected)
    snapshot.close()
  }

  check(): void {
    const set = this.#open()
    const elements = sorted(this.model)
    expect(set.size).toBe(elements.length)
    const step = 1 + (elements.length >>> 6)
    for (let rank = 0; rank < elements.length; rank += step) {
      const [member, score] = elements[rank]!
      expect(set.rankOf(Buffer.from(member), 0, member.length)).toBe(rank)
      set.moveTo(rank)
      expect([shown(set), set.score]).toEqual([member, score])
      expect(set.next()).toBe(rank + 1 < elements.length)
      if (rank + 1 < elements.length) expect(shown(set)).toBe(elements[rank + 1]![0])
      set.moveTo(rank)
      expect(set.previous()).toBe(rank > 0)
      if (rank > 0) expect(shown(set)).toBe(elements[rank - 1]![0])
    }
    expect(set.rankOf(Buffer.from('none'), 0, 4)).toBe(-1)
    for (const [min, isMinExclusive, max, isMaxExclusive] of [
      [-5, false, 5, false],
      [-5, true, 5, true],
      [3, false, 3, false],
      [3, true, 3, false],
      [-Infinity, false, 0, true],
    ] as const) {
      set.findRange(scoreRange(min, isMinExclusive, max, isMaxExclusive))
      const wanted = elements.filter(([, score]) => {
        return (isMinExclusive ? score > min : score >= min) && (isMaxExclusive ? score < max : score <= max)
      })
      expect(elements.slice(set.rangeStart, set.rangeEnd)).toEqual(wanted)
    }
  }

  #open(): LargeSortedSet {
    const { keySpace } = this
    if (keySpace.find(KEY, 0, KEY.length) === 0) {
      keySpace.setCollection(KEY, 0, KEY.length, new LargeSortedSet(keySpace.collections), 0)
    }
    const set = keySpace.writableCollectionAt(keySpace.find(KEY, 0, KEY.length))
    if (!(set instanceof LargeSortedSet)) throw new Error('no sorted set')
    return set
  }
}

function shown(set: LargeSortedSet): string {
  const { bytes, start, end } = set.member
  return bytes.toString('latin1', start, end)
}

type Operation = (pair: Pair) => void
const member = fc.oneof(
  fc.nat(30).map((n) => `m${n}`),
  fc.nat(3).map((n) => 'long'.repeat(40).slice(n)),
)
const score = fc.oneof(
  fc.integer({ min: -9, max: 9 }),
  fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300, -0.1, 3.2),
)
const RUN = 3000

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.tuple(member, score).map(
      ([m, s]): Operation =>
        (pair) =>
          pair.set(m, s),
    ),
  },
  {
    weight: 5,
    arbitrary: member.map(
      (m): Operation =>
        (pair) =>
          pair.remove(m),
    ),
  },
  // Enough for leaves and pages to split, and for segments to be worth compacting when most of it goes.
  {
    weight: 3,
    arbitrary: fc.tuple(fc.integer({ min: 1, max: 4000 }), fc.nat(50)).map(
      ([spread, padding]): Operation =>
        (pair) => {
          const tail = 'x'.repeat(padding * 4)
          for (let i = 0; i < RUN; i++) pair.set(`run-${i}${tail}`, (i * 7919) % spread)
        },
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(fc.nat(RUN), fc.nat(2000)).map(
      ([from, count]): Operation =>
        (pair) =>
          pair.removeRange(from, count),
    ),
  },
  { weight: 1, arbitrary: fc.constant((pair: Pair) => pair.deleteKey()) },
  {
    weight: 5,
    arbitrary: fc.nat(300).map(
      (slices): Operation =>
        (pair) =>
          pair.compact(slices),
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

describe('LargeSortedSet', () => {
  it('holds what a sorted map would hold, and so does every snapshot of it, under compaction', () => {
    const operations = fc.array(operation, { minLength: 5, maxLength: 60, size: 'max' })
    const property = fc.property(operations, (all) => {
      const pair = new Pair()
      for (const operate of all) operate(pair)
      pair.check()
      while (pair.snapshots.length > 0) pair.closeSnapshot(0)
      pair.check()
      while (pair.keySpace.compact(1));
      pair.check()
      pair.deleteKey()
      while (pair.keySpace.compact(1));
      expect(pair.keySpace.usedMemory).toBeLessThan(1000)
    })
    fc.assert(property, { numRuns: Number(process.env['SORTED_SET_RUNS'] ?? 20) })
  }, 120_000)

  it('finds ranges of members among equal scores', () => {
    const keySpace = new KeySpace()
    const set = new LargeSortedSet(keySpace.collections)
    const members = Array.from({ length: 700 }, (_, i) => `m${String(i).padStart(3, '0')}`)
    for (const member of members) set.insert(Buffer.from(member), 0, 4, 1)
    const bound = (member: string, isExclusive: boolean) => ({ member: Buffer.from(member), isExclusive })
    const found = (...range: Parameters<typeof lexRange>) => {
      set.findRange(lexRange(...range))
      return members.slice(set.rangeStart, set.rangeEnd)
    }
    expect(found('first', 'last')).toEqual(members)
    expect(found('last', 'first')).toEqual([])
    expect(found('first', bound('m002', false))).toEqual(['m000', 'm001', 'm002'])
    expect(found('first', bound('m002', true))).toEqual(['m000', 'm001'])
    expect(found(bound('m697', true), 'last')).toEqual(['m698', 'm699'])
    expect(found(bound('m5', false), bound('m501', false))).toEqual(['m500', 'm501'])
    expect(found(bound('m5', true), bound('m5', false))).toEqual([])
    keySpace.collections.discard(set)
  })
})
