import type { ElementRange } from '../collections/sorted-set-range.ts'
import type { Address } from '../keyspace/key-space.ts'
import type { Command } from './command.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { NOT_AN_INTEGER, SYNTAX_ERROR } from './error-texts.ts'
import { type Int64, parseInt64 } from './integer-text.ts'
import { isKeyword } from './keywords.ts'
import type { Reply } from './reply.ts'
import { parseLexRange, parseScoreRange } from './score-text.ts'
import { type RankSpan, spanOfRanks } from './sorted-set-range-options.ts'
import { lookupSortedSet, sortedSetEditor, viewSortedSet } from './sorted-set-record.ts'
import { WRONGLY_TYPED } from './typed-record.ts'

const FIRST_KEY = { first: 1, last: 1, step: 1 }
const NOT_A_COUNT = 'ERR value is out of range, must be positive'

function removeRanks(context: CommandContext, args: CommandArguments, reply: Reply) {
  const start = parseInt64(args.bytes, args.starts[2]!, args.ends[2]!)
  const end = parseInt64(args.bytes, args.starts[3]!, args.ends[3]!)
  if (start === null || end === null) return reply.error(NOT_AN_INTEGER)
  const address = lookupSortedSet(context, args, 1, reply)
  if (address === WRONGLY_TYPED) return
  const size = address === 0 ? 0 : viewSortedSet(context.keySpace, address).size
  removeSpan(context, args, address, spanOfRanks(Number(start), Number(end), size), 'zremrangebyrank', reply)
}

function removeRange(
  context: CommandContext,
  args: CommandArguments,
  range: ElementRange | null,
  event: string,
  reply: Reply,
): void {
  if (range === null) return
  const address = lookupSortedSet(context, args, 1, reply)
  if (address === WRONGLY_TYPED) return
  const span = { from: 0, to: 0 }
  if (address !== 0) {
    const view = viewSortedSet(context.keySpace, address)
    view.findRange(range, false)
    span.from = view.rangeStart
    span.to = view.rangeEnd
  }
  removeSpan(context, args, address, span, event, reply)
}

function removeSpan(
  context: CommandContext,
  args: CommandArguments,
  address: Address,
  { from, to }: RankSpan,
  event: string,
  reply: Reply,
) {
  if (from === to) return reply.integer(0)
  sortedSetEditor.open(context, args, 1, address)
  sortedSetEditor.set.removeRange(from, to)
  const isThere = sortedSetEditor.close()
  context.changed(to - from)
  context.notify('z', event, args, 1)
  if (!isThere) context.notify('g', 'del', args, 1)
  reply.integer(to - from)
}

/** The end of a sorted set that elements are taken from. */
export type PopEnd = 'min' | 'max'

/**
 * Takes up to `count` elements (1 or more) from an end of the sorted set of the key in argument `key`, which is there
 * at `address`, and answers with each: member and score, in an array of their own where `isNested` says so, or as one
 * of `pairs`. The caller has announced how many there are, and propagates the effect.
 */
function takeElements(
  context: CommandContext,
  args: CommandArguments,
  key: number,
  address: Address,
  end: PopEnd,
  count: number,
  shape: 'flat' | 'nested' | 'pairs',
  reply: Reply,
): void {
  sortedSetEditor.open(context, args, key, address)
  const { set } = sortedSetEditor
  const from = end === 'min' ? 0 : set.size - count
  set.moveTo(end === 'min' ? 0 : set.size - 1)
  for (let i = 1; ; i++) {
    if (shape === 'nested') reply.array(2)
    else if (shape === 'pairs') reply.pair()
    const { bytes, start, end: memberEnd } = set.member
    reply.bulk(bytes, start, memberEnd)
    reply.double(set.score)
    if (i === count) break
    if (end === 'min') set.next()
    else set.previous()
  }
  set.removeRange(from, from + count)
  const isThere = sortedSetEditor.close()
  context.changed(count)
  context.notify('z', `zpop${end}`, args, key)
  if (!isThere) context.notify('g', 'del', args, key)
}

/**
 * The first of the keys in the arguments from `first` on and before `end` that has a sorted set: its argument. 0 where
 * none has; WRONGLY_TYPED where another type comes first (the error has been given).
 */
