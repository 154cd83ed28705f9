import type { CommandParts } from './command-sequences.ts'
import { describeFamily, elementsOf, sortedPairs } from './family-differential.ts'
import { SORTED_SET_KEYS, sortedSetSequences } from './sorted-set-sequences.ts'

/** What is picked at random, and in which order it is scanned, is the server's own. */
function comparable(parts: CommandParts, reply: string): string {
  const name = parts[0]!.toLowerCase()
  if (name === 'zrandmember' && reply.startsWith('$')) return reply.startsWith('$-') ? 'nil' : 'some member'
  if (!reply.startsWith('*')) return reply
  const elements = elementsOf(reply)
  if (name === 'zscan') return elements[0]! + sortedPairs(elementsOf(elements[1]!))
  if (name !== 'zrandmember') return reply
  // All members there are, or so many of them.
  if (Number(parts[2]) < 500) return `${elements.length} elements`
  return parts.length > 3 ? sortedPairs(elements) : elements.sort().join('')
}

describeFamily({
  name: 'sorted sets',
  sequences: sortedSetSequences(60),
  inspection: SORTED_SET_KEYS.flatMap((key) => [
    ['type', key],
    ['zcard', key],
    ['zrange', key, '0', '-1', 'withscores'],
    ['zscan', key, '0', 'count', '10000'],
    ['pexpiretime', key],
  ]),
  comparable,
})
