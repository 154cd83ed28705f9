import { describe, expect, it } from 'vitest'
import { TrueHistories } from './true-histories.ts'

function makeTruth() {
  const truth = new TrueHistories()
  const first = truth.begin('first', null, 0, 'n1')
  truth.append(first, Buffer.from('abc'))
  truth.append(first, Buffer.from('def'))
  const second = truth.begin('second', 'first', 4, 'n2')
  truth.append(second, Buffer.from('XYZ'))
  return { truth, first, second }
}

describe('true histories', () => {
  it('know the bytes of each, through the histories that it goes on from', () => {
    const { truth } = makeTruth()
    expect(truth.slice('first', 1, 6).toString()).toBe('bcdef')
    expect(truth.slice('second', 0, 7).toString()).toBe('abcdXYZ')
    expect(truth.slice('second', 5, 6).toString()).toBe('Y')
    expect(() => truth.slice('second', 0, 8)).toThrow('ends at 7')
    expect(() => truth.slice('third', 0, 1)).toThrow('nobody ever began')
  })

  it('know who is a prefix of whom', () => {
    const { truth } = makeTruth()
    expect(truth.isPrefix('first', 4, 'second')).toBe(true)
    expect(truth.isPrefix('first', 5, 'second')).toBe(false)
    expect(truth.isPrefix('second', 4, 'first')).toBe(true)
    expect(truth.isPrefix('second', 5, 'first')).toBe(false)
    expect(truth.isPrefix('first', 7, 'first')).toBe(false)
  })

  it('let no history branch off beyond the end of another', () => {
    const { truth } = makeTruth()
    expect(() => truth.begin('third', 'first', 7, 'n3')).toThrow('which ends at 6')
  })

  it('know how far each was shown to others', () => {
    const { truth, first, second } = makeTruth()
    expect([first.readable, second.readable]).toEqual([4, 4])
    truth.show(second, 6)
    expect([first.readable, second.readable]).toEqual([4, 6])
  })
})
