import { SortedSetBuilder } from '../collections/sorted-set-builder.ts'
import { NO_BYTES } from '../collections/value-cursor.ts'
import type { Command, CommandDescription } from './command.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { NOT_AN_INTEGER, SYNTAX_ERROR } from './error-texts.ts'
import { parseInt64 } from './integer-text.ts'
import { isKeyword } from './keywords.ts'
import type { Reply } from './reply.ts'
import { parseScore } from './score-text.ts'
import { deleteResult } from './sorted-set-ranges.ts'
import { type CombinedSource, openSources } from './sorted-set-source.ts'

type Operation = 'union' | 'inter' | 'diff'
type Aggregate = (a: number, b: number) => number

/** The scores of members (latin1) of a result. */
type Scores = Map<string, number>

interface CombinationForm {
  readonly name: string
  readonly operation: Operation
  /** The argument with the number of keys. */
  readonly keyCount: 1 | 2
  /** ZINTERCARD: only the size is wanted. */
  readonly isCount: boolean
}

interface CombinationRequest {
  readonly sources: CombinedSource[]
  readonly aggregate: Aggregate
  readonly withScores: boolean
  /** 0 for no limit. */
  readonly limit: number
}

/** C's sum, but infinities that cancel each other out make 0. */
const sum: Aggregate = (a, b) => zeroForNaN(a + b)
// Not Math.min, which minds the sign of 0 and gives on a NaN (infinity times 0), where C keeps the first.
// biome-ignore lint/complexity/useMathMinMax: see above
const minimum: Aggregate = (a, b) => (b < a ? b : a)
// biome-ignore lint/complexity/useMathMinMax: see above
const maximum: Aggregate = (a, b) => (b > a ? b : a)

function zeroForNaN(score: number): number {
  return Number.isNaN(score) ? 0 : score
}

/** Reads everything; null where something is wrong (the error has been given). */
function parseCombination(
  context: CommandContext,
  args: CommandArguments,
  form: CombinationForm,
  reply: Reply,
): CombinationRequest | null {
  const { keyCount, isCount } = form
  const isStore = keyCount === 2
  const keys = parseInt64(args.bytes, args.starts[keyCount]!, args.ends[keyCount]!)
  if (keys === null) return refuse(reply, NOT_AN_INTEGER)
  if (keys < 1) return refuse(reply, `ERR at least 1 input key is needed for '${form.name}' command`)
  if (keys > args.count - keyCount - 1) return refuse(reply, SYNTAX_ERROR)
  const end = keyCount + 1 + Number(keys)
  const sources = openSources(context, args, keyCount + 1, end, reply)
  if (sources === null) return null
  const combines = form.operation !== 'diff' && !isCount
  let aggregate = sum
  let withScores = false
  let limit = 0
  for (let i = end; i < args.count; i++) {
    const remaining = args.count - i
    if (combines && remaining > sources.length && isKeyword(args, i, 'weights')) {
      for (const source of sources) {
        source.weight = parseScore(args, ++i, reply, 'ERR weight value is not a float')
        if (Number.isNaN(source.weight)) return null
      }
    } else if (combines && remaining >= 2 && isKeyword(args, i, 'aggregate')) {
      const named = aggregateNamed(args, ++i)
      if (named === null) return refuse(reply, SYNTAX_ERROR)
      aggregate = named
    } else if (!isStore && !isCount && isKeyword(args, i, 'withscores')) {
      withScores = true
    } else if (isCount && remaining >= 2 && isKeyword(args, i, 'limit')) {
      const value = parseInt64(args.bytes, args.starts[++i]!, args.ends[i]!)
      if (value === null || value < 0) return refuse(reply, "ERR LIMIT can't be negative")
      limit = Number(value)
    } else {
      return refuse(reply, SYNTAX_ERROR)
    }
  }
  return { sources, aggregate, withScores, limit }
}

function refuse(reply: Reply, error: string): null {
  reply.error(error)
  return null
}

function aggregateNamed(args: CommandArguments, i: number): Aggregate | null {
  if (isKeyword(args, i, 'sum')) return sum
  if (isKeyword(args, i, 'min')) return minimum
  return isKeyword(args, i, 'max') ? maximum : null
}

