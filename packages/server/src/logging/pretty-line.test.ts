import { expect, test } from 'vitest'
import { prettyLine } from './pretty-line.ts'

test('shows the time, the level, the message and the fields on one line', () => {
  const entry = {
    level: 40,
    time: '2026-11-22T15:39:02.349Z',
    port: 6379,
    slave: '127.0.0.1:1',
    reason: 'two words',
    err: { message: 'it "broke"', stack: 'at …\nat …' },
    msg: 'something',
  }
  expect(prettyLine(JSON.stringify(entry))).toBe(
    '15:39:02.349 warn  something port=6379 slave=127.0.0.1:1 reason="two words" err="it \\"broke\\""\n',
  )
})
