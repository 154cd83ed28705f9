import type { CommandWords } from '../generating/step.ts'
import { formatReply, type Reply } from './reply.ts'

// Never generated, because Redis itself gives no answer that could be compared:
// - ranges of members (BYLEX) of sorted sets whose scores differ: it depends on the encoding what comes out;
// - SORT of a sorted set that is compact and used again: it becomes large by being sorted;
// - SORT after a number that C's strtod calls out of range (1e400, 5e-324): Redis looks at a stale errno;
// - times of expiry beyond 2^53 - 1 ms, which this server doesn't keep exactly;
// - BITFIELD with OVERFLOW FAIL on a watched key: Redis makes the string longer even where every write fails, and tells
//   neither watchers nor replicas; here that is a change like any other;
// - random pops whose outcome goes on to be used (the same number is popped, then the key is deleted).

/**
 * Where the two servers' replies may differ, and how far. This file is the whole list: what isn't here is compared
 * byte for byte.
 */
export interface MeantDifference {
  /** The commands: the name, or the name and the first argument, in small letters. */
  readonly commands: readonly string[]
  readonly reason: string
  /** Whether two replies that are not the same bytes are equal all the same. */
  areEqual(ours: Reply, theirs: Reply, words: CommandWords): boolean
}

/** How far two servers' clocks may be apart when each reads its own for the same command, in ms. */
const CLOCK_TOLERANCE = 30_000
/** Unix times from here on were given absolutely, so they are the same to the millisecond; in ms. */
const FAR_AHEAD = 30_000_000_000_000
/** A count that takes every element there is. */
const ALL = 100_000

/** Normalisations: what is unordered, random, or a clock's. */
const normalisations: readonly MeantDifference[] = [
  {
    commands: [
      'keys',
      'hkeys',
      'hvals',
      'smembers',
      'sunion',
      'sinter',
      'sdiff',
      'spop',
      'config get',
      'pubsub channels',
    ],
    reason: 'The order of these elements is the order of a hash table.',
    areEqual: haveSameItems,
  },
  {
    commands: ['hgetall'],
    reason: 'The order of fields is the order of a hash table.',
    areEqual: haveSamePairs,
  },
  {
    commands: ['scan', 'sscan', 'hscan', 'zscan'],
    reason:
      'The order of elements is the order of a hash table, and cursors tell places in it: where not all elements are asked for at once, each server gives another part.',
    areEqual(ours, theirs, [name, ...words]) {
      if (!isPage(ours) || !isPage(theirs)) return false
      const cursor0 = words[/^scan$/i.test(name!) ? 0 : 1]
      const isWhole =
        cursor0 === '0' && words.slice(1).some((word, i, rest) => /^count$/i.test(word) && Number(rest[i + 1]) >= 1000)
      if (!isWhole) return true
      const [[cursor, elements], [otherCursor, others]] = [ours.items, theirs.items]
      if (!areSame(cursor, otherCursor)) return false
      return /^[hz]/i.test(name!) ? haveSamePairs(elements, others) : haveSameItems(elements, others)
    },
  },
  {
    commands: ['sort', 'sort_ro'],
    reason: 'Elements with equal weights, or of a set that is not sorted, are in no order of their own.',
    areEqual(ours, theirs, words) {
      const options = new Set(words.slice(2).map((word) => word.toLowerCase()))
      if (!options.has('by')) return false
      if (!options.has('limit')) return haveSameItems(ours, theirs)
      return 'items' in ours && 'items' in theirs && ours.items.length === theirs.items.length
    },
  },
  {
    commands: ['randomkey', 'hrandfield', 'srandmember', 'zrandmember', 'spop'],
    reason: 'The choice is random; that there is one, and of how many, is not. All elements at once come in any order.',
    areEqual(ours, theirs, words) {
      if (!('items' in ours) || !('items' in theirs)) return isText(ours) && isText(theirs) && ours.mark === theirs.mark
      if (ours.items.length !== theirs.items.length || ours.mark !== theirs.mark) return false
      if (Number(words[2]) < ALL || words[0]!.toLowerCase() === 'spop') return true
      const isOfPairs = words.length > 3 && !('items' in (ours.items[0] ?? ours))
      return isOfPairs ? haveSamePairs(ours, theirs) : haveSameItems(ours, theirs)
    },
  },
  {
    commands: ['ttl', 'pttl', 'expiretime', 'pexpiretime'],
    reason: 'Each server reads its own clock. A time that was given absolutely is compared to the millisecond.',
    areEqual(ours, theirs, [name]) {
      const unit = /^p/i.test(name!) ? 1 : 1000
      const [time, other] = [numberIn(ours) * unit, numberIn(theirs) * unit]
      if (!(time >= 0 && other >= 0)) return false
      if (/expiretime/i.test(name!) && (time > FAR_AHEAD || other > FAR_AHEAD)) return false
      return Math.abs(time - other) <= CLOCK_TOLERANCE
    },
  },
  {
    commands: ['slowlog len'],
    reason: 'How many commands were slow is about time.',
    areEqual: (ours, theirs) => ours.mark === ':' && theirs.mark === ':',
  },
  {
    commands: ['object idletime'],
    reason:
      'Each server reads its own clock; of a small integer, which it shares, Redis tells the time since its start.',
    areEqual: (ours, theirs) => ours.mark === ':' && theirs.mark === ':',
  },
  {
    commands: ['hello'],
    reason: "The number of the connection is the server's own.",
    areEqual(ours, theirs) {
      if (!('items' in ours) || !('items' in theirs) || ours.mark !== theirs.mark) return false
      const isValueOf = (name: string) => (_: Reply, i: number) => i > 0 && textOf(ours.items[i - 1]!) === name
      const withoutId = (reply: { items: readonly Reply[] }) =>
        reply.items.filter((item, i) => !isValueOf('id')(item, i)).map(formatReply)
      return withoutId(ours).join('') === withoutId(theirs).join('')
    },
  },
]

