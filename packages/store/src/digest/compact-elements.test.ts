import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CompactBlock } from '../collections/compact-block.ts'
import { defaultCompactLimits } from '../collections/compact-limits.ts'
import { CompactSet } from '../collections/compact-set.ts'
import { CompactSortedSet } from '../collections/compact-sorted-set.ts'
import { openValue } from '../collections/value-reader.ts'
import {
  ENCODING_COMPACT,
  ENCODING_INTSET,
  kindOf,
  VALUE_TYPE_HASH,
  VALUE_TYPE_LIST,
  VALUE_TYPE_SET,
  VALUE_TYPE_SORTED_SET,
} from '../keyspace/value-type.ts'
import { digestCompact, updateCompact } from './compact-elements.ts'
import { ElementsReader } from './elements-reader.ts'

const COMPACT_LIST = kindOf(VALUE_TYPE_LIST, ENCODING_COMPACT)
const COMPACT_SET = kindOf(VALUE_TYPE_SET, ENCODING_COMPACT)
const COMPACT_HASH = kindOf(VALUE_TYPE_HASH, ENCODING_COMPACT)
const COMPACT_SORTED_SET = kindOf(VALUE_TYPE_SORTED_SET, ENCODING_COMPACT)
const INTSET = kindOf(VALUE_TYPE_SET, ENCODING_INTSET)

interface Block {
  readonly kind: number
  readonly bytes: Buffer
  readonly start: number
}

/** The same bytes somewhere else, among others. */
function placed(kind: number, bytes: Buffer, start: number): Block {
  return { kind, bytes: Buffer.concat([Buffer.alloc(start, 0xff), bytes, Buffer.alloc(3, 0xff)]), start }
}

function listpack(kind: number, entries: readonly string[], start = 5): Block {
  const block = new CompactBlock()
  for (const entry of entries) block.append(Buffer.from(entry), 0, entry.length)
  return placed(kind, block.bytes.subarray(0, block.length), start)
}

const limits = { ...defaultCompactLimits(), setMaxIntsetEntries: 9999 }

function intset(members: readonly number[], start = 5): Block {
  const set = new CompactSet()
  for (const member of members) set.add(Buffer.from(String(member)), 0, String(member).length, limits)
  return placed(INTSET, set.bytes.subarray(0, set.length), start)
}

function sortedSet(scores: ReadonlyMap<string, number>, start = 5): Block {
  const set = new CompactSortedSet().clear()
  for (const [member, score] of scores) set.insert(Buffer.from(member), 0, member.length, score)
  return placed(COMPACT_SORTED_SET, Buffer.from(set.block.subarray(set.blockStart, set.blockEnd)), start)
}

function digestOf({ kind, bytes, start }: Block): Int32Array {
  const lanes = new Int32Array(4)
  digestCompact(kind, bytes, start, lanes)
  const reader = new ElementsReader(openValue(bytes, start, bytes.length - 3, kind, null), kind & 15)
  reader.advance(Number.POSITIVE_INFINITY)
  expect(lanes).toEqual(reader.lanes)
  return lanes
}

/** What becomes of the digest of `old` is that of `next`, and the other way round. */
function expectUpdate(old: Block, next: Block): void {
  for (const [from, to] of [
    [old, next],
    [next, old],
  ] as const) {
    const lanes = digestOf(from)
    updateCompact(from.kind, from.bytes, from.start, to.bytes, to.start, lanes)
    expect(lanes).toEqual(digestOf(to))
  }
}

/** Few different ones, so that what stays and what changes look alike; of all lengths. */
const entry = fc.oneof(
  fc.constantFrom('a', 'b', '1', '12', '5000', 'ab', 'aab', 'bab', 'x'.repeat(70), `y${'x'.repeat(70)}`),
  fc.string({ maxLength: 12, unit: fc.constantFrom('a', 'b', '1') }),
)
const entries = fc.array(entry, { maxLength: 120, size: 'max' })

/** A run of elements that is replaced by others. */
const splice = fc.record({ at: fc.nat(130), removed: fc.nat(4), added: fc.array(entry, { maxLength: 4 }) })
type Splice = typeof splice extends fc.Arbitrary<infer Value> ? Value : never

function spliced<Element>(all: readonly Element[], { at, removed }: Splice, added: readonly Element[]): Element[] {
  return all.toSpliced(Math.min(at, all.length), removed, ...added)
}

describe('the digest of a compact collection after a write', () => {
  it('is that of a list', () => {
    fc.assert(
      fc.property(entries, splice, (all, change) => {
        expectUpdate(listpack(COMPACT_LIST, all), listpack(COMPACT_LIST, spliced(all, change, change.added), 8))
      }),
      { numRuns: 500 },
    )
  })

  it('is that of a list whose items have changed in place', () => {
    fc.assert(
      fc.property(entries, fc.array(fc.tuple(fc.nat(), entry), { maxLength: 3 }), (all, changes) => {
        if (all.length === 0) return
        const next = [...all]
        for (const [index, item] of changes) next[index % all.length] = item
        expectUpdate(listpack(COMPACT_LIST, all), listpack(COMPACT_LIST, next, 0))
      }),
      { numRuns: 300 },
    )
  })

  it('is that of a set, or of a hash', () => {
    fc.assert(
      fc.property(fc.constantFrom(COMPACT_SET, COMPACT_HASH), entries, splice, (kind, all, change) => {
        const members = [...new Set(all)]
        const next = [...new Set(spliced(members, change, change.added))]
        const flat = (words: readonly string[], value: (index: number) => string) =>
          kind === COMPACT_SET ? words : words.flatMap((word, i) => [word, value(i)])
        const old = listpack(
          kind,
          flat(members, (i) => String(i % 3)),
        )
        expectUpdate(
          old,
          listpack(
            kind,
            flat(next, (i) => String(i % 3)),
            1,
          ),
        )
        // One value has changed.
        expectUpdate(
          old,
          listpack(
            kind,
            flat(members, (i) => (i === change.at ? 'changed' : String(i % 3))),
            1,
          ),
        )
      }),
      { numRuns: 300 },
    )
  })

  it('is that of a sorted set, whose elements move past others', () => {
    const score = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(0.5, 1e100, -1e-5, 300))
    fc.assert(
      fc.property(
        fc.array(fc.tuple(entry, score), { maxLength: 100, size: 'max' }),
        fc.array(fc.tuple(fc.nat(), score), { maxLength: 2 }),
        fc.nat(5),
        (all, changes, removed) => {
          const scores = new Map(all)
          const next = new Map(scores)
          const members = [...scores.keys()]
          for (const [i, changed] of changes) if (members.length > 0) next.set(members[i % members.length]!, changed)
          if (removed === 1) next.delete(members[0]!)
          expectUpdate(sortedSet(scores), sortedSet(next, 9))
        },
      ),
      { numRuns: 500 },
    )
  })

  it('is that of an intset, of any width', () => {
    const integer = fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: -40, max: 40 }) },
      { weight: 1, arbitrary: fc.constantFrom(70_000, -70_000, 2 ** 40) },
    )
    fc.assert(
      fc.property(
        fc.array(integer, { maxLength: 60, size: 'max' }),
        fc.array(integer, { maxLength: 3 }),
        (all, more) => {
          expectUpdate(intset(all), intset([...all, ...more], 2))
          expectUpdate(intset(all), intset(all.toSpliced(more.length, more.length), 2))
        },
      ),
      { numRuns: 300 },
    )
  })
})
