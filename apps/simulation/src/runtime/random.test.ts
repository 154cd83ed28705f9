import { describe, expect, it } from 'vitest'
import { Random } from './random.ts'

describe('random numbers', () => {
  it('follow from the seed and the name of their stream', () => {
    const draw = (seed: number, name: string) => {
      const random = new Random(seed, name)
      return Array.from({ length: 20 }, () => random.below(1_000_000))
    }
    expect(draw(1, 'disk')).toEqual(draw(1, 'disk'))
    expect(draw(1, 'disk')).not.toEqual(draw(2, 'disk'))
    expect(draw(1, 'disk')).not.toEqual(draw(1, 'network'))
  })

  it('keep to their limits and weights', () => {
    const random = new Random(3, 'test')
    const counts = { often: 0, seldom: 0, never: 0 }
    for (let i = 0; i < 10_000; i++) {
      expect(random.below(7)).toBeLessThan(7)
      expect(random.between(2, 3)).toBeGreaterThanOrEqual(2)
      counts[
        random.weighted([
          [9, 'often'],
          [1, 'seldom'],
          [0, 'never'],
        ] as const)
      ]++
    }
    expect(counts.never).toBe(0)
    expect(counts.seldom).toBeGreaterThan(800)
    expect(counts.seldom).toBeLessThan(1_200)
    expect(() => random.pick([])).toThrow(RangeError)
  })
})
