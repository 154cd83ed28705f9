import { expect, test } from 'vitest'
import type { Reply } from '../comparing/reply.ts'
import { Random } from '../generating/random.ts'
import { documentedCall } from './documented-call.ts'

const text = (word: string): Reply => ({ mark: '$', text: word })
const list = (...items: Reply[]): Reply => ({ mark: '*', items })
const map = (fields: Record<string, Reply>): Reply => ({
  mark: '%',
  items: Object.entries(fields).flatMap(([name, value]) => [text(name), value]),
})
const flags = (...words: string[]): Reply => ({ mark: '~', items: words.map((word) => ({ mark: '+', text: word })) })

test('calls have what the documentation says, in its order', () => {
  const pattern = map({ name: text('pattern'), type: text('pattern') })
  const token = (word: string): Reply => map({ name: text(word), type: text('pure-token'), token: text(word) })
  const docs = map({
    arguments: list(
      map({ name: text('key'), type: text('key') }),
      map({
        name: text('order'),
        type: text('oneof'),
        token: text('BY'),
        arguments: list(token('ASC'), token('DESC')),
      }),
      map({
        name: text('get'),
        type: text('block'),
        token: text('GET'),
        flags: flags('optional', 'multiple', 'multiple_token'),
        arguments: list(pattern, pattern),
      }),
    ),
  })
  const random = new Random(1)
  const calls = Array.from({ length: 300 }, () => documentedCall(random, 'object|sort', docs).join(' '))
  const complete = /^object sort \S+ BY (?:ASC|DESC)(?: GET \S+ \S+){0,3}$/
  expect(calls.filter((call) => complete.test(call)).length).toBeGreaterThan(200)
  expect(calls).toContainEqual(expect.stringMatching(/BY DESC(?: GET \S+ \S+){3}$/))
  expect(calls).toContainEqual(expect.stringMatching(/^object sort \S+$/))
})
