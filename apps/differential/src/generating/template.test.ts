import { expect, test } from 'vitest'
import { Random } from './random.ts'
import { compileTemplate } from './template.ts'

const vocabulary = { key: () => 'k', pair: () => ['f', 'v'] }

function made(template: string): Set<string> {
  const make = compileTemplate(template, vocabulary)
  const random = new Random(1)
  return new Set(Array.from({ length: 200 }, () => make(random).join(' ')))
}

test.each([
  ['hset <key> <pair>', ['hset k f v']],
  ['hset <key> <pair>+3', ['hset k f v', 'hset k f v f v', 'hset k f v f v f v']],
  ['set <key>*2', ['set', 'set k', 'set k k']],
  ['set <key> nx|xx|', ['set k', 'set k nx', 'set k xx']],
  ['get <key>|other', ['get k', 'get other']],
])('%s', (template, all) => {
  expect([...made(template)].sort()).toEqual(all)
})

test('refuses a name that the vocabulary lacks', () => {
  expect(() => compileTemplate('get <kye>', vocabulary)).toThrow("'get <kye>': the vocabulary has no 'kye'")
})
