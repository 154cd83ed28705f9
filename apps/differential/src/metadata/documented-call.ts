import type { Reply } from '../comparing/reply.ts'
import type { Random } from '../generating/random.ts'

/** An argument as COMMAND DOCS describes it. */
interface DocumentedArgument {
  readonly type: string
  readonly token: string | null
  readonly flags: readonly string[]
  readonly members: readonly DocumentedArgument[]
}

const VALUES = ['a', 'b', 'key', '0', '1', '2', '3', '-1', '10', 'store', 'get']

/**
 * A call of a command as its documentation allows it, or nearly: numbers of keys are any, and now and then the call
 * ends too early or goes on too long.
 * @param docs what COMMAND DOCS says of the command, in RESP3
 */
export function documentedCall(random: Random, name: string, docs: Reply): string[] {
  const described = fieldOf(docs, 'arguments')
  const words = [...name.split('|'), ...itemsOf(described).flatMap((each) => wordsOf(random, argumentOf(each)))]
  if (random.oneIn(8)) return words.slice(0, 1 + random.below(words.length))
  return random.oneIn(8) ? [...words, random.pick(VALUES)] : words
}

/** The value of a field of a map; null where it has none. */
export function fieldOf(map: Reply, name: string): Reply | null {
  const items = itemsOf(map)
  const at = items.findIndex((item, i) => i % 2 === 0 && textOf(item) === name)
  return at < 0 ? null : items[at + 1]!
}

function itemsOf(reply: Reply | null): readonly Reply[] {
  return reply !== null && 'items' in reply ? reply.items : []
}

function textOf(reply: Reply | null): string | null {
  return reply === null || 'items' in reply ? null : reply.text
}

function argumentOf(map: Reply): DocumentedArgument {
  return {
    type: textOf(fieldOf(map, 'type')) ?? '',
    token: textOf(fieldOf(map, 'token')),
    flags: itemsOf(fieldOf(map, 'flags')).map((flag) => textOf(flag) ?? ''),
    members: itemsOf(fieldOf(map, 'arguments')).map(argumentOf),
  }
}

function wordsOf(random: Random, argument: DocumentedArgument): string[] {
  const { token, flags } = argument
  if (flags.includes('optional') && random.oneIn(2)) return []
  const count = flags.includes('multiple') ? random.between(1, 3) : 1
  const repeated = Array.from({ length: count }, () => valueWords(random, argument))
  if (token === null) return repeated.flat()
  return flags.includes('multiple_token') ? repeated.flatMap((words) => [token, ...words]) : [token, ...repeated.flat()]
}

function valueWords(random: Random, { type, members }: DocumentedArgument): string[] {
  if (type === 'pure-token') return []
  if (type === 'oneof') return wordsOf(random, random.pick(members))
  return type === 'block' ? members.flatMap((each) => wordsOf(random, each)) : [random.pick(VALUES)]
}
