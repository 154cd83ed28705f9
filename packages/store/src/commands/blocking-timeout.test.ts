import { expect, test } from 'vitest'
import { parseBlockingTimeout } from './blocking-timeout.ts'
import { CommandArguments } from './command-arguments.ts'
import { type ReplyValue, ValueReply } from './value-reply.ts'

function parsed(text: string): ReplyValue {
  const reply = new ValueReply()
  const timeout = parseBlockingTimeout(CommandArguments.of('blpop', 'key', text), 2, reply)
  return timeout < 0 ? reply.take() : timeout
}

test.each([
  ['0', 0],
  ['1', 1000],
  ['1.5', 1500],
  ['0x10', 16_000],
  ['0.01', 10],
  ['0.003', 3],
  ['0.0001', 1],
  ['0.0011', 2],
  ['1e-400', 1],
  ['-1e-400', 0],
  ['-0.0001', 0],
  // A little less than 1 ms.
  ['-0.001', 0],
  ['9223372036854775', 9_223_372_036_854_775_000],
])('%s seconds are %d ms', (text, milliseconds) => {
  expect(parsed(text)).toBe(milliseconds)
})

// To the letter as redis-server 7.0 on x86-64, where what doesn't fit 64 bits becomes negative.
test.each(['-1', '-0.003', 'inf', '-inf', '1e400', '9223372036854776'])('%s is negative', (text) => {
  expect(String(parsed(text))).toContain('ERR timeout is negative')
})

test.each(['', ' 1', '1 ', 'x', 'nan'])('"%s" is no time', (text) => {
  expect(String(parsed(text))).toContain('ERR timeout is not a float or out of range')
})
