import type { CommandParts } from './command-sequences.ts'
import { describeFamily, elementsOf } from './family-differential.ts'
import { SORT_KEYS, sortSequences } from './sort-sequences.ts'

/** A set that is not sorted comes in the server's own order, and LIMIT takes any of it. */
function comparable(parts: CommandParts, reply: string): string {
  const name = parts[0]!.toLowerCase()
  if (name === 'smembers') return elementsOf(reply).sort().join('')
  const isUnsortedSet = name.startsWith('sort') && parts[1]!.endsWith('s') && parts.includes('nosort')
  return isUnsortedSet && reply.startsWith('*') ? `${elementsOf(reply).length} elements` : reply
}

describeFamily({
  name: 'SORT',
  sequences: sortSequences(40),
  inspection: SORT_KEYS.flatMap((key) => [
    ['type', key],
    ['lrange', key, '0', '-1'],
    ['smembers', key],
  ]),
  comparable,
})
