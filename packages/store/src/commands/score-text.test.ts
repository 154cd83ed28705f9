import { describe, expect, test } from 'vitest'
import { CommandArguments } from './command-arguments.ts'
import { parseLexRange, parseScore, parseScoreRange } from './score-text.ts'
import { ReplyError, ValueReply } from './value-reply.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')

describe('parseScore', () => {
  test.each([
    ['1', 1],
    ['-0', -0],
    ['+5', 5],
    ['.5', 0.5],
    ['5.', 5],
    ['1e3', 1000],
    ['-1E-3', -0.001],
    ['9007199254740993', 9007199254740992],
    ['9223372036854775807', 2 ** 63],
    ['inf', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['5e-324', 5e-324],
    ['0e-999', 0],
    ['0x10', 16],
    ['-0X.8p1', -1],
    ['0x1.8p+2', 6],
    ['0x1p-1074', 5e-324],
    [`0x1${'0'.repeat(300)}p-1200`, 1],
  ])('takes %j', (text, value) => {
    expect(parseScore(CommandArguments.of(bytes(text)), 0, new ValueReply())).toBe(value)
  })

  test.each([
    '',
    ' 1',
    '1 ',
    'nan',
    'x',
    '1e',
    '--1',
    '1e400',
    '-1e400',
    '1e-400',
    '0x',
    '0xg',
    '1_0',
    '1\0',
    'infinit',
  ])('refuses %j', (text) => {
    const reply = new ValueReply()
    expect(parseScore(CommandArguments.of(bytes(text)), 0, reply)).toBe(Number.NaN)
    expect(reply.take()).toEqual(new ReplyError('ERR value is not a valid float'))
  })
})

describe('parseScoreRange', () => {
  const scores = [-Infinity, -1, 0, 1, 2, Infinity]

  test.each([
    ['-inf', '+inf', scores],
    ['(0', '1', [1]],
    ['0', '(1', [0]],
    ['(0', '(0', []],
    ['1', '0', []],
    ['', '(2', [0, 1]],
    ['(', '  2', [1, 2]],
    ['0', '1e999', [0, 1, 2, Infinity]],
    ['1\0x', '1', [1]],
  ])('from %j to %j', (min, max, expected) => {
    const range = parseScoreRange(CommandArguments.of(bytes(min), bytes(max)), 0, 1, new ValueReply())!
    const none = Buffer.alloc(0)
    const inRange = scores.filter(
      (score) => !range.min.isAfter(score, none, 0, 0) && range.max.isAfter(score, none, 0, 0),
    )
    expect(inRange).toEqual(expected)
    if (range.isEmpty) expect(inRange).toEqual([])
  })

  test.each(['((1', 'x', '1 ', '(nan'])('refuses %j', (text) => {
    const reply = new ValueReply()
    expect(parseScoreRange(CommandArguments.of('0', bytes(text)), 0, 1, reply)).toBe(null)
    expect(reply.take()).toEqual(new ReplyError('ERR min or max is not a float'))
  })
})

describe('parseLexRange', () => {
  const members = ['', 'a', 'aa', 'b', '\xff']

  test.each([
    ['-', '+', members],
    ['+', '-', []],
    ['[a', '[b', ['a', 'aa', 'b']],
    ['(a', '(b', ['aa']],
    ['[', '(', []],
    ['-', '[', ['']],
    ['(aa', '+', ['b', '\xff']],
  ])('from %j to %j', (min, max, expected) => {
    const range = parseLexRange(CommandArguments.of(bytes(min), bytes(max)), 0, 1, new ValueReply())!
    const inRange = members.filter((member) => {
      const all = bytes(member)
      return !range.min.isAfter(0, all, 0, all.length) && range.max.isAfter(0, all, 0, all.length)
    })
    expect(inRange).toEqual(expected)
    if (range.isEmpty) expect(inRange).toEqual([])
  })

  test.each(['', 'a', '++', '-x'])('refuses %j', (text) => {
    const reply = new ValueReply()
    expect(parseLexRange(CommandArguments.of('-', bytes(text)), 0, 1, reply)).toBe(null)
    expect(reply.take()).toEqual(new ReplyError('ERR min or max not valid string range item'))
  })
})