/** From the smallest up, as Redis does: the order in which scores are added up shows in their last digits. */
function bySize(sources: readonly CombinedSource[]): CombinedSource[] {
  return sources.toSorted((a, b) => a.size - b.size)
}

function union({ sources, aggregate }: CombinationRequest): Scores {
  const scores: Scores = new Map()
  for (const source of bySize(sources)) {
    source.visitMembers((bytes, start, end, score) => {
      const member = bytes.toString('latin1', start, end)
      const weighted = zeroForNaN(source.weight * score)
      const before = scores.get(member)
      scores.set(member, before === undefined ? weighted : aggregate(before, weighted))
      return true
    })
  }
  return scores
}

/** Calls `found` with each member of all sources, until that returns false. */
function intersect(
  { sources, aggregate }: CombinationRequest,
  found: (bytes: Buffer, start: number, end: number, score: number) => boolean,
): void {
  const [smallest, ...others] = bySize(sources)
  smallest!.visitMembers((bytes, start, end, score) => {
    let combined = zeroForNaN(smallest!.weight * score)
    for (const other of others) {
      const otherScore = other.scoreOf(bytes, start, end)
      if (Number.isNaN(otherScore)) return true
      combined = aggregate(combined, otherScore * other.weight)
    }
    return found(bytes, start, end, combined)
  })
}

function intersection(request: CombinationRequest): Scores {
  const scores: Scores = new Map()
  intersect(request, (bytes, start, end, score) => {
    scores.set(bytes.toString('latin1', start, end), score)
    return true
  })
  return scores
}

function difference({ sources }: CombinationRequest): Scores {
  const [first, ...others] = sources
  const scores: Scores = new Map()
  first!.visitMembers((bytes, start, end, score) => {
    if (others.every((other) => Number.isNaN(other.scoreOf(bytes, start, end)))) {
      scores.set(bytes.toString('latin1', start, end), score)
    }
    return true
  })
  return scores
}

const operations: Record<Operation, (request: CombinationRequest) => Scores> = {
  union,
  inter: intersection,
  diff: difference,
}

function combine(context: CommandContext, args: CommandArguments, reply: Reply, form: CombinationForm) {
  const request = parseCombination(context, args, form, reply)
  if (request === null) return
  const scores = operations[form.operation](request)
  if (form.keyCount === 2) return storeScores(context, args, scores, form.name, reply)
  const elements = [...scores].sort(([a, aScore], [b, bScore]) => aScore - bScore || (a < b ? -1 : 1))
  if (request.withScores) reply.pairs(elements.length)
  else reply.array(elements.length)
  for (const [member, score] of elements) {
    if (request.withScores) reply.pair()
    const bytes = Buffer.from(member, 'latin1')
    reply.bulk(bytes, 0, bytes.length)
    if (request.withScores) reply.double(score)
  }
}

/** Stores a result under the key in argument 1, in place of what is there, or deletes that where it is empty. */
function storeScores(
  context: CommandContext,
  args: CommandArguments,
  scores: Scores,
  event: string,
  reply: Reply,
): void {
  const { keySpace } = context
  if (scores.size === 0) {
    deleteResult(context, args)
  } else {
    const builder = new SortedSetBuilder(keySpace.collections)
    try {
      for (const [member, score] of scores) {
        const bytes = Buffer.from(member, 'latin1')
        builder.add(bytes, 0, bytes.length, NO_BYTES, 0, 0, score)
      }
    } catch (error) {
      builder.discard()
      throw error
    }
    builder.store(keySpace, args.bytes, args.starts[1]!, args.ends[1]!, 0)
    context.changed()
    context.notify('z', event, args, 1)
  }
  reply.integer(scores.size)
}

function countIntersection(context: CommandContext, args: CommandArguments, reply: Reply) {
  const form: CombinationForm = { name: 'zintercard', operation: 'inter', keyCount: 1, isCount: true }
  const request = parseCombination(context, args, form, reply)
  if (request === null) return
  let count = 0
  intersect(request, () => ++count !== request.limit)
  reply.integer(count)
}

function combination(operation: Operation, description: CommandDescription): Command<CommandContext> {
  const form: CombinationForm = { name: description.name, operation, keyCount: 1, isCount: false }
  return {
    ...description,
    arity: -3,
    flags: ['readonly', 'movablekeys'],
    keySpecifications: [{ access: 'RO access', begin: 1, isCounted: true }],
    group: 'sorted-set',
    propagation: 'none',
    execute: (context, args, reply) => combine(context, args, reply, form),
  }
}

