import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CompactSortedSet } from './compact-sorted-set.ts'
import { isListpack } from './listpack.ts'

type Element = readonly [member: string, score: number]

const member = fc.oneof(
  fc.nat(20).map(String),
  fc.nat(9).map((n) => `m${n}`),
  fc.constantFrom('', 'x'.repeat(70), '\xff\0'),
)
const score = fc.oneof(
  fc.integer({ min: -5, max: 5 }),
  fc.double({ noNaN: true }).map((n) => n + 0),
  fc.constantFrom(2 ** 62, -(2 ** 62), 1e17, 3.2, 2 ** 53 + 2),
)

function elementsOf(set: CompactSortedSet): Element[] {
  return Array.from({ length: set.size }, (_, rank) => {
    set.moveTo(rank)
    const { bytes, start, end } = set.member
    return [bytes.toString('latin1', start, end), set.score]
  })
}

describe('CompactSortedSet', () => {
  it('holds what a sorted map would hold, as a listpack', () => {
    const change = fc.oneof(
      { weight: 4, arbitrary: fc.record({ member, score }) },
      { weight: 1, arbitrary: fc.record({ member }) },
      { weight: 1, arbitrary: fc.record({ from: fc.nat(10), count: fc.integer({ min: 1, max: 4 }) }) },
    )
    const property = fc.property(fc.array(change, { maxLength: 200, size: 'max' }), (changes) => {
      const set = new CompactSortedSet().clear()
      const model = new Map<string, number>()
      const sorted = () => [...model].sort(([a, aScore], [b, bScore]) => aScore - bScore || (a < b ? -1 : 1))
      for (const { member, score, from, count } of changes as readonly Partial<
        Record<'score' | 'from' | 'count', number> & { member: string }
      >[]) {
        if (member === undefined) {
          const start = Math.min(from!, set.size)
          const end = Math.min(start + count!, set.size)
          for (const [gone] of sorted().slice(start, end)) model.delete(gone)
          if (start < end) set.removeRange(start, end)
          continue
        }
        const bytes = Buffer.from(`.${member}.`, 'latin1')
        const end = bytes.length - 1
        const before = model.get(member)
        expect(set.scoreOf(bytes, 1, end)).toBe(before ?? Number.NaN)
        if (score === undefined) expect(set.remove(bytes, 1, end)).toBe(model.delete(member))
        else if (before === undefined) set.insert(bytes, 1, end, score)
        else set.move(bytes, 1, end, before, score)
        if (score !== undefined) model.set(member, score)
        expect(set.rankOf(bytes, 1, end)).toBe(sorted().findIndex(([name]) => name === member))
      }
      expect(elementsOf(set)).toEqual(sorted())
      expect(isListpack(set.block, set.blockStart, set.blockEnd)).toBe(true)
      const again = new CompactSortedSet().edit(set.block, set.blockStart)
      expect(elementsOf(again)).toEqual(sorted())
    })
    fc.assert(property, { numRuns: 200 })
  })
})
