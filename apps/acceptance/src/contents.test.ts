import { describe, expect, it } from 'vitest'
import { differences } from './contents.ts'

describe('differences', () => {
  it('are none between equal data sets', () => {
    expect(differences(new Map([['a', '-1 x']]), new Map([['a', '-1 x']]))).toEqual([])
  })

  it('name the keys that are missing, too many or other', () => {
    const expected = new Map([['same', '-1 x'], ['lost', '-1 y'], ['other', '-1 z']]) // biome-ignore format: pairs
    const actual = new Map([['same', '-1 x'], ['other', '5 z'], ['new', '-1 w']]) // biome-ignore format: pairs
    expect(differences(expected, actual).map((line) => line.split(':')[0])).toEqual(['lost', 'other', 'new'])
  })
})