function storedCombination(operation: Operation, description: CommandDescription): Command<CommandContext> {
  const form: CombinationForm = { name: description.name, operation, keyCount: 2, isCount: false }
  return {
    ...description,
    arity: -4,
    flags: ['write', 'denyoom', 'movablekeys'],
    keys: { first: 1, last: 1, step: 1 },
    keySpecifications: [
      { access: 'OW update', begin: 1 },
      { access: 'RO access', begin: 2, isCounted: true },
    ],
    group: 'sorted-set',
    propagation: 'verbatim',
    execute: (context, args, reply) => combine(context, args, reply, form),
  }
}

/** The commands that combine several sorted sets. */
export const sortedSetCombinationCommands: readonly Command<CommandContext>[] = [
  combination('union', {
    name: 'zunion',
    since: '6.2.0',
    summary: 'Add multiple sorted sets',
    syntax: 'numkeys:integer key... [WEIGHTS weight:integer...] [AGGREGATE <aggregate: SUM | MIN | MAX>] [WITHSCORES]',
    complexity:
      'O(N)+O(M*log(M)) with N being the sum of the sizes of the input sorted sets, and M being the number of elements in the resulting sorted set.',
  }),
  combination('inter', {
    name: 'zinter',
    since: '6.2.0',
    summary: 'Intersect multiple sorted sets',
    syntax: 'numkeys:integer key... [WEIGHTS weight:integer...] [AGGREGATE <aggregate: SUM | MIN | MAX>] [WITHSCORES]',
    complexity:
      'O(N*K)+O(M*log(M)) worst case with N being the smallest input sorted set, K being the number of input sorted sets and M being the number of elements in the resulting sorted set.',
  }),
  combination('diff', {
    name: 'zdiff',
    since: '6.2.0',
    summary: 'Subtract multiple sorted sets',
    syntax: 'numkeys:integer key... [WITHSCORES]',
    complexity:
      'O(L + (N-K)log(N)) worst case where L is the total number of elements in all the sets, N is the size of the first set, and K is the size of the result set.',
  }),
  storedCombination('union', {
    name: 'zunionstore',
    since: '2.0.0',
    summary: 'Add multiple sorted sets and store the resulting sorted set in a new key',
    syntax:
      'destination:key numkeys:integer key... [WEIGHTS weight:integer...] [AGGREGATE <aggregate: SUM | MIN | MAX>]',
    complexity:
      'O(N)+O(M log(M)) with N being the sum of the sizes of the input sorted sets, and M being the number of elements in the resulting sorted set.',
  }),
  storedCombination('inter', {
    name: 'zinterstore',
    since: '2.0.0',
    summary: 'Intersect multiple sorted sets and store the resulting sorted set in a new key',
    syntax:
      'destination:key numkeys:integer key... [WEIGHTS weight:integer...] [AGGREGATE <aggregate: SUM | MIN | MAX>]',
    complexity:
      'O(N*K)+O(M*log(M)) worst case with N being the smallest input sorted set, K being the number of input sorted sets and M being the number of elements in the resulting sorted set.',
  }),
  storedCombination('diff', {
    name: 'zdiffstore',
    since: '6.2.0',
    summary: 'Subtract multiple sorted sets and store the resulting sorted set in a new key',
    syntax: 'destination:key numkeys:integer key...',
    complexity:
      'O(L + (N-K)log(N)) worst case where L is the total number of elements in all the sets, N is the size of the first set, and K is the size of the result set.',
  }),
  {
    name: 'zintercard',
    arity: -3,
    flags: ['readonly', 'movablekeys'],
    keySpecifications: [{ access: 'RO access', begin: 1, isCounted: true }],
    group: 'sorted-set',
    since: '7.0.0',
    summary: 'Intersect multiple sorted sets and return the cardinality of the result',
    syntax: 'numkeys:integer key... [LIMIT limit:integer]',
    complexity:
      'O(N*K) worst case with N being the smallest input sorted set, K being the number of input sorted sets.',
    propagation: 'none',
    execute: countIntersection,
  },
]
