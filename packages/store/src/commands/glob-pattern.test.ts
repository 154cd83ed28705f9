import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GlobPattern } from './glob-pattern.ts'

function matches(pattern: string, text: string): boolean {
  const bytes = Buffer.from(`<${text}>`, 'latin1')
  return new GlobPattern(Buffer.from(pattern, 'latin1')).matches(bytes, 1, bytes.length - 1)
}

describe('a pattern', () => {
  test.each([
    ['', ''],
    ['*', ''],
    ['*', 'anything'],
    ['a*', 'a'],
    ['a**', 'a'],
    ['*a', 'banana'],
    ['b*n*a', 'banana'],
    ['h?llo', 'hello'],
    ['h[ae]llo', 'hallo'],
    ['h[^e]llo', 'hallo'],
    ['h[a-b]llo', 'hbllo'],
    ['h[b-a]llo', 'hbllo'],
    ['\\*', '*'],
    ['[\\]]', ']'],
    // The range from `a` to `]`, and no closing bracket.
    ['[a-]', '_'],
    ['a\\', 'a\\'],
    ['[^', 'x'],
    ['[abc', 'c'],
    ['[\\', '\\'],
    ['[\xf0-\x10]', '\x00'],
  ])('%j matches %j', (pattern, text) => expect(matches(pattern, text)).toBe(true))

  test.each([
    ['', 'a'],
    ['**', ''],
    ['?', ''],
    ['a', 'ab'],
    ['ab', 'a'],
    ['h[^e]llo', 'hello'],
    ['h?llo', 'hllo'],
    ['[', '['],
    ['[]', ']'],
    ['[a-c', '-'],
    ['[a-]', '-'],
    ['\\*', 'a'],
    ['[\xf0-\x10]', '\x7f'],
  ])('%j does not match %j', (pattern, text) => expect(matches(pattern, text)).toBe(false))
})

test('a string always matches itself escaped, and with stars between its characters', () => {
  const text = fc.string({ minLength: 1, unit: fc.constantFrom('a', 'b', '*', '?', '[', ']', '\\', '^', '-') })
  fc.assert(
    fc.property(text, (string) => {
      const escaped = [...string].map((character) => `\\${character}`)
      expect(matches(escaped.join(''), string)).toBe(true)
      expect(matches(`*${escaped.join('*')}*`, string)).toBe(true)
      expect(matches(`${escaped.join('')}x`, string)).toBe(false)
    }),
  )
})

test('the costliest pattern takes as many steps as pattern times string', () => {
  // Exponential in a matcher that tries each star anew: this one would not come back.
  expect(matches(`${'a*'.repeat(1000)}b`, 'a'.repeat(10_000))).toBe(false)
})
