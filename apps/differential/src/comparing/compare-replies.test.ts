import { describe, expect, test } from 'vitest'
import { findDifference } from './compare-replies.ts'

const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`
const array = (...items: string[]) => `*${items.length}\r\n${items.join('')}`

describe('findDifference', () => {
  test.each([
    ['the order of a set', ['smembers', 's'], array(':1\r\n', ':2\r\n'), array(':2\r\n', ':1\r\n')],
    [
      'the order of fields',
      ['hgetall', 'h'],
      array('+a\r\n', '+1\r\n', '+b\r\n', '+2\r\n'),
      array('+b\r\n', '+2\r\n', '+a\r\n', '+1\r\n'),
    ],
    ['a clock', ['pttl', 'k'], ':1000000\r\n', ':999990\r\n'],
    ['chance', ['randomkey'], bulk('a'), bulk('b')],
    ['cursors', ['scan', '0'], array(bulk('7'), array(bulk('a'))), array(bulk('3'), array(bulk('b')))],
  ])('lets pass %s', (_, words, ours, theirs) => {
    expect(findDifference([words], [ours], [theirs])).toBeNull()
    // In a transaction too.
    const commands = [['multi'], words, ['exec']]
    const around = (reply: string) => ['+OK\r\n', '+QUEUED\r\n', array(reply)]
    expect(findDifference(commands, around(ours), around(theirs))).toBeNull()
  })

  test.each([
    ['another element', ['smembers', 's'], array(':1\r\n', ':2\r\n'), array(':1\r\n', ':3\r\n')],
    [
      'another value of a field',
      ['hgetall', 'h'],
      array('+a\r\n', '+1\r\n', '+b\r\n', '+2\r\n'),
      array('+a\r\n', '+2\r\n', '+b\r\n', '+1\r\n'),
    ],
    ['the order of a list', ['lrange', 'l', '0', '-1'], array(':1\r\n', ':2\r\n'), array(':2\r\n', ':1\r\n')],
    ['a time long before another', ['ttl', 'k'], ':1000\r\n', ':900\r\n'],
    ['a time that was given absolutely', ['pexpiretime', 'k'], ':40000000000001\r\n', ':40000000000002\r\n'],
    ['an expiry that is missing', ['ttl', 'k'], ':-1\r\n', ':1000\r\n'],
    ['none of all keys', ['scan', '0', 'count', '1000'], array(bulk('0'), array()), array(bulk('0'), array(bulk('b')))],
    ['an error', ['get', 'k'], '-ERR a\r\n', '-ERR b\r\n'],
    ['a connection that ended', ['get', 'k'], '(connection closed)', '$-1\r\n'],
  ])('finds %s', (_, words, ours, theirs) => {
    expect(findDifference([['ping'], words], ['+PONG\r\n', ours], ['+PONG\r\n', theirs])).toEqual({
      index: 1,
      words,
      ours,
      theirs,
    })
  })

  test('tells which command of a transaction it was', () => {
    const commands = [['multi'], ['get', 'a'], ['multi'], ['get', 'b'], ['exec']]
    const replies = (last: string) => [
      '+OK\r\n',
      '+QUEUED\r\n',
      '-ERR MULTI calls can not be nested\r\n',
      '+QUEUED\r\n',
      array(':1\r\n', last),
    ]
    const found = findDifference(commands, replies(':2\r\n'), replies(':3\r\n'))
    expect(found).toEqual({ index: 4, words: ['get', 'b'], ours: ':2\r\n', theirs: ':3\r\n' })
  })
})
