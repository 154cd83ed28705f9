import { describe, expect, it } from 'vitest'
import * as layout from './record-layout.ts'

const memory = new SharedArrayBuffer(1 << 20)
const words = new Uint32Array(memory)
const buffer = Buffer.from(memory)

describe('record layout', () => {
  it('takes 16 bytes of lengths and padding at most, and 8 for an expiry', () => {
    expect(layout.unitsFor(16, 100, 0)).toBe(16)
    expect(layout.unitsFor(16, 104, 0)).toBe(16)
    expect(layout.unitsFor(16, 105, 0)).toBe(17)
    expect(layout.unitsFor(16, 100, 1)).toBe(17)
    expect(layout.unitsFor(0, 0, 0)).toBe(1)
  })

  it('reads back what it wrote, at the limits of each field', () => {
    const at = 6
    for (const keyLength of [0, 1, 65534, 65535, 70000]) {
      for (const valueLength of [0, 7, 1023, 1024, 300_000]) {
        for (const expiresAt of [0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]) {
          for (const type of [0, 255]) {
            const units = layout.unitsFor(keyLength, valueLength, expiresAt)
            layout.writeHeader(words, at, units, keyLength, valueLength, expiresAt, type)
            layout.markDead(words, at)
            expect([
              layout.keyLengthOf(words, at),
              layout.valueLengthOf(words, at),
              layout.expiryOf(words, at),
              layout.kindOf(words, at),
              layout.unitsOf(words, at),
              layout.hasRoomForExpiry(words, at),
              layout.isDead(words, at),
            ]).toEqual([keyLength, valueLength, expiresAt, type, units, expiresAt !== 0 || valueLength >= 1024, true])
          }
        }
      }
    }
  })

  it('compares keys of every length', () => {
    for (const length of [0, 1, 15, 16, 65535]) {
      const bytes = Buffer.alloc(length + 2, 'ab')
      layout.writeHeader(words, 0, layout.unitsFor(length, 0, 0), length, 0, 0, 0)
      layout.copyBytes(bytes, 1, length + 1, buffer, layout.keyOffsetFor(length))
      expect(layout.hasKey(words, buffer, 0, bytes, 1, length + 1)).toBe(true)
      expect(layout.hasKey(words, buffer, 0, bytes, 0, length)).toBe(length === 0)
      expect(layout.hasKey(words, buffer, 0, bytes, 1, length)).toBe(false)
    }
  })
})
