import fc from 'fast-check'
import { expect, it } from 'vitest'
import { addLanes, subtractLanes } from './digest-lanes.ts'
import { addItems, removeItems, shiftItems } from './list-polynomial.ts'

const hash = fc.array(fc.integer(), { minLength: 4, maxLength: 4 }).map((lanes) => Int32Array.from(lanes))
const hashes = fc.array(hash, { maxLength: 8 })

function digestOf(items: readonly Int32Array[]): Int32Array {
  const lanes = new Int32Array(4)
  for (const [index, item] of items.entries()) addItems(lanes, item, index)
  return lanes
}

it('joins two runs, and parts them again', () => {
  fc.assert(
    fc.property(hashes, hashes, (first, second) => {
      const lanes = digestOf(first)
      addItems(lanes, digestOf(second), first.length)
      expect(lanes).toEqual(digestOf([...first, ...second]))
      subtractLanes(lanes, digestOf(first))
      shiftItems(lanes, -first.length)
      expect(lanes).toEqual(digestOf(second))
      shiftItems(lanes, first.length)
      addLanes(lanes, digestOf(first))
      removeItems(lanes, digestOf(second), first.length)
      expect(lanes).toEqual(digestOf(first))
    }),
  )
})

it('places an item anywhere in lists of any length', () => {
  fc.assert(
    fc.property(hash, fc.nat(), fc.nat(), (item, index, places) => {
      const lanes = new Int32Array(4)
      addItems(lanes, item, index)
      shiftItems(lanes, places)
      removeItems(lanes, item, index + places)
      expect(lanes).toEqual(new Int32Array(4))
    }),
  )
})

it('tells two items that change places, also far from each other', () => {
  const [first, second] = [Int32Array.of(1, 2, 3, 4), Int32Array.of(5, 7, 11, 13)]
  for (let distance = 1; distance < 2 ** 24; distance *= 2) {
    const lanes = new Int32Array(4)
    addItems(lanes, first, 3)
    addItems(lanes, second, 3 + distance)
    removeItems(lanes, second, 3)
    removeItems(lanes, first, 3 + distance)
    expect(lanes.some((lane) => lane !== 0)).toBe(true)
  }
})
