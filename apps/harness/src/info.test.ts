import { expect, test } from 'vitest'
import { numberIn, parseInfo } from './info.ts'

const info = parseInfo('# Replication\r\nrole:master\r\nmaster_repl_offset:1234\r\nslave0:ip=::1,port=1\r\nempty:\r\n')

test('parseInfo reads fields, values may hold colons', () => {
  expect([...info]).toEqual([
    ['role', 'master'],
    ['master_repl_offset', '1234'],
    ['slave0', 'ip=::1,port=1'],
    ['empty', ''],
  ])
})

test('numberIn refuses what is no number', () => {
  expect(numberIn(info, 'master_repl_offset')).toBe(1234)
  expect(() => numberIn(info, 'role')).toThrow("'master' in role")
  expect(() => numberIn(info, 'absent')).toThrow('no field absent')
  expect(() => numberIn(info, 'empty')).toThrow(RangeError)
})
