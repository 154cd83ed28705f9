import { describe, expect, it } from 'vitest'
import { FollowingState } from './following-state.ts'

const a = { host: 'a', port: 1 }
const b = { host: 'b', port: 2 }

describe('following state', () => {
  it('tries at once, and again on the timer for as long as it takes', () => {
    const state = new FollowingState(1000)
    expect(state.handle({ type: 'slaveof', master: a }, 0)).toEqual([{ type: 'attempt', master: a }])
    expect(state.handle({ type: 'ended' }, 10)).toEqual([])
    expect(state.deadline).toBe(1000)
    expect(state.handle({ type: 'tick' }, 999)).toEqual([])
    expect(state.handle({ type: 'tick' }, 1000)).toEqual([{ type: 'attempt', master: a }])
    expect(state.deadline).toBe(Number.POSITIVE_INFINITY)
    expect(state.handle({ type: 'ended' }, 70_000)).toEqual([])
    expect(state.deadline).toBe(70_000)
  })

  it('stops everything when told to follow no one, in either state', () => {
    const state = new FollowingState(1000)
    state.handle({ type: 'slaveof', master: a }, 0)
    expect(state.handle({ type: 'slaveof', master: null }, 1)).toEqual([
      { type: 'stop', discard: true },
      { type: 'promote' },
    ])
    expect(state.deadline).toBe(Number.POSITIVE_INFINITY)
    state.handle({ type: 'slaveof', master: a }, 2)
    state.handle({ type: 'ended' }, 3)
    state.handle({ type: 'slaveof', master: null }, 4)
    expect(state.deadline).toBe(Number.POSITIVE_INFINITY)
    expect(state.handle({ type: 'tick' }, 10_000)).toEqual([])
    expect(state.handle({ type: 'ended' }, 10_000)).toEqual([])
  })

  it('changes masters without waiting, and stays with the one it has', () => {
    const state = new FollowingState(1000)
    state.handle({ type: 'slaveof', master: a }, 0)
    expect(state.handle({ type: 'slaveof', master: { ...a } }, 1)).toEqual([])
    expect(state.handle({ type: 'slaveof', master: b }, 2)).toEqual([
      { type: 'stop', discard: true },
      { type: 'attempt', master: b },
    ])
    expect(state.master).toEqual(b)
  })

  it('promotes a store that remembers being a slave though no master is known', () => {
    expect(new FollowingState(1000).handle({ type: 'slaveof', master: null }, 0)).toEqual([{ type: 'promote' }])
  })
})
