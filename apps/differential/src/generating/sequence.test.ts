import { expect, test } from 'vitest'
import { families } from '../families/families.ts'
import { SequenceMaker } from './sequence.ts'

test('the same seed and number make the same sequence, others another', () => {
  const sequence = (seed: number, number: number) => new SequenceMaker(seed, families, 100).sequence(number).steps
  expect(sequence(7, 3)).toEqual(sequence(7, 3))
  expect(sequence(7, 3)).not.toEqual(sequence(8, 3))
  expect(sequence(7, 3)).not.toEqual(sequence(7, 5))
})
