import { describe, expect, it } from 'vitest'
import { JournalAges, unretainedBefore } from './journal-retention.ts'

describe('journal retention', () => {
  it('keeps what is younger than a time, at least so many bytes, and for its age at most so many', () => {
    const ages = new JournalAges(0, 1000)
    for (let second = 1; second <= 100; second++) ages.note(second * 1000, 1000 + second * 10, 60_000)
    const before = (retention: { bytes: number; milliseconds: number; limitBytes: number }) =>
      unretainedBefore(retention, ages, 2000, 100_000)
    // What was there at second 40 is a minute old.
    expect(before({ bytes: 0, milliseconds: 60_000, limitBytes: 1e9 })).toBe(1400)
    expect(before({ bytes: 100, milliseconds: 0, limitBytes: 1e9 })).toBe(1900)
    expect(before({ bytes: 1500, milliseconds: 60_000, limitBytes: 1e9 })).toBe(500)
    expect(before({ bytes: 0, milliseconds: 60_000, limitBytes: 200 })).toBe(1800)
  })

  it('takes what it found for new, and forgets nothing too early whatever the steps', () => {
    const ages = new JournalAges(0, 1000)
    expect(ages.offsetOlderThan(60_000, 59_999)).toBe(0)
    expect(ages.offsetOlderThan(60_000, 60_000)).toBe(1000)
    for (let i = 1; i <= 5000; i++) {
      const now = i * 100
      ages.note(now, 1000 + i, 60_000)
      // Written at 100 ms each byte: the byte at 1000 + k came at (k + 1) * 100.
      expect(ages.offsetOlderThan(60_000, now)).toBeLessThanOrEqual(Math.max(1000, 1000 + i - 600))
      if (i > 700) expect(ages.offsetOlderThan(60_000, now)).toBeGreaterThan(1000 + i - 605)
    }
  })
})
