import type { CommandParts } from './command-sequences.ts'
import { describeFamily, elementsOf, sortedPairs } from './family-differential.ts'
import { HASH_KEYS, hashSequences } from './hash-sequences.ts'

/** Order is the server's own, and so is what is picked at random. */
function comparable(parts: CommandParts, reply: string): string {
  const name = parts[0]!.toLowerCase()
  if (!reply.startsWith('*'))
    return name === 'hrandfield' && reply.startsWith('$') ? (reply.slice(0, 2) === '$-' ? 'nil' : 'some field') : reply
  const elements = elementsOf(reply)
  if (name === 'hgetall') return sortedPairs(elements)
  if (name === 'hkeys' || name === 'hvals') return elements.sort().join('')
  if (name === 'hscan') return elements[0]! + sortedPairs(elementsOf(elements[1]!))
  if (name !== 'hrandfield') return reply
  // All fields there are, or so many of them.
  const isAll = Number(parts[2]) >= 100000
  if (!isAll) return `${elements.length} elements`
  return parts.length > 3 ? sortedPairs(elements) : elements.sort().join('')
}

describeFamily({
  name: 'hashes',
  sequences: hashSequences(60),
  inspection: HASH_KEYS.flatMap((key) => [
    ['type', key],
    ['hlen', key],
    ['hgetall', key],
    ['pexpiretime', key],
  ]),
  comparable,
})
