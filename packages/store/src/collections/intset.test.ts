import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Int64 } from '../commands/integer-text.ts'
import {
  intsetAt,
  intsetBytes,
  intsetBytesFor,
  intsetCount,
  intsetDeleteAt,
  intsetInsert,
  intsetSearch,
  isIntset,
  writeEmptyIntset,
} from './intset.ts'

const START = 3
const toInt64 = (value: bigint): Int64 => (Number.isSafeInteger(Number(value)) ? Number(value) : value)
const integer = fc
  .oneof(
    fc.bigInt({ min: -40n, max: 40n }),
    fc.bigInt({ min: -(2n ** 15n) - 2n, max: 2n ** 15n + 2n }),
    fc.bigInt({ min: -(2n ** 31n) - 2n, max: 2n ** 31n + 2n }),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.constantFrom(2n ** 53n, 2n ** 53n - 1n, -(2n ** 53n), 1n - 2n ** 53n),
  )
  .map(toInt64)

it('is what a sorted set of integers is', () => {
  const property = fc.property(fc.array(fc.tuple(fc.boolean(), integer), { maxLength: 60 }), (edits) => {
    const bytes = Buffer.alloc(START + intsetBytesFor(edits.length))
    const model: Int64[] = []
    let end = writeEmptyIntset(bytes, START)
    for (const [isAdded, value] of edits) {
      const found = intsetSearch(bytes, START, value)
      expect(found >= 0).toBe(model.includes(value))
      if (found < 0 && isAdded) {
        end = intsetInsert(bytes, START, value)
        model.push(value)
        model.sort((a, b) => (a < b ? -1 : 1))
        expect(model.indexOf(value)).toBe(-1 - found)
      } else if (found >= 0 && !isAdded) {
        expect(model[found]).toBe(value)
        end = intsetDeleteAt(bytes, START, found)
        model.splice(found, 1)
      }
      expect(end).toBe(START + intsetBytes(bytes, START))
      expect(isIntset(bytes, START, end)).toBe(true)
      expect(Array.from({ length: intsetCount(bytes, START) }, (_, i) => intsetAt(bytes, START, i))).toEqual(model)
    }
  })
  fc.assert(property, { numRuns: 300 })
})

it('has the bytes that Redis gives it', () => {
  const bytes = Buffer.alloc(intsetBytesFor(3))
  writeEmptyIntset(bytes, 0)
  intsetInsert(bytes, 0, 5)
  expect(bytes.subarray(0, intsetInsert(bytes, 0, -2)).toString('hex')).toBe('0200000002000000feff0500')
  const end = intsetInsert(bytes, 0, 70_000)
  expect(bytes.subarray(0, end).toString('hex')).toBe('0400000003000000feffffff0500000070110100')
})

it('is refused where it is damaged', () => {
  const bytes = Buffer.from('0200000002000000feff0500', 'hex')
  expect(isIntset(bytes, 0, 12)).toBe(true)
  expect(isIntset(bytes, 0, 11)).toBe(false)
  expect(isIntset(bytes, 0, 4)).toBe(false)
  expect(isIntset(Buffer.from('02000000020000000500feff', 'hex'), 0, 12)).toBe(false)
  expect(isIntset(Buffer.from('0300000000000000', 'hex'), 0, 8)).toBe(false)
})
