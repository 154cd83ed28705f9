import { describe, expect, test } from 'vitest'
import { formatBytes, formatCount, formatDuration } from './format.ts'

describe('formatBytes', () => {
  test.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1000, '1.0 kB'],
    [999_949, '999.9 kB'],
    [999_950, '1.0 MB'],
    [16_100_000, '16.1 MB'],
    [5_000_000_000_000, '5000.0 GB'],
  ])('%d', (bytes, text) => expect(formatBytes(bytes)).toBe(text))
})

describe('formatDuration', () => {
  test.each([
    [0.44, '0.4 ms'],
    [9.96, '10 ms'],
    [999.4, '999 ms'],
    [999.6, '1.00 s'],
    [61_234, '61.23 s'],
  ])('%d', (milliseconds, text) => expect(formatDuration(milliseconds)).toBe(text))
})

test('formatCount separates thousands', () => {
  expect(formatCount(135_233)).toBe('135,233')
})
