import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Arena } from './arena.ts'
import { KeySpace } from './key-space.ts'
import type { KeySpaceSnapshot } from './key-space-snapshot.ts'

/** A key's value, expiry and type as text, so that two of them compare at once. */
type Model = Map<string, string>

interface OpenSnapshot {
  readonly snapshot: KeySpaceSnapshot
  readonly expected: Model
  readonly seen: Model
}

const describeRecord = (value: Uint8Array, expiresAt: number, type: number) =>
  `${Buffer.from(value).toString('hex')} ${expiresAt} ${type}`

/** A key space and the simple thing that it must be equal to, changed together. */
class Pair {
  readonly keySpace: KeySpace
  readonly model: Model = new Map()
  readonly snapshots: OpenSnapshot[] = []
  /** Expiry times by key, for the sweep. */
  readonly expiries = new Map<string, number>()

  constructor(arena: Arena) {
    this.keySpace = new KeySpace({ arena, hashKey: Uint32Array.of(1, 2) })
  }

  set(key: string, value: Buffer, expiresAt: number, type: number): void {
    const bytes = Buffer.from(`..${key}`)
    this.keySpace.set(bytes, 2, bytes.length, value, 0, value.length, expiresAt, type)
    this.note(key, value, expiresAt, type)
  }

  /** Copies a record out of the arena into the arena. */
  copy(from: string, to: string): void {
    const { keySpace } = this
    const address = this.find(from)
    if (address === 0) return
    const bytes = keySpace.bytesAt(address)
    const start = keySpace.valueStart(address)
    const end = start + keySpace.valueLength(address)
    const [value, expiresAt, type] = [
      keySpace.readValue(address),
      keySpace.expiresAt(address),
      keySpace.typeOf(address),
    ]
    keySpace.set(Buffer.from(to), 0, to.length, bytes, start, end, expiresAt, type)
    this.note(to, value, expiresAt, type)
  }

  setExpiry(key: string, expiresAt: number): void {
    const address = this.find(key)
    if (address === 0) return
    const moved = this.keySpace.setExpiry(address, expiresAt)
    expect(this.find(key)).toBe(moved)
    this.note(key, this.keySpace.readValue(moved), expiresAt, this.keySpace.typeOf(moved))
  }

  delete(key: string): void {
    expect(this.keySpace.delete(Buffer.from(key), 0, key.length)).toBe(this.model.delete(key))
    this.expiries.delete(key)
  }

  clear(): void {
    this.keySpace.clear()
    this.model.clear()
    this.expiries.clear()
  }

  sweep(now: number): void {
    const swept = new Set<string>()
    const sweep = () =>
      this.keySpace.sweepExpired(now, 0, (address) => {
        const key = this.keySpace.readKey(address).toString()
        swept.add(key)
        this.delete(key)
      })
    // The first round may have begun in an earlier call.
    for (let round = 0; round < 2; round++) while (sweep());
    for (const [key, expiresAt] of this.expiries) expect(expiresAt === 0 || expiresAt >= now, key).toBe(true)
  }

  openSnapshot(): void {
    this.snapshots.push({
      snapshot: this.keySpace.openSnapshot(),
      expected: new Map(this.model),
      seen: new Map(),
    })
  }

  visitSnapshot(i: number, count: number): boolean {
    const open = this.snapshots[i % Math.max(1, this.snapshots.length)]
    if (open === undefined) return false
    return open.snapshot.visit(count, (bytes, keyStart, keyEnd, valueStart, valueEnd, type, expiresAt) => {
      const key = bytes.toString('latin1', keyStart, keyEnd)
      expect(open.seen.has(key)).toBe(false)
      open.seen.set(key, describeRecord(bytes.subarray(valueStart, valueEnd), expiresAt, type))
    })
  }

  closeSnapshot(i: number): void {
    if (this.snapshots.length === 0) return
    const place = i % this.snapshots.length
    while (this.visitSnapshot(place, 100));
    const [open] = this.snapshots.splice(place, 1)
    expect(open!.seen).toEqual(open!.expected)
    expect(open!.snapshot.size).toBe(open!.expected.size)
    open!.snapshot.close()
    open!.snapshot.close()
  }

  check(): void {
    const { keySpace, model } = this
    expect(keySpace.size).toBe(model.size)
    expect(keySpace.volatileSize).toBe([...this.expiries.values()].filter((expiresAt) => expiresAt !== 0).length)
    for (const [key, expected] of model) {
      const address = this.find(key)
      expect(address).not.toBe(0)
      expect(keySpace.readKey(address).toString()).toBe(key)
      const actual = describeRecord(keySpace.readValue(address), keySpace.expiresAt(address), keySpace.typeOf(address))
      expect(actual).toBe(expected)
    }
    const scanned = new Set<string>()
    let cursor = 0
    do {
      cursor = keySpace.scan(cursor, 7, (address) => scanned.add(keySpace.readKey(address).toString()))
    } while (cursor !== 0)
    expect(scanned).toEqual(new Set(model.keys()))
    expect(keySpace.usedMemory).toBeLessThanOrEqual(keySpace.allocatedMemory)
  }

  /** That nothing dead is kept, once all snapshots are closed and compaction has ended. */
  checkMemory(): void {
    const { keySpace } = this
    // The head, and up to a fifth of every other segment.
    expect(keySpace.allocatedMemory).toBeLessThanOrEqual(keySpace.usedMemory * 1.4 + 2 * 2 ** 20)
    for (const key of [...this.model.keys()]) this.delete(key)
    // An empty page is what remains, and perhaps its sibling.
    expect(keySpace.usedMemory).toBeLessThan(1000)
  }