export function findSortedSet(
  context: CommandContext,
  args: CommandArguments,
  first: number,
  end: number,
  reply: Reply,
): number {
  for (let i = first; i < end; i++) {
    const address = lookupSortedSet(context, args, i, reply)
    if (address !== 0) return address === WRONGLY_TYPED ? WRONGLY_TYPED : i
  }
  return 0
}

/**
 * What BZPOPMIN and BZPOPMAX do when there is something to take from the key in argument `key`, which `findSortedSet`
 * has found: answers with key, member and score, and propagates.
 */
export function popElement(
  context: CommandContext,
  args: CommandArguments,
  key: number,
  end: PopEnd,
  reply: Reply,
): void {
  reply.array(3)
  reply.bulk(args.bytes, args.starts[key]!, args.ends[key]!)
  takeElements(context, args, key, context.lookup(args, key), end, 1, 'flat', reply)
  context.propagate(end === 'min' ? 'ZPOPMIN' : 'ZPOPMAX', args.view(key))
}

/**
 * What ZMPOP and BZMPOP do when there is something to take from the key in argument `key`, which `findSortedSet` has
 * found: answers with the key and up to `count` pairs of member and score, and propagates.
 */
export function popElements(
  context: CommandContext,
  args: CommandArguments,
  key: number,
  end: PopEnd,
  count: number,
  reply: Reply,
): void {
  const address = context.lookup(args, key)
  const taken = Math.min(count, viewSortedSet(context.keySpace, address).size)
  reply.array(2)
  reply.bulk(args.bytes, args.starts[key]!, args.ends[key]!)
  reply.array(taken)
  takeElements(context, args, key, address, end, taken, 'nested', reply)
  context.propagate(end === 'min' ? 'ZPOPMIN' : 'ZPOPMAX', args.view(key), taken)
}

/** ZPOPMIN, ZPOPMAX. */
function pop(context: CommandContext, args: CommandArguments, reply: Reply, end: PopEnd) {
  if (args.count > 3) return reply.error(SYNTAX_ERROR)
  const count = args.count === 3 ? parseCount(args, 2, 0) : 1
  if (count === null) return reply.error(NOT_A_COUNT)
  const address = lookupSortedSet(context, args, 1, reply)
  if (address === WRONGLY_TYPED) return
  if (address === 0 || count === 0) return reply.array(0)
  const taken = Math.min(count, viewSortedSet(context.keySpace, address).size)
  if (args.count === 3) reply.pairs(taken)
  else reply.array(2)
  takeElements(context, args, 1, address, end, taken, args.count === 3 ? 'pairs' : 'flat', reply)
}

/** What ZMPOP is told, and BZMPOP after its timeout. */
export interface PopRequest {
  /** The keys are the arguments from `firstKey` on and before `endKey`. */
  readonly firstKey: number
  readonly endKey: number
  readonly end: PopEnd
  readonly count: number
}

/** Reads ZMPOP's arguments from `numkeys`, argument i, on; null where they are wrong (the error has been given). */
export function parsePopRequest(args: CommandArguments, i: number, reply: Reply): PopRequest | null {
  const keys = parseCount(args, i, 1)
  if (keys === null) {
    reply.error('ERR numkeys should be greater than 0')
    return null
  }
  const firstKey = i + 1
  const endKey = firstKey + keys
  const end = endKey < args.count ? popEnd(args, endKey) : null
  let count: number | null = null
  if (end !== null) {
    let option = endKey + 1
    for (; option < args.count; option += 2) {
      if (count !== null || option + 1 === args.count || !isKeyword(args, option, 'count')) break
      count = parseCount(args, option + 1, 1)
      if (count === null) {
        reply.error('ERR count should be greater than 0')
        return null
      }
    }
    if (option >= args.count) return { firstKey, endKey, end, count: count ?? 1 }
  }
  reply.error(SYNTAX_ERROR)
  return null
}

function popEnd(args: CommandArguments, i: number): PopEnd | null {
  if (isKeyword(args, i, 'min')) return 'min'
  return isKeyword(args, i, 'max') ? 'max' : null
}

