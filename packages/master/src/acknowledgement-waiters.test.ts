import { FakeClock } from '@repl/protocol'
import { describe, expect, it } from 'vitest'
import { AcknowledgementWaiters } from './acknowledgement-waiters.ts'

function make() {
  const clock = new FakeClock()
  const offsets: number[] = []
  const waiters = new AcknowledgementWaiters(clock)
  const wait = async (count: number, offset: number, timeout: number, signal?: AbortSignal) => {
    const reached = () => offsets.filter((has) => has >= offset).length
    await waiters.wait(() => reached() >= count, timeout, signal)
    return reached()
  }
  return { clock, offsets, waiters, wait }
}

describe('acknowledgement waiters', () => {
  it('answers at once where there are enough already', async () => {
    const { offsets, wait, clock } = make()
    offsets.push(10, 20)
    expect(await wait(1, 15, 100)).toBe(1)
    expect(await wait(0, 99, 100)).toBe(0)
    expect(clock.pending).toBe(0)
  })

  it('answers when the last one needed has acknowledged, and leaves no timer', async () => {
    const { offsets, waiters, wait, clock } = make()
    const waiting = wait(2, 10, 100)
    offsets.push(10)
    waiters.check()
    expect(clock.pending).toBe(1)
    offsets.push(11)
    waiters.check()
    expect(await waiting).toBe(2)
    expect(clock.pending).toBe(0)
  })

  it('answers with what there is when time is up, the signal is aborted or the master closes', async () => {
    const { offsets, waiters, wait, clock } = make()
    const abort = new AbortController()
    offsets.push(10)
    const timed = wait(2, 10, 100)
    const open = wait(3, 10, 0)
    const aborted = wait(4, 10, 100, abort.signal)
    abort.abort()
    expect(await aborted).toBe(1)
    clock.advance(100)
    expect(await timed).toBe(1)
    expect(clock.pending).toBe(0)
    waiters.settleAll()
    expect(await open).toBe(1)
  })
})
