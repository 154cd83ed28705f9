import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ServerStatistics } from './server-statistics.ts'

let statistics: ServerStatistics

beforeEach(() => {
  statistics = new ServerStatistics()
})

afterEach(() => {
  statistics[Symbol.dispose]()
})

describe('ServerStatistics', () => {
  test('counts errors by their code, up to so many different ones', () => {
    statistics.countError('ERR one')
    statistics.countError('ERR two')
    statistics.countError('NOAUTH')
    expect([...statistics.errors]).toEqual([
      ['ERR', 2],
      ['NOAUTH', 1],
    ])
    for (let i = 0; i < 1000; i++) statistics.countError(`CODE${i} text`)
    expect(statistics.errors.size).toBeLessThanOrEqual(128)
    expect(statistics.errorReplies).toBe(1003)
  })

  test('sets everything back but keeps the objects that dispatch counts in', () => {
    const get = statistics.ofCommand('get')
    get.calls = 5
    statistics.countError('ERR one')
    statistics.reset()
    expect(statistics.ofCommand('get')).toBe(get)
    expect([get.calls, statistics.commandsProcessed, statistics.errorReplies, statistics.errors.size]).toEqual([
      0, 0, 0, 0,
    ])
  })

  test('times the first calls of a command, then some', () => {
    const get = statistics.ofCommand('get')
    let timed = 0
    for (; get.calls < 1600; get.calls++) if (get.isTimed) timed++
    expect(timed).toBe(16 + 99)
  })

  test('sees a turn of the event loop that takes long', async () => {
    const nextTick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2))
    statistics.reset()
    // It counts from its first tick on.
    while (statistics.maximumEventLoopDelay === 0) await nextTick()
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60)
    // Comes to an end when the long turn has been seen.
    while (statistics.maximumEventLoopDelay < 50) await nextTick()
  })
})
