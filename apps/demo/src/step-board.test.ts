import { expect, test } from 'vitest'
import type { ShownStep } from './screen.ts'
import { StepBoard, stepIn } from './step-board.ts'

const entry = (step: number, detail: string) => ({
  step,
  name: `step ${step}`,
  bytes: step * 100,
  milliseconds: step,
  msg: `[${step}/8] ${detail}`,
})

function board() {
  const shown: ShownStep[] = []
  return { board: new StepBoard((step) => shown.push(step)), details: () => shown.map(({ detail }) => detail) }
}

test('stepIn reads the entries of steps and no others', () => {
  expect(stepIn(entry(3, 'pong'))).toEqual({ number: 3, name: 'step 3', bytes: 300, milliseconds: 3, detail: 'pong' })
  expect(stepIn({ msg: 'ready', port: 1 })).toBeNull()
  expect(stepIn({ ...entry(3, 'pong'), bytes: '3' })).toBeNull()
})

test('steps 5 and 6 wait for what the master tells of them, and the later ones for them', () => {
  const { board: steps, details } = board()
  steps.takeFromMaster(entry(3, 'master: ping'))
  for (const number of [3, 4, 5, 6, 7, 8]) steps.takeFromSlave(entry(number, `slave ${number}`))
  expect(details()).toEqual(['slave 3', 'slave 4'])
  steps.takeFromMaster(entry(5, 'persisted'))
  expect(details()).toEqual(['slave 3', 'slave 4', 'persisted'])
  steps.takeFromMaster(entry(6, 'sent'))
  expect(details()).toEqual(['slave 3', 'slave 4', 'persisted', 'sent', 'slave 7', 'slave 8'])
})

test('a partial resynchronisation goes from 4 to 8', () => {
  const { board: steps, details } = board()
  for (const number of [1, 2, 3, 4, 8]) steps.takeFromSlave(entry(number, `slave ${number}`))
  expect(details()).toEqual(['slave 1', 'slave 2', 'slave 3', 'slave 4', 'slave 8'])
})
