import { firstEntry, isListpackEnd, ListpackCursor, nextEntry } from '../collections/listpack.ts'
import type { SortedSetView } from '../collections/sorted-set-view.ts'
import type { Address, KeySpace } from '../keyspace/key-space.ts'
import { ENCODING_LARGE } from '../keyspace/value-type.ts'
import type { Command } from './command.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { doubleText } from './double-text.ts'
import { SYNTAX_ERROR } from './error-texts.ts'
import { isKeyword } from './keywords.ts'
import { distinctIndexes, parseRandomCount } from './random-elements.ts'
import type { Reply } from './reply.ts'
import { type ElementScanOptions, INVALID_CURSOR, parseCursor, parseElementScanOptions } from './scan-options.ts'
import { largeSortedSetAt, lookupSortedSet, viewSortedSet } from './sorted-set-record.ts'
import { WRONGLY_TYPED } from './typed-record.ts'

const FIRST_KEY = { first: 1, last: 1, step: 1 }
/** From a larger share of the elements on it is cheaper to go through all than to draw until enough are different. */
const WALK_SHARE = 1 / 3

function scan(context: CommandContext, args: CommandArguments, reply: Reply) {
  const { keySpace } = context
  const from = parseCursor(args, 2)
  if (from === null) return reply.error(INVALID_CURSOR)
  const address = lookupSortedSet(context, args, 1, reply)
  if (address === WRONGLY_TYPED) return
  if (address === 0) {
    // Redis doesn't look at the options then.
    reply.array(2)
    reply.text('0')
    return reply.array(0)
  }
  const options = parseElementScanOptions(args, reply)
  if (options === null) return
  if (keySpace.encodingOf(address) === ENCODING_LARGE) scanLarge(keySpace, address, from, options, reply)
  else scanCompact(keySpace, address, options, reply)
}

function scanLarge(
  keySpace: KeySpace,
  address: Address,
  from: number,
  { count, pattern }: ElementScanOptions,
  reply: Reply,
): void {
  const set = largeSortedSetAt(keySpace, address)
  const found: Address[] = []
  const next = set.members.scan(from, Math.min(count, set.size + 1), (element) => {
    const start = keySpace.keyStart(element)
    const end = start + keySpace.keyLength(element)
    if (pattern === null || pattern.matches(keySpace.bytesAt(element), start, end)) found.push(element)
  })
  reply.array(2)
  reply.text(String(next))
  reply.array(2 * found.length)
  for (const element of found) {
    const start = keySpace.keyStart(element)
    reply.bulk(keySpace.bytesAt(element), start, start + keySpace.keyLength(element))
    reply.text(doubleText(set.scoreAt(element)))
  }
}

/** All at once, whatever the count and the cursor are. */
function scanCompact(keySpace: KeySpace, address: Address, { pattern }: ElementScanOptions, reply: Reply): void {
  const block = keySpace.bytesAt(address)
  const entry = new ListpackCursor()
  const found: number[] = []
  for (let at = firstEntry(keySpace.valueStart(address)); !isListpackEnd(block, at); ) {
    const score = nextEntry(block, at)
    entry.show(block, at)
    if (pattern === null || pattern.matches(entry.bytes, entry.start, entry.end)) found.push(at, score)
    at = nextEntry(block, score)
  }
  reply.array(2)
  reply.text('0')
  reply.array(found.length)
  for (const at of found) {
    // A score as the listpack has it.
    entry.show(block, at)
    reply.bulk(entry.bytes, entry.start, entry.end)
  }
}

function randomMember(context: CommandContext, args: CommandArguments, reply: Reply) {
  if (args.count > 2) return randomMembers(context, args, reply)
  const address = lookupSortedSet(context, args, 1, reply)
  if (address === WRONGLY_TYPED) return
  if (address === 0) return reply.nil()
  const view = viewSortedSet(context.keySpace, address)
  replyMember(view, Math.floor(Math.random() * view.size), false, reply)
}

function randomMembers(context: CommandContext, args: CommandArguments, reply: Reply) {
  const wanted = parseRandomCount(args, 2, reply)
  if (wanted === null) return
  const withScores = args.count > 3
  if (args.count > 4 || (withScores && !isKeyword(args, 3, 'withscores'))) return reply.error(SYNTAX_ERROR)
  // Redis counts members and scores together then, in 64 bits.
  if (withScores && wanted.count > 2 ** 62) return reply.error('ERR value is out of range')
  const address = lookupSortedSet(context, args, 1, reply)
  if (address === WRONGLY_TYPED) return
  if (address === 0 || wanted.count === 0) return reply.array(0)
  const view = viewSortedSet(context.keySpace, address)
  const { size } = view
  if (wanted.mayRepeat) {
    beginMembers(wanted.count, withScores, reply)
    for (let i = 0; i < wanted.count; i++) replyMember(view, Math.floor(Math.random() * size), withScores, reply)
    return
  }
  const ranks = distinctRanks(size, wanted.count)
  beginMembers(ranks.length, withScores, reply)
  for (const rank of ranks) replyMember(view, rank, withScores, reply)
}

function distinctRanks(size: number, count: number): readonly number[] {
  if (count >= size * WALK_SHARE) return distinctIndexes(size, count, Math.random)
  const ranks = new Set<number>()
  while (ranks.size < count) ranks.add(Math.floor(Math.random() * size))
  return [...ranks]
}

function beginMembers(count: number, withScores: boolean, reply: Reply): void {
  if (withScores) reply.pairs(count)
  else reply.array(count)
}

function replyMember(view: SortedSetView, rank: number, withScore: boolean, reply: Reply): void {
  view.moveTo(rank)
  const { bytes, start, end } = view.member
  if (withScore) reply.pair()
  reply.bulk(bytes, start, end)
  if (withScore) reply.double(view.score)
}

/** The commands that go through the members of sorted sets, or pick some. */
export const sortedSetIterationCommands: readonly Command<CommandContext>[] = [
  {
    name: 'zrandmember',
    arity: -2,
    flags: ['readonly'],
    tips: ['nondeterministic_output'],
    keys: FIRST_KEY,
    group: 'sorted-set',
    since: '6.2.0',
    summary: 'Get one or multiple random elements from a sorted set',
    syntax: 'key [options: count:integer [WITHSCORES]]',
    complexity: 'O(N) where N is the number of elements returned',
    propagation: 'none',
    execute: randomMember,
  },
  {
    name: 'zscan',
    arity: -3,
    flags: ['readonly'],
    tips: ['nondeterministic_output'],
    keys: FIRST_KEY,
    group: 'sorted-set',
    since: '2.8.0',
    summary: 'Incrementally iterate sorted sets elements and associated scores',
    syntax: 'key cursor:integer [MATCH pattern] [COUNT count:integer]',
    complexity:
      'O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection..',
    propagation: 'none',
    execute: scan,
  },
]
