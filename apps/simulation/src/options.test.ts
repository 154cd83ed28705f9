import { describe, expect, it } from 'vitest'
import { readOptions, SEEDS_FOR_PLANT } from './options.ts'

describe('the command line', () => {
  it('is read', () => {
    expect(readOptions(['--seeds', '2000', '--workers', '2'])).toEqual({
      command: 'seeds',
      first: 1,
      last: 2000,
      workers: 2,
    })
    expect(readOptions(['--seeds', '10', '--from', '5', '--workers', '1'])).toMatchObject({ first: 5, last: 14 })
    expect(readOptions(['--seed', '7'])).toEqual({ command: 'story', seed: 7, plant: null })
    expect(readOptions(['--seed', '7', '--plant', 'x'])).toEqual({ command: 'story', seed: 7, plant: 'x' })
    expect(readOptions(['--plant', 'x'])).toMatchObject({ command: 'plant', plant: 'x', seeds: SEEDS_FOR_PLANT })
    expect(readOptions(['--plants'])).toEqual({ command: 'list plants' })
    expect(readOptions(['--help'])).toEqual({ command: 'help' })
  })

  it.each([['--seeds', 'many'], ['--seed', '0'], ['--workers', '-1'], ['--unknown']])('refuses %s %s', (...args) => {
    expect(() => readOptions(args.filter((arg) => arg !== undefined))).toThrow()
  })
})
