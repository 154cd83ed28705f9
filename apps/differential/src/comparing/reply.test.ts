import { describe, expect, test } from 'vitest'
import { formatReply, parseReply, replyEnd } from './reply.ts'

const replies = [
  '+OK\r\n',
  '-ERR no\r\n',
  ':-12\r\n',
  '$-1\r\n',
  '*-1\r\n',
  '_\r\n',
  ',1.5\r\n',
  '#t\r\n',
  '(123456789012345678901234567890\r\n',
  '$0\r\n\r\n',
  '$4\r\na\r\n\xff\r\n',
  '=7\r\ntxt:abc\r\n',
  '*0\r\n',
  '*3\r\n:1\r\n*1\r\n$1\r\nx\r\n_\r\n',
  '~2\r\n+a\r\n+b\r\n',
  '%2\r\n+a\r\n:1\r\n+b\r\n*2\r\n:2\r\n:3\r\n',
  '>2\r\n+message\r\n$1\r\nx\r\n',
]

describe.each(replies)('%j', (text) => {
  test('ends where it ends, however much of it and behind it there is', () => {
    expect(replyEnd(`+before\r\n${text}:1\r\n`, 9)).toBe(9 + text.length)
    for (let length = 0; length < text.length; length++) expect(replyEnd(text.slice(0, length), 0)).toBe(-1)
  })

  test('is read and written', () => {
    expect(formatReply(parseReply(text))).toBe(text)
  })
})
