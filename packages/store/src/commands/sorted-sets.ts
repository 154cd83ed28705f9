import type { Command } from './command.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { SYNTAX_ERROR } from './error-texts.ts'
import { isKeyword } from './keywords.ts'
import type { Reply } from './reply.ts'
import { parseLexRange, parseScore, parseScoreRange } from './score-text.ts'
import { lookupSortedSet, sortedSetEditor, viewSortedSet } from './sorted-set-record.ts'
import { WRONGLY_TYPED } from './typed-record.ts'

const FIRST_KEY = { first: 1, last: 1, step: 1 }

/** The options of ZADD. */
interface AddOptions {
  onlyIfAbsent: boolean
  onlyIfPresent: boolean
  onlyIfGreater: boolean
  onlyIfLess: boolean
  countsChanged: boolean
  increments: boolean
  /** The argument with the first score. */
  firstPair: number
}

const options: AddOptions = {
  onlyIfAbsent: false,
  onlyIfPresent: false,
  onlyIfGreater: false,
  onlyIfLess: false,
  countsChanged: false,
  increments: false,
  firstPair: 2,
}

/** Scores of the command that runs. */
let scores = new Float64Array(16)

/** Reads options and scores; false where they are wrong (the error has been given). */
function parseAddition(args: CommandArguments, increments: boolean, reply: Reply): boolean {
  options.onlyIfAbsent = false
  options.onlyIfPresent = false
  options.onlyIfGreater = false
  options.onlyIfLess = false
  options.countsChanged = false
  options.increments = increments
  let i = 2
  for (; i < args.count; i++) {
    if (isKeyword(args, i, 'nx')) options.onlyIfAbsent = true
    else if (isKeyword(args, i, 'xx')) options.onlyIfPresent = true
    else if (isKeyword(args, i, 'gt')) options.onlyIfGreater = true
    else if (isKeyword(args, i, 'lt')) options.onlyIfLess = true
    else if (isKeyword(args, i, 'ch')) options.countsChanged = true
    else if (isKeyword(args, i, 'incr')) options.increments = true
    else break
  }
  options.firstPair = i
  const error = additionError(args.count - i)
  if (error !== null) {
    reply.error(error)
    return false
  }
  const pairs = (args.count - i) / 2
  if (scores.length < pairs) scores = new Float64Array(2 * pairs)
  for (let pair = 0; pair < pairs; pair++) {
    const score = parseScore(args, i + 2 * pair, reply)
    if (Number.isNaN(score)) return false
    scores[pair] = score
  }
  return true
}

function additionError(remaining: number): string | null {
  const { onlyIfAbsent, onlyIfPresent, onlyIfGreater, onlyIfLess, increments } = options
  if (remaining === 0 || remaining % 2 === 1) return SYNTAX_ERROR
  if (onlyIfAbsent && onlyIfPresent) return 'ERR XX and NX options at the same time are not compatible'
  if ((onlyIfGreater && (onlyIfAbsent || onlyIfLess)) || (onlyIfLess && onlyIfAbsent)) {
    return 'ERR GT, LT, and/or NX options at the same time are not compatible'
  }
  return increments && remaining > 2 ? 'ERR INCR option supports a single increment-element pair' : null
}

function add(context: CommandContext, args: CommandArguments, reply: Reply, increments = false) {
  if (!parseAddition(args, increments, reply)) return
  const address = lookupSortedSet(context, args, 1, reply)
  if (address === WRONGLY_TYPED) return
  const { onlyIfAbsent, onlyIfPresent, onlyIfGreater, onlyIfLess, countsChanged, firstPair } = options
  const { bytes, starts, ends } = args
  let added = 0
  let updated = 0
  /** The score of the last member that took one. */
  let newScore = Number.NaN
  if (address !== 0 || !onlyIfPresent) {
    // What has been opened counts as changed: where somebody watches, only once there is a change.
    let isOpen = address === 0 || context.keySpace.observer === null
    if (isOpen) sortedSetEditor.open(context, args, 1, address)
    for (let i = firstPair; i < args.count; i += 2) {
      const set = isOpen ? sortedSetEditor.set : viewSortedSet(context.keySpace, address)
      const start = starts[i + 1]!
      const end = ends[i + 1]!
      const oldScore = set.scoreOf(bytes, start, end)
      let score = scores[(i - firstPair) / 2]!
      if (Number.isNaN(oldScore)) {
        if (onlyIfPresent) continue
        if (!isOpen) sortedSetEditor.open(context, args, 1, address)
        isOpen = true
        sortedSetEditor.insert(bytes, start, end, score)
        newScore = score
        added++
        continue
      }
      if (onlyIfAbsent) continue
      if (options.increments) score += oldScore
      // With a single member only, so nothing has changed yet.
      if (Number.isNaN(score)) return reply.error('ERR resulting score is not a number (NaN)')
      if ((onlyIfGreater && score <= oldScore) || (onlyIfLess && score >= oldScore)) continue
      newScore = score
      if (score === oldScore) continue
      if (!isOpen) sortedSetEditor.open(context, args, 1, address)
      isOpen = true
      sortedSetEditor.set.move(bytes, start, end, oldScore, score)
      updated++
    }
  }
  if (added + updated > 0) {
    sortedSetEditor.close()
    context.changed(added + updated)
    context.notify('z', options.increments ? 'zincr' : 'zadd', args, 1)
  }
  if (!options.increments) reply.integer(countsChanged ? added + updated : added)
  else if (Number.isNaN(newScore)) reply.nil()
  else reply.double(newScore)
}

