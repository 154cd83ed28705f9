import { expect, test } from 'vitest'
import { StandaloneContext } from '../../test/commands/standalone-context.ts'

test("Redis's own example", () => {
  const context = new StandaloneContext(0)
  context.call('mset', 'a', 'ohmytext', 'b', 'mynewtext')
  expect(context.call('lcs', 'a', 'b')).toEqual(Buffer.from('mytext'))
  expect(context.call('lcs', 'a', 'b', 'LEN')).toBe(6)
  expect(context.call('lcs', 'a', 'b', 'IDX', 'MINMATCHLEN', 4, 'WITHMATCHLEN')).toEqual(
    new Map<unknown, unknown>([
      [Buffer.from('matches'), [[[4, 7], [5, 8], 4]]],
      [Buffer.from('len'), 6],
    ]),
  )
  expect(context.call('lcs', 'a', 'none')).toEqual(Buffer.alloc(0))
})

test('strings whose table would be too large are refused', () => {
  const context = new StandaloneContext(0)
  context.call('mset', 'a', 'x'.repeat(12_000), 'b', 'x'.repeat(12_000))
  expect(context.call('lcs', 'a', 'b')).toMatchObject({ message: expect.stringContaining('Insufficient memory') })
})

test('a value of another type has its own error', () => {
  const context = new StandaloneContext(0)
  const key = Buffer.from('other')
  context.keySpace.set(key, 0, 5, key, 0, 5, 0, 1)
  expect(context.call('lcs', 'other', 'other')).toMatchObject({
    message: 'ERR The specified keys must contain string values',
  })
})