  private find(key: string): number {
    return this.keySpace.find(Buffer.from(`${key}..`), 0, key.length)
  }

  private note(key: string, value: Buffer, expiresAt: number, type: number): void {
    this.model.set(key, describeRecord(value, expiresAt, type))
    this.expiries.set(key, expiresAt)
  }
}

/** Mostly a few keys, so that they meet; now and then one whose length needs the record's third word. */
const key = fc.oneof(
  { weight: 40, arbitrary: fc.nat(6).map((n) => `key-${n}`) },
  { weight: 5, arbitrary: fc.nat(3).map((n) => 'k'.repeat(n)) },
  { weight: 1, arbitrary: fc.nat(2).map((n) => 'long'.repeat(16384).slice(n)) },
)
const value = fc
  .oneof(
    { weight: 20, arbitrary: fc.constantFrom(0, 1, 5, 11, 30) },
    { weight: 3, arbitrary: fc.integer({ min: 1000, max: 1100 }) },
    { weight: 1, arbitrary: fc.integer({ min: 200_000, max: 300_000 }) },
  )
  .chain((length) => fc.nat(255).map((byte) => Buffer.alloc(length, byte)))
const expiresAt = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 20 }), fc.constant(1_900_000_000_123))

type Operation = (pair: Pair) => void
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.tuple(key, value, expiresAt, fc.nat(15)).map(
      ([key, value, expiresAt, type]): Operation =>
        (pair) =>
          pair.set(key, value, expiresAt, type),
    ),
  },
  {
    weight: 4,
    arbitrary: key.map(
      (key): Operation =>
        (pair) =>
          pair.delete(key),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(key, key).map(
      ([from, to]): Operation =>
        (pair) =>
          pair.copy(from, to),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(key, expiresAt).map(
      ([key, at]): Operation =>
        (pair) =>
          pair.setExpiry(key, at),
    ),
  },
  // A run of like keys splits pages, and its end merges them.
  {
    weight: 2,
    arbitrary: fc.tuple(fc.nat(3), fc.nat(20)).map(
      ([run, expiresAt]): Operation =>
        (pair) => {
          const value = Buffer.alloc(450, expiresAt)
          for (let i = 0; i < 3000; i++) pair.set(`run-${run}-${i}`, value, expiresAt, run)
        },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.nat(3).map(
      (run): Operation =>
        (pair) => {
          // Most of them, so that something is left to be compacted.
          for (let i = 0; i < 3000; i++) if (i % 5 > 0) pair.delete(`run-${run}-${i}`)
        },
    ),
  },
  { weight: 1, arbitrary: fc.constant((pair: Pair) => pair.clear()) },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 1, max: 20 }).map(
      (now): Operation =>
        (pair) =>
          pair.sweep(now),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.nat(20).map(
      (slices): Operation =>
        (pair) => {
          for (let slice = 0; slice < slices && pair.keySpace.compact(0); slice++);
        },
    ),
  },
  { weight: 4, arbitrary: fc.constant((pair: Pair) => pair.openSnapshot()) },
  {
    weight: 4,
    arbitrary: fc.tuple(fc.nat(9), fc.nat(500)).map(
      ([i, n]): Operation =>
        (pair) =>
          void pair.visitSnapshot(i, n),
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

describe('KeySpace', () => {
  it('holds what a Map would hold, and so does every snapshot of it, two key spaces in one arena', () => {
    const property = fc.property(
      fc.array(fc.tuple(fc.constantFrom(0, 0, 0, 1), operation), { minLength: 5, maxLength: 120 }),
      (operations) => {
        const arena = new Arena()
        const pairs = [new Pair(arena), new Pair(arena)]
        for (const [i, operate] of operations) {
          operate(pairs[i]!)
        }
        for (const pair of pairs) {
          pair.check()
          while (pair.snapshots.length > 0) pair.closeSnapshot(0)
          pair.check()
          while (pair.keySpace.compact(1));
          pair.check()
          pair.checkMemory()
          pair.check()
          pair.clear()
          expect(pair.keySpace.allocatedMemory).toBeLessThan(1000)
        }
      },
    )
    fc.assert(property, { numRuns: Number(process.env['KEYSPACE_RUNS'] ?? 40) })
  }, 60_000)

  it('scans every key that stays, whatever else comes and goes', () => {
    const batch = fc.tuple(fc.boolean(), fc.nat(4))
    const property = fc.property(
      fc.array(batch, { maxLength: 30 }),
      fc.integer({ min: 1, max: 3000 }),
      (batches, count) => {
        const pair = new Pair(new Arena())
        for (let i = 0; i < 5000; i++) pair.set(`stays-${i}`, Buffer.from('x'), i % 3, 0)
        const scanned = new Set<string>()
        let cursor = 0
        let next = 0
        do {
          cursor = pair.keySpace.scan(cursor, count, (address) =>
            scanned.add(pair.keySpace.readKey(address).toString()),
          )
          const [isAdded, run] = batches[next++] ?? [false, 0]
          for (let i = 0; i < 4000 && next <= batches.length; i++) {
            if (isAdded) pair.set(`goes-${run}-${i}`, Buffer.from('y'), 0, 0)
            else pair.delete(`goes-${run}-${i}`)
          }
        } while (cursor !== 0)
        for (let i = 0; i < 5000; i++) expect(scanned.has(`stays-${i}`)).toBe(true)
      },
    )
    fc.assert(property, { numRuns: 20 })
  }, 60_000)
})
