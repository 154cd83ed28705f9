import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { alternate, summarize } from './statistics.ts'

describe('summarize', () => {
  test('an odd number of samples', () => {
    expect(summarize([5, 1, 3])).toEqual({ median: 3, least: 1, most: 5, runs: 3 })
  })

  test('an even number of samples', () => {
    expect(summarize([10, 1, 3, 2])).toEqual({ median: 2.5, least: 1, most: 10, runs: 4 })
  })

  test('as many samples lie above the median as below it, whatever their order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1 }), (samples) => {
        const { median, least, most } = summarize(samples)
        expect(least).toBe(Math.min(...samples))
        expect(most).toBe(Math.max(...samples))
        const below = samples.filter((sample) => sample < median).length
        const above = samples.filter((sample) => sample > median).length
        expect(Math.max(below, above)).toBeLessThanOrEqual(samples.length / 2)
      }),
    )
  })

  test('refuses no samples and no numbers', () => {
    expect(() => summarize([])).toThrow(RangeError)
    expect(() => summarize([1, Number.NaN])).toThrow(RangeError)
  })
})

test('alternate swaps the order from run to run', () => {
  expect([0, 1, 2].map((run) => alternate('a', 'b', run).join(''))).toEqual(['ab', 'ba', 'ab'])
})
