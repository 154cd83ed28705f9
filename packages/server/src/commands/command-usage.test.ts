import { expect, test } from 'vitest'
import { usageText } from './command-usage.ts'

test.each([
  ['', ''],
  [
    'key value [condition: NX | XX]@2.6.12 [EX seconds:integer@2.6.12 | KEEPTTL]',
    'key value [NX | XX] [EX seconds | KEEPTTL]',
  ],
  ['key <where: LEFT | RIGHT> count:integer', 'key <LEFT | RIGHT> count'],
  ['key... timeout:double', 'key... timeout'],
  ['[channel...] <pattern>...', '[channel...] pattern...'],
  ['<key value>... [a b]... [X | Y]...', '<key value>... [a b]... [X | Y]...'],
  ['[LIMIT offset:integer count:integer] [GET pattern#1]...', '[LIMIT offset count] [GET pattern]...'],
  ['[WEIGHTS weight:integer...] <GET pattern>...', '[WEIGHTS weight...] <GET pattern>...'],
  ['[AGGREGATE <aggregate: SUM | MIN>] [ID <id: client-id:integer...>]', '[AGGREGATE <SUM | MIN>] [ID client-id...]'],
  ['<args: <host-port: host port:integer> | <no-one: NO ONE>>', '<host port | NO ONE>'],
])('%s', (syntax, usage) => expect(usageText(syntax)).toBe(usage))
