import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decompressLzf } from './lzf.ts'

/** A step of a compressed string: bytes as they are, or a copy of `count` bytes from `back` bytes ago. */
type Step = { literal: Uint8Array } | { back: number; count: number }

/** Writes steps as LZF does, and says what they stand for. A copy from before the beginning is left out. */
function encode(steps: readonly Step[]): { compressed: Buffer; plain: Buffer } {
  const compressed: number[] = []
  const plain: number[] = []
  for (const step of steps) {
    if ('literal' in step) {
      compressed.push(step.literal.length - 1, ...step.literal)
      plain.push(...step.literal)
    } else if (step.back <= plain.length) {
      const distance = step.back - 1
      const length = step.count - 2
      compressed.push((Math.min(length, 7) << 5) | (distance >> 8))
      if (length >= 7) compressed.push(length - 7)
      compressed.push(distance & 255)
      for (let i = 0; i < step.count; i++) plain.push(plain[plain.length - step.back]!)
    }
  }
  return { compressed: Buffer.from(compressed), plain: Buffer.from(plain) }
}

const steps = fc.array(
  fc.oneof(
    fc.record({ literal: fc.uint8Array({ minLength: 1, maxLength: 32 }) }),
    fc.record({ back: fc.integer({ min: 1, max: 8192 }), count: fc.integer({ min: 3, max: 264 }) }),
    fc.record({ back: fc.integer({ min: 1, max: 20 }), count: fc.integer({ min: 3, max: 264 }) }),
  ),
)

describe('decompressLzf', () => {
  it('gives what was compressed', () => {
    fc.assert(
      fc.property(steps, (input) => {
        const { compressed, plain } = encode(input)
        const target = Buffer.alloc(plain.length)
        expect(decompressLzf(compressed, 0, compressed.length, target, plain.length)).toBe(true)
        expect(target.equals(plain)).toBe(true)
      }),
    )
  })

  it('copies overlapping ranges as a repeated pattern', () => {
    const target = Buffer.alloc(8)
    expect(decompressLzf(Buffer.from([1, 0x61, 0x62, 0x80, 1]), 0, 5, target, 8)).toBe(true)
    expect(target.toString()).toBe('abababab')
  })

  it('refuses another length than the announced one', () => {
    const { compressed, plain } = encode([{ literal: Buffer.from('hello') }, { back: 5, count: 10 }])
    for (const length of [0, plain.length - 1, plain.length + 1]) {
      expect(decompressLzf(compressed, 0, compressed.length, Buffer.alloc(100), length)).toBe(false)
    }
  })

  it('answers garbage with false or the announced length, and never leaves its target', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(300), (garbage, length) => {
        const target = Buffer.alloc(length + 1, 0xee)
        decompressLzf(garbage, 0, garbage.length, target, length)
        expect(target[length]).toBe(0xee)
      }),
    )
  })
})
