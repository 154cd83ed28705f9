import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type LogEntry, LogFollower } from './log-follower.ts'

let directory: string
let path: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'repl-log-follower-'))
  path = join(directory, 'server.log')
  writeFileSync(path, '')
})

afterEach(() => rmSync(directory, { recursive: true }))

test('gives each entry once, wherever a write ends, and passes over other lines', () => {
  const entries: LogEntry[] = []
  using follower = new LogFollower(path, (entry) => entries.push(entry))
  const log = Buffer.from('{"n":1}\nWarning: no JSON\n{broken\n{"n":2,"city":"Zürich"}\n')
  for (const byte of log) {
    appendFileSync(path, Buffer.of(byte))
    follower.poll()
  }
  expect(entries).toEqual([{ n: 1 }, { n: 2, city: 'Zürich' }])
})

test('passes over what was there before', () => {
  writeFileSync(path, '{"n":0}\n')
  const entries: LogEntry[] = []
  using follower = new LogFollower(path, (entry) => entries.push(entry))
  appendFileSync(path, '{"n":1}\n')
  follower.poll()
  expect(entries).toEqual([{ n: 1 }])
})

test('reads more than one buffer at a time', () => {
  const count = 5000
  const numbers: unknown[] = []
  using follower = new LogFollower(path, (entry) => numbers.push(entry['n']))
  const lines = Array.from({ length: count }, (_, n) => `${JSON.stringify({ n, pad: 'x'.repeat(50) })}\n`)
  appendFileSync(path, lines.join(''))
  follower.poll()
  expect(numbers).toEqual(Array.from({ length: count }, (_, n) => n))
})
