import { expect, it } from 'vitest'
import { ElementsCache } from './elements-cache.ts'

it('has what was written last for an address, as long as no other took its place', () => {
  const cache = new ElementsCache()
  const lanes = new Int32Array(4)
  expect(cache.read(7, lanes)).toBe(false)
  for (let address = 1; address <= 40_000; address++) cache.write(address, Int32Array.of(address, 2, 3, -address))
  let found = 0
  for (let address = 1; address <= 40_000; address++) {
    if (!cache.read(address, lanes)) continue
    found++
    expect([...lanes]).toEqual([address, 2, 3, -address])
  }
  expect(found).toBeGreaterThan(10_000)
  expect(found).toBeLessThanOrEqual(16_384)
  expect(cache.read(40_000, lanes)).toBe(true)
  cache.delete(40_000)
  expect(cache.read(40_000, lanes)).toBe(false)
  cache.clear()
  expect(cache.read(39_999, lanes)).toBe(false)
})
