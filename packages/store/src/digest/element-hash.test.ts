import { expect, it } from 'vitest'
import { hashElement, hashFieldValue, hashScore } from './element-hash.ts'

const text = (lanes: Int32Array) => lanes.join(' ')

function element(bytes: string): Int32Array {
  const lanes = new Int32Array(4)
  hashElement(Buffer.from(bytes), 0, bytes.length, lanes)
  return lanes
}

function pair(field: string, value: string): string {
  const lanes = element(field)
  hashFieldValue(Buffer.from(value), 0, value.length, lanes)
  return text(lanes)
}

function scored(member: string, score: number): string {
  const lanes = element(member)
  hashScore(score, lanes)
  return text(lanes)
}

it('counts an empty element, an empty field with an empty value and a score of 0 as well', () => {
  const none = text(new Int32Array(4))
  expect([text(element('')), pair('', ''), scored('', 0)]).not.toContain(none)
})

it('depends on where a field and its value part, and on the score', () => {
  const hashes = [
    pair('ab', 'c'),
    pair('a', 'bc'),
    pair('abc', ''),
    pair('', 'abc'),
    scored('abc', 0),
    scored('abc', 1),
    scored('abc', -1),
    text(element('abc')),
  ]
  expect(new Set(hashes).size).toBe(hashes.length)
  expect(scored('abc', -0)).toBe(scored('abc', 0))
})
