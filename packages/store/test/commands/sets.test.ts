import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CommandArguments } from '../../src/commands/command-arguments.ts'
import { ValueReply } from '../../src/commands/value-reply.ts'
import type { CommandParts } from './command-sequences.ts'
import { describeFamily, elementsOf } from './family-differential.ts'
import { SET_KEYS, setSequences } from './set-sequences.ts'
import { StandaloneContext } from './standalone-context.ts'

/** Order is the server's own, and so is what is picked at random. */
function comparable(parts: CommandParts, reply: string): string {
  const name = parts[0]!.toLowerCase()
  if (!reply.startsWith('*'))
    return name === 'srandmember' && reply.startsWith('$') ? (reply.startsWith('$-') ? 'nil' : 'some member') : reply
  const elements = elementsOf(reply)
  if (name === 'sscan') return elements[0]! + elementsOf(elements[1]!).sort().join('')
  if (/^(smembers|sunion|sinter|sdiff|spop)$/.test(name)) return elements.sort().join('')
  if (name !== 'srandmember') return reply
  // All members there are, or so many of them.
  return Number(parts[2]) >= 100000 ? elements.sort().join('') : `${elements.length} elements`
}

describeFamily({
  name: 'sets',
  sequences: setSequences(60, false),
  inspection: SET_KEYS.flatMap((key) => [
    ['type', key],
    ['scard', key],
    ['smembers', key],
    ['object', 'encoding', key],
    ['pexpiretime', key],
  ]),
  comparable,
})

test('pops of members chosen at random make an equal key space elsewhere', () => {
  const property = fc.property(setSequences(60, true), (sequence) => {
    const master = new StandaloneContext(1_800_000_000_000)
    const slave = new StandaloneContext(1_900_000_000_000, true)
    const reply = new ValueReply()
    for (const parts of sequence) {
      const size = sizeOf(master, parts[1]!)
      master.execute(CommandArguments.of(...parts.map((part) => Buffer.from(part, 'latin1'))), reply)
      const popped = reply.take()
      if (parts[0] === 'spop' && size >= 0 && !(popped instanceof Error)) {
        const count = Math.min(size, Number(parts[2] ?? 1))
        const members = popped === null ? [] : popped instanceof Set ? [...popped] : [popped]
        expect(new Set(members.map(String)).size).toBe(count)
        expect(sizeOf(master, parts[1]!)).toBe(size - count)
      }
      for (const effect of master.effects.splice(0)) {
        slave.execute(effect, reply)
        expect(reply.take()).not.toBeInstanceOf(Error)
      }
      expect(slave.records()).toEqual(master.records())
    }
  })
  fc.assert(property, { numRuns: 40 })
})

function sizeOf(context: StandaloneContext, key: string): number {
  const size = context.call('scard', key)
  return typeof size === 'number' ? size : -1
}

test('SSCAN gives every member that stays, however the set changes in between', () => {
  const context = new StandaloneContext(1_800_000_000_000)
  const staying = Array.from({ length: 3000 }, (_, i) => `stays-${i}`)
  context.call('sadd', 'key', ...staying)
  const found = new Set<string>()
  let cursor = '0'
  let round = 0
  do {
    const [next, members] = context.call('sscan', 'key', cursor, 'count', '50') as [Buffer, Buffer[]]
    for (const member of members) found.add(String(member))
    cursor = String(next)
    const coming = Array.from({ length: 200 }, (_, i) => `comes-${round}-${i}`)
    context.call('sadd', 'key', ...coming)
    if (round++ % 2 === 0) context.call('srem', 'key', ...coming)
  } while (cursor !== '0')
  expect(staying.filter((member) => !found.has(member))).toEqual([])
})

test('picks members of a set about evenly', () => {
  for (const members of [10, 1000]) {
    const context = new StandaloneContext(1_800_000_000_000)
    context.call('sadd', 'key', ...Array.from({ length: members }, (_, i) => `m${i}`))
    const found = context.call('srandmember', 'key', -200 * members) as Buffer[]
    const counts = new Map<string, number>()
    for (const member of found) counts.set(String(member), (counts.get(String(member)) ?? 0) + 1)
    expect(counts.size).toBe(members)
    expect(Math.max(...counts.values())).toBeLessThan(600)
  }
})
