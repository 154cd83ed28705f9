import { describe, expect, it } from 'vitest'
import { branchHistory, continueHistory, isPrefixOf, MAX_FORMER_HISTORIES, newHistory } from './history.ts'

describe('history', () => {
  it('draws ids of 40 hexadecimal digits', () => {
    expect(newHistory().replicationId).toMatch(/^[0-9a-f]{40}$/)
    expect(newHistory().replicationId).not.toBe(newHistory().replicationId)
  })

  it('keeps former ids valid up to the offset where the next took over', () => {
    const first = newHistory()
    const second = branchHistory(first, 100)
    const third = branchHistory(second, 250)
    expect(isPrefixOf(third, third.replicationId, 1_000)).toBe(true)
    expect(isPrefixOf(third, second.replicationId, 250)).toBe(true)
    expect(isPrefixOf(third, second.replicationId, 251)).toBe(false)
    expect(isPrefixOf(third, first.replicationId, 100)).toBe(true)
    expect(isPrefixOf(third, first.replicationId, 101)).toBe(false)
    expect(isPrefixOf(third, newHistory().replicationId, 0)).toBe(false)
  })

  it('takes over the id of the master and stays the same under the same id', () => {
    const own = newHistory()
    expect(continueHistory(own, own, 5)).toBe(own)
    const other = newHistory()
    const continued = continueHistory(own, other, 5)
    expect(continued.replicationId).toBe(other.replicationId)
    expect(isPrefixOf(continued, own.replicationId, 5)).toBe(true)
  })

  it('takes over what the master knows of former ids, as far as that goes, and keeps its own', () => {
    const shared = newHistory()
    const master = branchHistory(branchHistory(shared, 300), 400)
    const branched = branchHistory(shared, 100)
    const continued = continueHistory(branched, master, 100)
    expect(isPrefixOf(continued, shared.replicationId, 300)).toBe(true)
    expect(isPrefixOf(continued, shared.replicationId, 301)).toBe(false)
    expect(isPrefixOf(continued, branched.replicationId, 100)).toBe(true)
    expect(isPrefixOf(continued, branched.replicationId, 101)).toBe(false)
    // Promoted before the rest has come, it says no more than it has.
    expect(isPrefixOf(branchHistory(continued, 120), shared.replicationId, 121)).toBe(false)
    expect(continueHistory(continued, master, 250)).toBe(continued)
  })

  it('lets no former id be valid beyond an end that a crash has brought forward', () => {
    const first = newHistory()
    const second = branchHistory(first, 100)
    const recovered = branchHistory(second, 60)
    expect(isPrefixOf(recovered, first.replicationId, 60)).toBe(true)
    expect(isPrefixOf(recovered, first.replicationId, 61)).toBe(false)
  })

  it('forgets the oldest ids beyond its limit', () => {
    let history = newHistory()
    const oldest = history.replicationId
    for (let i = 0; i <= MAX_FORMER_HISTORIES; i++) history = branchHistory(history, i)
    expect(history.former).toHaveLength(MAX_FORMER_HISTORIES)
    expect(isPrefixOf(history, oldest, 0)).toBe(false)
  })
})