function remove(context: CommandContext, args: CommandArguments, reply: Reply) {
  const address = lookupSortedSet(context, args, 1, reply)
  if (address === WRONGLY_TYPED) return
  const { bytes, starts, ends } = args
  let first = 2
  if (address !== 0) {
    // Only one that has something to remove is worth a copy.
    const view = viewSortedSet(context.keySpace, address)
    while (first < args.count && Number.isNaN(view.scoreOf(bytes, starts[first]!, ends[first]!))) first++
  }
  if (address === 0 || first === args.count) return reply.integer(0)
  sortedSetEditor.open(context, args, 1, address)
  let removed = 0
  for (let i = first; i < args.count; i++) {
    if (sortedSetEditor.set.size > 0 && sortedSetEditor.set.remove(bytes, starts[i]!, ends[i]!)) removed++
  }
  const isThere = sortedSetEditor.close()
  context.changed(removed)
  context.notify('z', 'zrem', args, 1)
  if (!isThere) context.notify('g', 'del', args, 1)
  reply.integer(removed)
}

function score(context: CommandContext, args: CommandArguments, reply: Reply): void {
  const address = lookupSortedSet(context, args, 1, reply)
  if (address !== WRONGLY_TYPED) replyScore(context, address, args, 2, reply)
}

function scoresOf(context: CommandContext, args: CommandArguments, reply: Reply): void {
  const address = lookupSortedSet(context, args, 1, reply)
  if (address === WRONGLY_TYPED) return
  reply.array(args.count - 2)
  for (let i = 2; i < args.count; i++) replyScore(context, address, args, i, reply)
}

/** Answers with the score of the member in argument i. */
function replyScore(context: CommandContext, address: number, args: CommandArguments, i: number, reply: Reply) {
  if (address === 0) return reply.nil()
  const score = viewSortedSet(context.keySpace, address).scoreOf(args.bytes, args.starts[i]!, args.ends[i]!)
  if (Number.isNaN(score)) reply.nil()
  else reply.double(score)
}

function rank(context: CommandContext, args: CommandArguments, reply: Reply, isReverse: boolean) {
  const address = lookupSortedSet(context, args, 1, reply)
  if (address === WRONGLY_TYPED) return
  if (address === 0) return reply.nil()
  const view = viewSortedSet(context.keySpace, address)
  const rank = view.rankOf(args.bytes, args.starts[2]!, args.ends[2]!)
  if (rank < 0) reply.nil()
  else reply.integer(isReverse ? view.size - 1 - rank : rank)
}

function size(context: CommandContext, args: CommandArguments, reply: Reply): void {
  const address = lookupSortedSet(context, args, 1, reply)
  if (address === WRONGLY_TYPED) return
  reply.integer(address === 0 ? 0 : viewSortedSet(context.keySpace, address).size)
}

function countRange(
  context: CommandContext,
  args: CommandArguments,
  reply: Reply,
  parse: typeof parseScoreRange | typeof parseLexRange,
) {
  const range = parse(args, 2, 3, reply)
  if (range === null) return
  const address = lookupSortedSet(context, args, 1, reply)
  if (address === WRONGLY_TYPED) return
  if (address === 0) return reply.integer(0)
  const view = viewSortedSet(context.keySpace, address)
  view.findRange(range, false)
  reply.integer(view.rangeEnd - view.rangeStart)
}

