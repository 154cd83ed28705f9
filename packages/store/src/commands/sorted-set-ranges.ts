import type { SortedSetView } from '../collections/sorted-set-view.ts'
import type { Command } from './command.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import type { Reply } from './reply.ts'
import { parseRangeRequest, type RangeForm, type RankSpan, spanOfRequest } from './sorted-set-range-options.ts'
import { lookupSortedSet, sortedSetEditor, viewSortedSet } from './sorted-set-record.ts'
import { WRONGLY_TYPED } from './typed-record.ts'

const FIRST_KEY = { first: 1, last: 1, step: 1 }

function range(context: CommandContext, args: CommandArguments, reply: Reply, form: RangeForm) {
  const request = parseRangeRequest(args, 1, form, reply)
  if (request === null) return
  const address = lookupSortedSet(context, args, 1, reply)
  if (address === WRONGLY_TYPED) return
  if (address === 0) return reply.array(0)
  const view = viewSortedSet(context.keySpace, address)
  replySpan(view, spanOfRequest(view, request), request.isReverse, request.withScores, reply)
}

/** Answers with the elements whose ranks are in a span. */
function replySpan(
  view: SortedSetView,
  { from, to }: RankSpan,
  isReverse: boolean,
  withScores: boolean,
  reply: Reply,
): void {
  const count = to - from
  if (withScores) reply.pairs(count)
  else reply.array(count)
  if (count === 0) return
  view.moveTo(isReverse ? to - 1 : from)
  for (let i = 1; ; i++) {
    if (withScores) reply.pair()
    const { bytes, start, end } = view.member
    reply.bulk(bytes, start, end)
    if (withScores) reply.double(view.score)
    if (i === count) break
    if (isReverse) view.previous()
    else view.next()
  }
}

function storeRange(context: CommandContext, args: CommandArguments, reply: Reply) {
  const { keySpace } = context
  const request = parseRangeRequest(args, 2, { kind: null, isReverse: null, isStore: true }, reply)
  if (request === null) return
  const source = lookupSortedSet(context, args, 2, reply)
  if (source === WRONGLY_TYPED) return
  const span = { from: 0, to: 0 }
  if (source !== 0) {
    const view = viewSortedSet(keySpace, source)
    Object.assign(span, spanOfRequest(view, request))
    if (span.from < span.to) storeSpan(context, args, view, span, request.isReverse)
  }
  if (span.from === span.to) deleteResult(context, args)
  reply.integer(span.to - span.from)
}

/**
 * Stores elements under the key in argument 1, one by one as ZADD does, in place of what is there. Their order shows in
 * what becomes of a score of -0: it is 0 in a compact set, and stays so when a long member makes it large.
 */
function storeSpan(
  context: CommandContext,
  args: CommandArguments,
  view: SortedSetView,
  { from, to }: RankSpan,
  isReverse: boolean,
): void {
  sortedSetEditor.open(context, args, 1, 0)
  view.moveTo(isReverse ? to - 1 : from)
  for (let rank = from; rank < to; rank++) {
    const { bytes, start, end } = view.member
    sortedSetEditor.insert(bytes, start, end, view.score)
    if (isReverse) view.previous()
    else view.next()
  }
  sortedSetEditor.close()
  context.changed()
  context.notify('z', 'zrangestore', args, 1)
}

/** What a command does that stores its result under the key in argument 1, where the result is empty. */
export function deleteResult(context: CommandContext, args: CommandArguments): void {
  if (context.lookup(args, 1) === 0) return
  context.keySpace.delete(args.bytes, args.starts[1]!, args.ends[1]!)
  context.changed()
  context.notify('g', 'del', args, 1)
}

const byRank = { kind: 'rank', isReverse: false, isStore: false } as const
const byScore = { kind: 'score', isReverse: false, isStore: false } as const
const byLex = { kind: 'lex', isReverse: false, isStore: false } as const

