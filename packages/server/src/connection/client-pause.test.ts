import { expect, test } from 'vitest'
import { ClientPause } from './client-pause.ts'
import { OutputWatch } from './output-limits.ts'

test('a pause is made longer and stricter by another, never milder, and tells of its end once', async () => {
  const changes: boolean[] = []
  using pause = new ClientPause((isActive) => changes.push(isActive))
  expect(pause.holds(true)).toBe(false)
  pause.begin('all', 100_000)
  pause.begin('write', 1)
  expect([pause.holds(true), pause.holds(false)]).toEqual([true, true])
  let ended = 0
  const waiting = { onPauseEnded: () => ended++ }
  pause.wait(waiting)
  pause.end()
  pause.end()
  expect([ended, changes]).toEqual([1, [true, false]])
  pause.begin('write', 1)
  expect([pause.holds(true), pause.holds(false)]).toEqual([true, false])
  pause.wait(waiting)
  await expect.poll(() => ended).toBe(2)
})

test('an output is over its limit at once, or when it has been over the soft one for long', () => {
  const watch = new OutputWatch()
  expect(watch.isOver(1000, { hard: 0, soft: 0, softSeconds: 0 })).toBe(false)
  expect(watch.isOver(1000, { hard: 1000, soft: 0, softSeconds: 0 })).toBe(true)
  const soft = { hard: 0, soft: 500, softSeconds: -1 }
  expect(watch.isOver(499, soft)).toBe(false)
  expect(watch.isOver(500, soft)).toBe(true)
  expect(new OutputWatch().isOver(500, { ...soft, softSeconds: 100 })).toBe(false)
})