/** Argument i as a number of at least `minimum`; null where it is none. */
function parseCount(args: CommandArguments, i: number, minimum: number): number | null {
  const value: Int64 | null = parseInt64(args.bytes, args.starts[i]!, args.ends[i]!)
  return value === null || value < minimum ? null : Number(value)
}

/** ZMPOP. */
function popFromSeveral(context: CommandContext, args: CommandArguments, reply: Reply) {
  const request = parsePopRequest(args, 1, reply)
  if (request === null) return
  const key = findSortedSet(context, args, request.firstKey, request.endKey, reply)
  if (key === WRONGLY_TYPED) return
  if (key === 0) return reply.nilArray()
  popElements(context, args, key, request.end, request.count, reply)
}

/** The commands that remove members of sorted sets by their place. */
export const sortedSetRemovalCommands: readonly Command<CommandContext>[] = [
  {
    name: 'zremrangebyrank',
    arity: 4,
    flags: ['write'],
    keyAccess: 'RW delete',
    keys: FIRST_KEY,
    group: 'sorted-set',
    since: '2.0.0',
    summary: 'Remove all members in a sorted set within the given indexes',
    syntax: 'key start:integer stop:integer',
    complexity:
      'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements removed by the operation.',
    propagation: 'verbatim',
    execute: removeRanks,
  },
  {
    name: 'zremrangebyscore',
    arity: 4,
    flags: ['write'],
    keyAccess: 'RW delete',
    keys: FIRST_KEY,
    group: 'sorted-set',
    since: '1.2.0',
    summary: 'Remove all members in a sorted set within the given scores',
    syntax: 'key min:double max:double',
    complexity:
      'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements removed by the operation.',
    propagation: 'verbatim',
    execute: (context, args, reply) =>
      removeRange(context, args, parseScoreRange(args, 2, 3, reply), 'zremrangebyscore', reply),
  },
  {
    name: 'zremrangebylex',
    arity: 4,
    flags: ['write'],
    keyAccess: 'RW delete',
    keys: FIRST_KEY,
    group: 'sorted-set',
    since: '2.8.9',
    summary: 'Remove all members in a sorted set between the given lexicographical range',
    syntax: 'key min max',
    complexity:
      'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements removed by the operation.',
    propagation: 'verbatim',
    execute: (context, args, reply) =>
      removeRange(context, args, parseLexRange(args, 2, 3, reply), 'zremrangebylex', reply),
  },
  {
    name: 'zpopmin',
    arity: -2,
    flags: ['write', 'fast'],
    keyAccess: 'RW access delete',
    keys: FIRST_KEY,
    group: 'sorted-set',
    since: '5.0.0',
    summary: 'Remove and return members with the lowest scores in a sorted set',
    syntax: 'key [count:integer]',
    complexity:
      'O(log(N)*M) with N being the number of elements in the sorted set, and M being the number of elements popped.',
    propagation: 'verbatim',
    execute: (context, args, reply) => pop(context, args, reply, 'min'),
  },
  {
    name: 'zpopmax',
    arity: -2,
    flags: ['write', 'fast'],
    keyAccess: 'RW access delete',
    keys: FIRST_KEY,
    group: 'sorted-set',
    since: '5.0.0',
    summary: 'Remove and return members with the highest scores in a sorted set',
    syntax: 'key [count:integer]',
    complexity:
      'O(log(N)*M) with N being the number of elements in the sorted set, and M being the number of elements popped.',
    propagation: 'verbatim',
    execute: (context, args, reply) => pop(context, args, reply, 'max'),
  },
  {
    name: 'zmpop',
    arity: -4,
    flags: ['write', 'movablekeys'],
    keySpecifications: [{ access: 'RW access delete', begin: 1, isCounted: true }],
    group: 'sorted-set',
    since: '7.0.0',
    summary: 'Remove and return members with scores in a sorted set',
    syntax: 'numkeys:integer key... <where: MIN | MAX> [COUNT count:integer]',
    complexity:
      'O(K) + O(M*log(N)) where K is the number of provided keys, N being the number of elements in the sorted set, and M being the number of elements popped.',
    propagation: 'effect',
    execute: popFromSeveral,
  },
]
