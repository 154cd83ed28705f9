import type { CommandParts } from './command-sequences.ts'
import { DATABASE_KEYS, databaseSequences, USED_DATABASES } from './database-sequences.ts'
import { describeFamily, elementsOf, sortedPairs } from './family-differential.ts'

/** Order is the server's own. */
function comparable(parts: CommandParts, reply: string): string {
  const name = parts[0]!.toLowerCase()
  if (name === 'hgetall') return sortedPairs(elementsOf(reply))
  return name === 'keys' || name === 'smembers' ? elementsOf(reply).sort().join('') : reply
}

describeFamily({
  name: 'databases',
  sequences: databaseSequences(80),
  preparation: [['select', '0']],
  inspection: USED_DATABASES.flatMap((database) => [
    ['select', database],
    ['dbsize'],
    ...DATABASE_KEYS.flatMap((key) => [
      ['get', key],
      ['smembers', key],
      ['hgetall', key],
      ['pexpiretime', key],
    ]),
  ]),
  comparable,
})
