import { FakeClock } from '@repl/protocol'
import { expect, it } from 'vitest'
import { SnapshotGathering } from './snapshot-gathering.ts'

const never = new AbortController().signal

function make(delay: number, enough = 0) {
  const clock = new FakeClock()
  const settings = { delay, enough }
  const gathering = new SnapshotGathering(
    clock,
    () => settings.delay,
    () => settings.enough,
  )
  const begun: string[] = []
  const join = (name: string, signal = never) => void gathering.join(signal).then(() => begun.push(name))
  const settled = async () => {
    await new Promise(setImmediate)
    return begun
  }
  return { clock, settings, gathering, join, settled }
}

it('has all begin when the first one has waited long enough', async () => {
  const { clock, join, settled } = make(100)
  join('a')
  clock.advance(60)
  join('b')
  clock.advance(39)
  expect(await settled()).toEqual([])
  clock.advance(1)
  expect(await settled()).toEqual(['a', 'b'])
  expect(clock.pending).toBe(0)
  join('c')
  clock.advance(99)
  expect(await settled()).toEqual(['a', 'b'])
})

it('and sooner where enough have come, one goes, or a setting changes', async () => {
  const { settings, gathering, join, settled } = make(100, 2)
  const gone = new AbortController()
  join('gone', gone.signal)
  gone.abort()
  expect(await settled()).toEqual(['gone'])
  join('a')
  expect(await settled()).toEqual(['gone'])
  join('b')
  expect(await settled()).toEqual(['gone', 'a', 'b'])
  join('c')
  settings.delay = 0
  gathering.update()
  expect(await settled()).toEqual(['gone', 'a', 'b', 'c'])
})
