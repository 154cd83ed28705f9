import fc from 'fast-check'
import { expect, it } from 'vitest'
import { commonPrefix, commonSuffix, isEqual } from './common-bytes.ts'

it('finds how many bytes are the same at either end', () => {
  const bytes = fc.nat(600).map((length) => Buffer.alloc(length, 'abcdefg'))
  fc.assert(
    fc.property(
      bytes,
      fc.nat(20),
      fc.nat(20),
      fc.array(fc.nat(600), { maxLength: 2 }),
      (first, before, after, flips) => {
        const second = Buffer.from(first)
        for (const flip of flips) if (flip < second.length) second[flip]! ^= 1
        let prefix = 0
        while (prefix < first.length && first[prefix] === second[prefix]) prefix++
        let suffix = 0
        while (suffix < first.length && first.at(-1 - suffix) === second.at(-1 - suffix)) suffix++
        const other = Buffer.concat([Buffer.alloc(before), second, Buffer.alloc(after)])
        const { length } = first
        expect(commonPrefix(first, 0, other, before, length)).toBe(prefix)
        expect(commonSuffix(first, length, other, before + length, length)).toBe(suffix)
        expect(isEqual(first, 0, other, before, length)).toBe(prefix === length)
        expect(commonPrefix(first, 0, other, before, prefix >>> 1)).toBe(prefix >>> 1)
      },
    ),
  )
})
