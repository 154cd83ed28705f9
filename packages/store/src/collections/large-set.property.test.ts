import fc from 'fast-check'
import { expect, it } from 'vitest'
import { StandaloneContext } from '../../test/commands/standalone-context.ts'
import type { KeySpaceSnapshot } from '../keyspace/key-space-snapshot.ts'
import { openValue } from './value-reader.ts'

type Model = Map<string, Set<string>>

interface OpenSnapshot {
  readonly snapshot: KeySpaceSnapshot
  readonly expected: Model
  readonly seen: Model
}

/** Key spaces of sets and the simple thing that they must be equal to, changed together. */
class Pair {
  readonly context = new StandaloneContext(1_800_000_000_000)
  readonly model: Model = new Map()
  readonly snapshots: OpenSnapshot[] = []

  add(key: string, members: readonly string[]): void {
    const set = this.model.get(key) ?? new Set<string>()
    expect(this.context.call('sadd', key, ...members)).toBe(new Set(members.filter((each) => !set.has(each))).size)
    for (const member of members) set.add(member)
    this.model.set(key, set)
  }

  remove(key: string, members: readonly string[]): void {
    const set = this.model.get(key)
    this.context.call('srem', key, ...members)
    for (const member of members) set?.delete(member)
    if (set?.size === 0) this.model.delete(key)
  }

  pop(key: string, count: number): void {
    const set = this.model.get(key)
    for (const member of this.context.call('spop', key, count) as Set<Buffer>) {
      expect(set?.delete(String(member))).toBe(true)
    }
    if (set?.size === 0) this.model.delete(key)
  }

  move(from: string, to: string, member: string): void {
    const isThere = this.model.get(from)?.has(member) === true
    expect(this.context.call('smove', from, to, member)).toBe(isThere ? 1 : 0)
    if (!isThere || from === to) return
    const target = this.model.get(to) ?? new Set()
    this.model.set(to, target.add(member))
    this.model.get(from)!.delete(member)
    if (this.model.get(from)!.size === 0) this.model.delete(from)
  }

  store(target: string, sources: readonly string[]): void {
    this.context.call('sunionstore', target, ...sources)
    const union = new Set(sources.flatMap((source) => [...(this.model.get(source) ?? [])]))
    if (union.size === 0) this.model.delete(target)
    else this.model.set(target, union)
  }

  openSnapshot(): void {
    const expected = new Map([...this.model].map(([key, set]) => [key, new Set(set)]))
    this.snapshots.push({ snapshot: this.context.keySpace.openSnapshot(), expected, seen: new Map() })
  }

  visit({ snapshot, seen }: OpenSnapshot, count: number): boolean {
    return snapshot.visit(count, (bytes, keyStart, keyEnd, valueStart, valueEnd, kind, _, collection) => {
      const members = new Set<string>()
      const cursor = openValue(bytes, valueStart, valueEnd, kind, collection)
      while (cursor.next()) members.add(cursor.bytes.toString('latin1', cursor.start, cursor.end))
      expect(members.size).toBe(cursor.size)
      seen.set(bytes.toString('latin1', keyStart, keyEnd), members)
    })
  }

  closeSnapshot(): void {
    const open = this.snapshots.shift()
    if (open === undefined) return
    while (this.visit(open, 100));
    expect(open.seen).toEqual(open.expected)
    open.snapshot.close()
  }

  check(): void {
    const found: Model = new Map()
    for (const key of this.context.call('keys', '*') as Buffer[]) {
      found.set(String(key), new Set([...(this.context.call('smembers', key) as Set<Buffer>)].map(String)))
    }
    expect(found).toEqual(this.model)
  }
}

const key = fc.nat(3).map((n) => `key-${n}`)
const member = fc.oneof(
  fc.nat(12).map(String),
  fc.nat(12).map((n) => `member-${n}`),
  fc.constant('x'.repeat(100)),
)
const some = fc.array(member, { minLength: 1, maxLength: 5 })
/** Enough for pages to split, and for segments to be worth compacting when most of it goes. */
const RUN = 2500
const run = (n: number) => Array.from({ length: RUN }, (_, i) => `run-${n}-${i}-${'y'.repeat(80)}`)

type Operation = (pair: Pair) => void
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(key, some).map(
      ([k, all]): Operation =>
        (pair) =>
          pair.add(k, all),
    ),
  },
  {
    weight: 5,
    arbitrary: fc.tuple(key, some).map(
      ([k, all]): Operation =>
        (pair) =>
          pair.remove(k, all),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(key, fc.nat(2)).map(
      ([k, n]): Operation =>
        (pair) =>
          pair.add(k, run(n)),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(key, fc.nat(2), fc.integer({ min: 2, max: 6 })).map(
      ([k, n, rest]): Operation =>
        (pair) =>
          pair.remove(
            k,
            run(n).filter((_, i) => i % rest > 0),
          ),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(key, fc.nat(1500)).map(
      ([k, n]): Operation =>
        (pair) =>
          pair.pop(k, n),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(key, key, member).map(
      ([a, b, m]): Operation =>
        (pair) =>
          pair.move(a, b, m),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(key, key, key).map(
      ([t, a, b]): Operation =>
        (pair) =>
          pair.store(t, [a, b]),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.nat(200).map(
      (slices): Operation =>
        ({ context }) => {
          for (let slice = 0; slice < slices && context.keySpace.compact(0); slice++);
        },
    ),
  },
  { weight: 4, arbitrary: fc.constant((pair: Pair) => pair.openSnapshot()) },
  {
    weight: 3,
    arbitrary: fc.nat(3).map(
      (n): Operation =>
        (pair) => {
          for (const open of pair.snapshots) pair.visit(open, n)
        },
    ),
  },
  { weight: 3, arbitrary: fc.constant((pair: Pair) => pair.closeSnapshot()) },
)

it('holds sets as sets would, and every snapshot shows what was there, whatever comes in between', () => {
  const property = fc.property(fc.array(operation, { minLength: 5, maxLength: 80 }), (operations) => {
    const pair = new Pair()
    const { keySpace } = pair.context
    for (const operate of operations) operate(pair)
    pair.check()
    while (pair.snapshots.length > 0) pair.closeSnapshot()
    while (keySpace.compact(1));
    pair.check()
    for (const key of pair.model.keys()) pair.context.call('del', key)
    while (keySpace.compact(1));
    expect(keySpace.collections.bytes).toBe(0)
    expect(keySpace.usedMemory).toBeLessThan(1000)
  })
  fc.assert(property, { numRuns: Number(process.env['COLLECTION_RUNS'] ?? 30) })
}, 120_000)
