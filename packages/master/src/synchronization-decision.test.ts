import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideSynchronization, type MasterFacts } from './synchronization-decision.ts'

const PRESENT = 'a'.repeat(40)
const FORMER = 'b'.repeat(40)
const facts: MasterFacts = {
  replicationId: PRESENT,
  former: [{ replicationId: FORMER, offset: 150 }],
  firstOffset: 100,
  endOffset: 200,
  isPrefix: (id, offset) => id === PRESENT || (id === FORMER && offset <= 150),
}

describe('synchronization decision', () => {
  it.each([
    [PRESENT, 100, 'partial'],
    [PRESENT, 200, 'partial'],
    [PRESENT, 99, 'full'],
    [PRESENT, 201, 'full'],
    [FORMER, 150, 'partial'],
    [FORMER, 151, 'full'],
    [FORMER, 99, 'full'],
    ['c'.repeat(40), 150, 'full'],
    ['', 100, 'full'],
  ])('for %s at %d is %s', (id, offset, kind) => {
    expect(decideSynchronization(id, offset, facts).kind).toBe(kind)
  })

  it('takes any earlier id of the slave that reaches to its end for the name of its copy', () => {
    const decide = (offset: number, end: number) =>
      decideSynchronization('c'.repeat(40), offset, facts, [{ replicationId: FORMER, offset: end }]).kind
    expect(decide(150, 150)).toBe('partial')
    expect(decide(149, 150)).toBe('partial')
    expect(decide(150, 149)).toBe('full')
    expect(decide(151, 151)).toBe('full')
  })

  it('lets nobody in who has diverged or lies outside of the journal', () => {
    const id = fc.constantFrom(PRESENT, FORMER, 'c'.repeat(40), '')
    fc.assert(
      fc.property(id, fc.nat(300), (replicationId, offset) => {
        const isShared = facts.isPrefix(replicationId, offset)
        const isHeld = offset >= facts.firstOffset && offset <= facts.endOffset
        const expected = isShared && isHeld ? 'partial' : 'full'
        expect(decideSynchronization(replicationId, offset, facts).kind).toBe(expected)
      }),
    )
  })
})
