import { Workplace } from '@repl/harness'
import { expect, it } from 'vitest'
import { families } from '../src/families/families.ts'
import { SequenceMaker } from '../src/generating/sequence.ts'
import { askItems } from '../src/running/ask.ts'
import { redisAbsence, startRedis } from '../src/running/peers.ts'
import { commandsOf } from '../src/running/play.ts'

/** What redis-server calls its categories of commands on data. */
const CATEGORIES = ['string', 'bitmap', 'list', 'set', 'sortedset', 'hash', 'keyspace', 'transaction', 'connection']
/** Not sent, and why. */
const LEFT_OUT: readonly (readonly [names: RegExp, reason: string])[] = [
  [/^geo/, 'geographic indexes are another issue'],
  [/^(client|command|config)$/, 'subcommands differ too much to be taken as one: see the table of connections'],
  [/^(asking|readonly|readwrite|restore-asking|migrate)$/, 'of clusters'],
  [/^quit$/, 'it ends the sequence'],
  [/^(p|s)?(un)?subscribe$/, 'replies come at any time; tested with the server'],
]
const ENOUGH_SEQUENCES = 60

const absence = redisAbsence()

it.skipIf(absence !== null)(
  `the generator knows every command that redis-server has for these types (${absence ?? 'compared'})`,
  async ({ signal }) => {
    await using workplace = await Workplace.open('repl-coverage-')
    const { port } = await startRedis(workplace, 'redis', signal)
    const all = new Set<string>()
    for (const category of CATEGORIES) for (const name of await askItems(port, 'acl', 'cat', category)) all.add(name)
    const maker = new SequenceMaker(1, families, 300)
    const sent = new Set<string>()
    for (let n = 0; n < ENOUGH_SEQUENCES; n++) {
      for (const [name] of commandsOf(maker.sequence(n).steps)) sent.add(name!.toLowerCase())
    }
    const missing = [...all]
      .map((name) => name.split('|')[0]!)
      .filter((name) => !sent.has(name) && !LEFT_OUT.some(([names]) => names.test(name)))
    expect([...new Set(missing)]).toEqual([])
  },
)