/** Where this server is meant to differ from Redis. */
const differences: readonly MeantDifference[] = [
  {
    commands: ['memory usage'],
    reason: 'Memory is laid out in another way; only whether there is a number can be the same.',
    areEqual: (ours, theirs) => ours.mark === ':' && theirs.mark === ':',
  },
  {
    commands: ['dump'],
    reason:
      "Redis compresses long strings, writes large values in the order of its tables, and lists by their nodes. That either loads the other's is tested by itself.",
    areEqual: (ours, theirs) => isText(ours) && isText(theirs),
  },
  {
    commands: ['object encoding'],
    reason:
      "Of a string, Redis tells how it came about (APPEND and SETBIT leave 'raw', INCRBYFLOAT 'embstr'); here it follows from the value, as after a restart of Redis.",
    areEqual: (ours, theirs) => [ours, theirs].every((reply) => /^(int|embstr|raw)$/.test(textOf(reply) ?? '')),
  },
  {
    commands: ['object refcount'],
    reason: 'Redis shares small integers and queued arguments; here it follows from the value.',
    areEqual: (ours, theirs) => [ours, theirs].every((reply) => numberIn(reply) >= 1),
  },
]

/** All of them, by command. */
const byCommand = new Map<string, MeantDifference[]>()
for (const difference of [...normalisations, ...differences]) {
  for (const command of difference.commands) byCommand.set(command, [...(byCommand.get(command) ?? []), difference])
}

/** Whether a difference between replies to this command is meant. */
export function isMeant(ours: Reply, theirs: Reply, words: CommandWords): boolean {
  const name = words[0]!.toLowerCase()
  const found = [...(byCommand.get(name) ?? []), ...(byCommand.get(`${name} ${words[1]?.toLowerCase()}`) ?? [])]
  return found.some((difference) => difference.areEqual(ours, theirs, words))
}

function areSame(a: Reply, b: Reply): boolean {
  return formatReply(a) === formatReply(b)
}

function haveSameItems(a: Reply, b: Reply): boolean {
  return (
    'items' in a &&
    'items' in b &&
    a.mark === b.mark &&
    sorted(a.items.map(formatReply)) === sorted(b.items.map(formatReply))
  )
}

/** Of a map, or of a flat list of keys and values. */
function haveSamePairs(a: Reply, b: Reply): boolean {
  return 'items' in a && 'items' in b && a.mark === b.mark && sorted(pairsOf(a.items)) === sorted(pairsOf(b.items))
}

function pairsOf(items: readonly Reply[]): string[] {
  const pairs: string[] = []
  for (let i = 0; i < items.length; i += 2)
    pairs.push(
      items
        .slice(i, i + 2)
        .map(formatReply)
        .join(''),
    )
  return pairs
}

function sorted(texts: readonly string[]): string {
  return texts.toSorted().join('')
}

function isPage(reply: Reply): reply is { mark: string; items: readonly [Reply, Reply] } {
  return 'items' in reply && reply.items.length === 2
}

function textOf(reply: Reply): string | null {
  return 'items' in reply ? null : reply.text
}

function isText(reply: Reply): boolean {
  return reply.mark === '$' && textOf(reply) !== null
}

function numberIn(reply: Reply): number {
  return reply.mark === ':' ? Number(textOf(reply)) : Number.NaN
}
