import { expect, it } from 'vitest'
import { OptionsError, wholeNumber } from './command-line.ts'

it('takes whole numbers within the bounds, and the default where there is none', () => {
  expect(wholeNumber('runs', undefined, 3, 1, 100)).toBe(3)
  expect(wholeNumber('runs', '1', 3, 1, 100)).toBe(1)
  expect(wholeNumber('runs', '100', 3, 1, 100)).toBe(100)
})

it.each(['0', '101', '-1', '1.5', '1e1', '', ' 7', 'seven'])('refuses %j and says what is needed', (text) => {
  expect(() => wholeNumber('runs', text, 3, 1, 100)).toThrow(OptionsError)
  expect(() => wholeNumber('runs', text, 3, 1, 100)).toThrow(`--runs '${text}': a whole number from 1 to 100 is needed`)
})
