import fc from 'fast-check'
import { expect, it } from 'vitest'
import { StandaloneContext } from '../../test/commands/standalone-context.ts'
import type { KeySpaceSnapshot } from '../keyspace/key-space-snapshot.ts'
import { openValue } from './value-reader.ts'

/** Hashes by key, as text. */
type Model = Map<string, Map<string, string>>

interface OpenSnapshot {
  readonly snapshot: KeySpaceSnapshot
  readonly expected: Model
  readonly seen: Model
}

const copyOf = (model: Model): Model => new Map([...model].map(([key, fields]) => [key, new Map(fields)]))

/** A key space of hashes and the simple thing that it must be equal to, changed together. */
class Pair {
  readonly context = new StandaloneContext(1_800_000_000_000)
  readonly model: Model = new Map()
  readonly snapshots: OpenSnapshot[] = []

  constructor() {
    // So that nearly every hash is large.
    this.context.keySpace.collections.limits.hashMaxListpackEntries = 2
  }

  set(key: string, pairs: readonly (readonly [string, string])[]): void {
    const fields = this.model.get(key) ?? new Map<string, string>()
    this.context.call('hset', key, ...pairs.flat())
    for (const [field, value] of pairs) fields.set(field, value)
    this.model.set(key, fields)
    this.context.effects.length = 0
  }

  deleteFields(key: string, names: readonly string[]): void {
    const fields = this.model.get(key)
    const deleted = this.context.call('hdel', key, ...names)
    expect(deleted).toBe(names.filter((name) => fields?.delete(name)).length)
    if (fields?.size === 0) this.model.delete(key)
  }

  delete(key: string): void {
    expect(this.context.call('del', key)).toBe(this.model.delete(key) ? 1 : 0)
  }

  rename(from: string, to: string): void {
    const fields = this.model.get(from)
    if (fields === undefined || from === to) return
    this.context.call('rename', from, to)
    this.model.delete(from)
    this.model.set(to, fields)
  }

  copy(from: string, to: string): void {
    const fields = this.model.get(from)
    if (fields === undefined || from === to) return
    this.context.call('copy', from, to, 'REPLACE')
    this.model.set(to, new Map(fields))
  }

  openSnapshot(): void {
    const snapshot = this.context.keySpace.openSnapshot()
    this.snapshots.push({ snapshot, expected: copyOf(this.model), seen: new Map() })
  }

  visit(i: number, count: number): boolean {
    const open = this.snapshots[i % Math.max(1, this.snapshots.length)]
    if (open === undefined) return false
    return open.snapshot.visit(count, (bytes, keyStart, keyEnd, valueStart, valueEnd, kind, _, collection) => {
      const fields = new Map<string, string>()
      const cursor = openValue(bytes, valueStart, valueEnd, kind, collection)
      while (cursor.next()) {
        const value = cursor.valueBytes.toString('latin1', cursor.valueStart, cursor.valueEnd)
        fields.set(cursor.bytes.toString('latin1', cursor.start, cursor.end), value)
      }
      expect(fields.size).toBe(cursor.size)
      open.seen.set(bytes.toString('latin1', keyStart, keyEnd), fields)
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
    for (const key of this.context.call('keys', '*') as Buffer[]) {
      const pairs = this.context.call('hgetall', key) as Map<Buffer, Buffer>
      found.set(
        String(key),
        new Map(Array.from(pairs, ([field, value]): [string, string] => [String(field), String(value)])),
      )
    }
    expect(found).toEqual(this.model)
  }
}

type Operation = (pair: Pair) => void
const key = fc.nat(3).map((n) => `key-${n}`)
const field = fc.nat(8).map((n) => `field-${n}`)
const value = fc.constantFrom('', 'v', 'another', 'x'.repeat(100))
const RUN = 2500

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.tuple(key, fc.array(fc.tuple(field, value), { minLength: 1, maxLength: 5 })).map(
      ([key, pairs]): Operation =>
        (pair) =>
          pair.set(key, pairs),
    ),
  },
  {
    weight: 5,
    arbitrary: fc.tuple(key, fc.array(field, { minLength: 1, maxLength: 5 })).map(
      ([key, fields]): Operation =>
        (pair) =>
          pair.deleteFields(key, [...new Set(fields)]),
    ),
  },
  // Enough for pages to split, and for segments to be worth compacting when most of it goes.
  {
    weight: 3,
    arbitrary: fc.tuple(key, fc.nat(9)).map(
      ([key, n]): Operation =>
        (pair) => {
          const value = String(n).repeat(400)
          pair.set(
            key,
            Array.from({ length: RUN }, (_, i) => [`run-${i}`, value] as const),
          )
        },
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(key, fc.integer({ min: 2, max: 6 })).map(
      ([key, rest]): Operation =>
        (pair) => {
          const fields = Array.from({ length: RUN }, (_, i) => `run-${i}`)
          pair.deleteFields(
            key,
            fields.filter((_, i) => i % rest > 0),
          )
        },
    ),
  },
  {
    weight: 3,
    arbitrary: key.map(
      (key): Operation =>
        (pair) =>
          pair.delete(key),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(key, key).map(
      ([from, to]): Operation =>
        (pair) =>
          pair.rename(from, to),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(key, key).map(
      ([from, to]): Operation =>
        (pair) =>
          pair.copy(from, to),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(key, fc.boolean()).map(
      ([key, isExpiring]): Operation =>
        (pair) => {
          if (isExpiring) pair.context.call('pexpireat', key, 1_900_000_000_000)
          else pair.context.call('persist', key)
        },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant((pair: Pair) => {
      pair.context.call('flushall')
      pair.model.clear()
    }),
  },
  {
    weight: 4,
    arbitrary: fc.nat(200).map(
      (slices): Operation =>
        (pair) => {
          for (let slice = 0; slice < slices && pair.context.keySpace.compact(0); slice++);
        },
    ),
  },
  { weight: 4, arbitrary: fc.constant((pair: Pair) => pair.openSnapshot()) },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.nat(9), fc.nat(3)).map(
      ([i, n]): Operation =>
        (pair) =>
          void pair.visit(i, n),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.nat(9).map(
      (i): Operation =>
        (pair) =>
          pair.closeSnapshot(i),
    ),
  },
)

it('holds large hashes as maps would, and every snapshot shows what was there, whatever comes in between', () => {
  const property = fc.property(fc.array(operation, { minLength: 5, maxLength: 100 }), (operations) => {
    const pair = new Pair()
    const { keySpace } = pair.context
    for (const operate of operations) operate(pair)
    pair.check()
    while (pair.snapshots.length > 0) pair.closeSnapshot(0)
    while (keySpace.compact(1));
    pair.check()
    // The head, and up to a fifth of every other segment.
    expect(keySpace.allocatedMemory).toBeLessThanOrEqual(keySpace.usedMemory * 1.4 + 2 * 2 ** 20)
    for (const key of [...pair.model.keys()]) pair.delete(key)
    while (keySpace.compact(1));
    expect(keySpace.collections.bytes).toBe(0)
    expect(keySpace.usedMemory).toBeLessThan(1000)
    pair.set('a', [['b', 'c']])
    pair.check()
  })
  fc.assert(property, { numRuns: Number(process.env['COLLECTION_RUNS'] ?? 40) })
}, 120_000)
