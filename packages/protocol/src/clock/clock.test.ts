import { describe, expect, it } from 'vitest'
import { Alarm } from './clock.ts'
import { FakeClock } from './fake-clock.ts'

describe('alarm', () => {
  it('rings when the deadline that was set last is reached, and once', () => {
    const clock = new FakeClock()
    const rings: number[] = []
    const alarm = new Alarm(clock, () => rings.push(clock.now()))
    alarm.set(100)
    alarm.set(300)
    clock.advance(250)
    expect(rings).toEqual([])
    alarm.set(400)
    alarm.set(350)
    clock.advance(1000)
    expect(rings).toEqual([350])
    expect(clock.pending).toBe(0)
  })

  it('keeps no timer when there is no deadline or it is disposed of', () => {
    const clock = new FakeClock()
    const alarm = new Alarm(clock, () => undefined)
    alarm.set(100)
    expect(clock.pending).toBe(1)
    alarm.set(Number.POSITIVE_INFINITY)
    expect(clock.pending).toBe(0)
    alarm.set(50)
    alarm[Symbol.dispose]()
    expect(clock.pending).toBe(0)
  })

  it('sets no new timer for a deadline that only moves later', () => {
    const clock = new FakeClock()
    const alarm = new Alarm(clock, () => undefined)
    for (let i = 0; i < 1000; i++) alarm.set(100 + i)
    expect(clock.scheduled).toBe(1)
  })
})
