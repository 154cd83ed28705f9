import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SimulatedClock } from './clock.ts'

describe('simulated clock', () => {
  it('lets things happen in the order of their times, and those of one time in the order they were asked for', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ delay: fc.nat(20), isCancelled: fc.boolean() })), (wanted) => {
        const clock = new SimulatedClock()
        const happened: { at: number; index: number }[] = []
        for (const [index, { delay, isCancelled }] of wanted.entries()) {
          const event = clock.schedule(delay, () => happened.push({ at: clock.now, index }))
          if (isCancelled) clock.cancel(event)
        }
        while (clock.nextAt < Number.POSITIVE_INFINITY) clock.step()
        const expected = wanted
          .map(({ delay, isCancelled }, index) => ({ at: delay, index, isCancelled }))
          .filter(({ isCancelled }) => !isCancelled)
          .sort((left, right) => left.at - right.at || left.index - right.index)
          .map(({ at, index }) => ({ at, index }))
        expect(happened).toEqual(expected)
      }),
    )
  })

  it('lets time go on for whoever asks for one turn after another', () => {
    const clock = new SimulatedClock()
    let turns = 0
    const again = () => {
      if (++turns < 100) clock.soon(again)
    }
    clock.soon(again)
    while (turns < 100) clock.step()
    expect(clock.now).toBeGreaterThan(0.5)
  })

  it('notices when time stands still', () => {
    const clock = new SimulatedClock()
    const again = () => {
      clock.schedule(0, again)
    }
    again()
    expect(() => {
      for (;;) clock.step()
    }).toThrow('time stands still')
  })
})