/** The commands that add, remove and look up members of sorted sets. */
export const sortedSetCommands: readonly Command<CommandContext>[] = [
  {
    name: 'zadd',
    arity: -4,
    flags: ['write', 'denyoom', 'fast'],
    keys: FIRST_KEY,
    group: 'sorted-set',
    since: '1.2.0',
    summary: 'Add one or more members to a sorted set, or update its score if it already exists',
    syntax:
      'key [condition: NX | XX]@3.0.2 [comparison: GT | LT]@6.2.0 [change: CH]@3.0.2 [increment: INCR]@3.0.2 <score:double member>...',
    complexity: 'O(log(N)) for each item added, where N is the number of elements in the sorted set.',
    history: [
      ['2.4.0', 'Accepts multiple elements.'],
      ['3.0.2', 'Added the `XX`, `NX`, `CH` and `INCR` options.'],
      ['6.2.0', 'Added the `GT` and `LT` options.'],
    ],
    propagation: 'verbatim',
    execute: (context, args, reply) => add(context, args, reply),
  },
  {
    name: 'zincrby',
    arity: 4,
    flags: ['write', 'denyoom', 'fast'],
    keyAccess: 'RW access update',
    keys: FIRST_KEY,
    group: 'sorted-set',
    since: '1.2.0',
    summary: 'Increment the score of a member in a sorted set',
    syntax: 'key increment:integer member',
    complexity: 'O(log(N)) where N is the number of elements in the sorted set.',
    propagation: 'verbatim',
    execute: (context, args, reply) => add(context, args, reply, true),
  },
  {
    name: 'zrem',
    arity: -3,
    flags: ['write', 'fast'],
    keyAccess: 'RW delete',
    keys: FIRST_KEY,
    group: 'sorted-set',
    since: '1.2.0',
    summary: 'Remove one or more members from a sorted set',
    syntax: 'key member...',
    complexity:
      'O(M*log(N)) with N being the number of elements in the sorted set and M the number of elements to be removed.',
    history: [['2.4.0', 'Accepts multiple elements.']],
    propagation: 'verbatim',
    execute: remove,
  },
  {
    name: 'zscore',
    arity: 3,
    flags: ['readonly', 'fast'],
    keys: FIRST_KEY,
    group: 'sorted-set',
    since: '1.2.0',
    summary: 'Get the score associated with the given member in a sorted set',
    syntax: 'key member',
    complexity: 'O(1)',
    propagation: 'none',
    execute: score,
  },
  {
    name: 'zmscore',
    arity: -3,
    flags: ['readonly', 'fast'],
    keys: FIRST_KEY,
    group: 'sorted-set',
    since: '6.2.0',
    summary: 'Get the score associated with the given members in a sorted set',
    syntax: 'key member...',
    complexity: 'O(N) where N is the number of members being requested.',
    propagation: 'none',
    execute: scoresOf,
  },
  {
    name: 'zcard',
    arity: 2,
    flags: ['readonly', 'fast'],
    keyAccess: 'RO',
    keys: FIRST_KEY,
    group: 'sorted-set',
    since: '1.2.0',
    summary: 'Get the number of members in a sorted set',
    syntax: 'key',
    complexity: 'O(1)',
    propagation: 'none',
    execute: size,
  },
  {
    name: 'zcount',
    arity: 4,
    flags: ['readonly', 'fast'],
    keys: FIRST_KEY,
    group: 'sorted-set',
    since: '2.0.0',
    summary: 'Count the members in a sorted set with scores within the given values',
    syntax: 'key min:double max:double',
    complexity: 'O(log(N)) with N being the number of elements in the sorted set.',
    propagation: 'none',
    execute: (context, args, reply) => countRange(context, args, reply, parseScoreRange),
  },
  {
    name: 'zlexcount',
    arity: 4,
    flags: ['readonly', 'fast'],
    keys: FIRST_KEY,
    group: 'sorted-set',
    since: '2.8.9',
    summary: 'Count the number of members in a sorted set between a given lexicographical range',
    syntax: 'key min max',
    complexity: 'O(log(N)) with N being the number of elements in the sorted set.',
    propagation: 'none',
    execute: (context, args, reply) => countRange(context, args, reply, parseLexRange),
  },
  {
    name: 'zrank',
    arity: 3,
    flags: ['readonly', 'fast'],
    keys: FIRST_KEY,
    group: 'sorted-set',
    since: '2.0.0',
    summary: 'Determine the index of a member in a sorted set',
    syntax: 'key member',
    complexity: 'O(log(N))',
    propagation: 'none',
    execute: (context, args, reply) => rank(context, args, reply, false),
  },
  {
    name: 'zrevrank',
    arity: 3,
    flags: ['readonly', 'fast'],
    keys: FIRST_KEY,
    group: 'sorted-set',
    since: '2.0.0',
    summary: 'Determine the index of a member in a sorted set, with scores ordered from high to low',
    syntax: 'key member',
    complexity: 'O(log(N))',
    propagation: 'none',
    execute: (context, args, reply) => rank(context, args, reply, true),
  },
]
