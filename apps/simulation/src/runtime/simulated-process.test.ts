import { expect, it } from 'vitest'
import { SimulatedClock } from './clock.ts'
import { SimulatedProcess } from './simulated-process.ts'
import { SimulatedTimer } from './simulated-timers.ts'

/** A process with a timer that cancels another one, which is due after it. */
function setUp() {
  const clock = new SimulatedClock()
  const process = new SimulatedProcess('n1', 0)
  const rung: string[] = []
  process.run(() => {
    const second = new SimulatedTimer(clock, 20, false, () => rung.push('second'))
    new SimulatedTimer(clock, 10, false, () => {
      rung.push('first')
      second.cancel()
    })
    new SimulatedTimer(clock, 30, false, () => rung.push(`third at ${clock.now}`))
  })
  return { clock, process, rung }
}

it('keeps a process that is stopped from doing anything until it goes on', () => {
  const { clock, process, rung } = setUp()
  process.stop()
  while (clock.nextAt <= 40) clock.step()
  expect(rung).toEqual([])
  clock.advanceTo(40)
  for (const action of process.goOn()) process.deliver(action)
  expect(rung).toEqual(['first', 'third at 40'])
})

it('lets nothing happen in the name of a process that is dead', () => {
  const { clock, process, rung } = setUp()
  process.stop()
  while (clock.nextAt <= 40) clock.step()
  process.kill()
  for (const action of process.goOn()) process.deliver(action)
  process.deliver(() => rung.push('more'))
  expect(rung).toEqual([])
})
