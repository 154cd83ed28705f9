import { OptionsError } from '@repl/harness'
import { expect, test } from 'vitest'
import { families } from './families/families.ts'
import { parseOptions } from './options.ts'

test('reads a command line', () => {
  const words = ['--', '--commands', '500', '--seed', '42', '--families', 'lists,sorted sets', '--differences', '9']
  expect(parseOptions(words)).toEqual({ commands: 500, seed: 42, families: ['lists', 'sorted sets'], differences: 9 })
  const initial = { commands: 100_000, families: families.map(({ name }) => name), differences: 1 }
  expect(parseOptions([])).toEqual({ ...initial, seed: expect.any(Number) })
  expect(parseOptions(['--help'])).toBe('help')
})

test.each([
  [['--seed', '-1']],
  [['--seed', '4294967296']],
  [['--commands', '0']],
  [['--families', 'streams']],
  [['--foo']],
])('refuses %j', (words) => {
  expect(() => parseOptions(words)).toThrow(OptionsError)
})