/** The commands that give ranges of sorted sets. */
export const sortedSetRangeCommands: readonly Command<CommandContext>[] = [
  {
    name: 'zrange',
    arity: -4,
    flags: ['readonly'],
    keys: FIRST_KEY,
    group: 'sorted-set',
    since: '1.2.0',
    summary: 'Return a range of members in a sorted set',
    syntax:
      'key start stop [sortby: BYSCORE | BYLEX]@6.2.0 [REV]@6.2.0 [LIMIT offset:integer count:integer]@6.2.0 [WITHSCORES]',
    complexity:
      'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements returned.',
    history: [['6.2.0', 'Added the `REV`, `BYSCORE`, `BYLEX` and `LIMIT` options.']],
    propagation: 'none',
    execute: (context, args, reply) => range(context, args, reply, { kind: null, isReverse: null, isStore: false }),
  },
  {
    name: 'zrangestore',
    arity: -5,
    flags: ['write', 'denyoom'],
    keySpecifications: [
      { access: 'OW update', begin: 1 },
      { access: 'RO access', begin: 2 },
    ],
    keys: { first: 1, last: 2, step: 1 },
    group: 'sorted-set',
    since: '6.2.0',
    summary: 'Store a range of members from sorted set into another key',
    syntax: 'dst:key src:key min max [sortby: BYSCORE | BYLEX] [REV] [LIMIT offset:integer count:integer]',
    complexity:
      'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements stored into the destination key.',
    propagation: 'verbatim',
    execute: storeRange,
  },
  {
    name: 'zrevrange',
    arity: -4,
    flags: ['readonly'],
    keys: FIRST_KEY,
    group: 'sorted-set',
    since: '1.2.0',
    summary: 'Return a range of members in a sorted set, by index, with scores ordered from high to low',
    syntax: 'key start:integer stop:integer [WITHSCORES]',
    complexity:
      'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements returned.',
    deprecation: { since: '6.2.0', replacement: '`ZRANGE` with the `REV` argument' },
    propagation: 'none',
    execute: (context, args, reply) => range(context, args, reply, { ...byRank, isReverse: true }),
  },
  {
    name: 'zrangebyscore',
    arity: -4,
    flags: ['readonly'],
    keys: FIRST_KEY,
    group: 'sorted-set',
    since: '1.0.5',
    summary: 'Return a range of members in a sorted set, by score',
    syntax: 'key min:double max:double [WITHSCORES]@2.0.0 [LIMIT offset:integer count:integer]',
    complexity:
      'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If M is constant (e.g. always asking for the first 10 elements with LIMIT), you can consider it O(log(N)).',
    history: [['2.0.0', 'Added the `WITHSCORES` modifier.']],
    deprecation: { since: '6.2.0', replacement: '`ZRANGE` with the `BYSCORE` argument' },
    propagation: 'none',
    execute: (context, args, reply) => range(context, args, reply, byScore),
  },
  {
    name: 'zrevrangebyscore',
    arity: -4,
    flags: ['readonly'],
    keys: FIRST_KEY,
    group: 'sorted-set',
    since: '2.2.0',
    summary: 'Return a range of members in a sorted set, by score, with scores ordered from high to low',
    syntax: 'key max:double min:double [WITHSCORES] [LIMIT offset:integer count:integer]',
    complexity:
      'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If M is constant (e.g. always asking for the first 10 elements with LIMIT), you can consider it O(log(N)).',
    history: [['2.1.6', '`min` and `max` can be exclusive.']],
    deprecation: { since: '6.2.0', replacement: '`ZRANGE` with the `REV` and `BYSCORE` arguments' },
    propagation: 'none',
    execute: (context, args, reply) => range(context, args, reply, { ...byScore, isReverse: true }),
  },
  {
    name: 'zrangebylex',
    arity: -4,
    flags: ['readonly'],
    keys: FIRST_KEY,
    group: 'sorted-set',
    since: '2.8.9',
    summary: 'Return a range of members in a sorted set, by lexicographical range',
    syntax: 'key min max [LIMIT offset:integer count:integer]',
    complexity:
      'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If M is constant (e.g. always asking for the first 10 elements with LIMIT), you can consider it O(log(N)).',
    deprecation: { since: '6.2.0', replacement: '`ZRANGE` with the `BYLEX` argument' },
    propagation: 'none',
    execute: (context, args, reply) => range(context, args, reply, byLex),
  },
  {
    name: 'zrevrangebylex',
    arity: -4,
    flags: ['readonly'],
    keys: FIRST_KEY,
    group: 'sorted-set',
    since: '2.8.9',
    summary:
      'Return a range of members in a sorted set, by lexicographical range, ordered from higher to lower strings.',
    syntax: 'key max min [LIMIT offset:integer count:integer]',
    complexity:
      'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If M is constant (e.g. always asking for the first 10 elements with LIMIT), you can consider it O(log(N)).',
    deprecation: { since: '6.2.0', replacement: '`ZRANGE` with the `REV` and `BYLEX` arguments' },
    propagation: 'none',
    execute: (context, args, reply) => range(context, args, reply, { ...byLex, isReverse: true }),
  },
]
