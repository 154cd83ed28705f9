import { OptionsError } from '@repl/harness'
import { describe, expect, test } from 'vitest'
import { parseOptions } from './options.ts'

describe('parseOptions', () => {
  test('has defaults', () => {
    expect(parseOptions([])).toEqual({ runs: 3, keys: 1_000_000, isJson: false })
  })

  test('reads all options, with or without the -- that package managers pass on', () => {
    const words = ['--', '--runs', '5', '--keys=1000', '--json']
    expect(parseOptions(words)).toEqual({ runs: 5, keys: 1000, isJson: true })
    expect(parseOptions(['--help'])).toBe('help')
  })

  test.each([[['--runs', '0']], [['--runs', '1e3']], [['--keys', '-1']], [['--keys', '99999999999']], [['--pace']]])(
    'refuses %j',
    (words) => {
      expect(() => parseOptions(words)).toThrow(OptionsError)
    },
  )
})
