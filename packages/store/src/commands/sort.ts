import { createBuilder } from '../collections/collection-builders.ts'
import { NO_BYTES } from '../collections/value-cursor.ts'
import { openValueAt } from '../collections/value-reader.ts'
import { VALUE_TYPE_LIST, VALUE_TYPE_SET, VALUE_TYPE_SORTED_SET } from '../keyspace/value-type.ts'
import type { Command } from './command.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { WRONG_TYPE } from './error-texts.ts'
import type { Reply } from './reply.ts'
import { parseDouble } from './score-text.ts'
import { parseSortRequest, type SortRequest } from './sort-request.ts'

/** An element of what is sorted, and what it is sorted by. */
interface SortedElement {
  readonly element: Buffer
  score: number
  /** Null: what BY names isn't there. */
  text: Buffer | null
}

/** Copies of the elements in the order that they have: of a set in that of their bytes, so that it is the same everywhere. */
function elementsOf(context: CommandContext, address: number): Buffer[] {
  if (address === 0) return []
  const cursor = openValueAt(context.keySpace, address)
  const elements: Buffer[] = []
  while (cursor.next()) elements.push(Buffer.from(cursor.bytes.subarray(cursor.start, cursor.end)))
  if (context.keySpace.typeOf(address) === VALUE_TYPE_SET) elements.sort(Buffer.compare)
  return elements
}

/** The part of `length` elements that LIMIT leaves. */
function limits({ limitStart, limitCount }: SortRequest, length: number): [start: number, end: number] {
  const start = Math.min(Math.max(Number(limitStart), 0), length)
  const count = Math.min(Math.max(Number(limitCount), -1), length)
  return [start, count < 0 ? length : Math.min(start + count, length)]
}

/** The elements in the order that is asked for; null where one has no number to go by. */
function inOrder(context: CommandContext, elements: readonly Buffer[], request: SortRequest): Buffer[] | null {
  const { by, isAlphabetic, isDescending } = request
  const sorted = elements.map((element): SortedElement => {
    const text = by === null ? element : by.lookup(context, element)
    return { element, text, score: isAlphabetic || text === null ? 0 : parseDouble(text.toString('latin1')) }
  })
  if (sorted.some(({ score }) => Number.isNaN(score))) return null
  const compare = isAlphabetic ? compareTexts : compareScores
  sorted.sort(isDescending ? (a, b) => -compare(a, b) : compare)
  return sorted.map(({ element }) => element)
}

function compareScores(a: SortedElement, b: SortedElement): number {
  if (a.score !== b.score) return a.score < b.score ? -1 : 1
  return Buffer.compare(a.element, b.element)
}

/** What isn't there comes first. Equal ones stay in the order they were in. */
function compareTexts({ text: a }: SortedElement, { text: b }: SortedElement): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1
  return Buffer.compare(a, b)
}

function sort(context: CommandContext, args: CommandArguments, reply: Reply, mayStore: boolean) {
  const request = parseSortRequest(args, mayStore, reply)
  if (request === null) return
  const address = context.lookup(args, 1)
  const type = address === 0 ? VALUE_TYPE_LIST : context.keySpace.typeOf(address)
  if (type !== VALUE_TYPE_LIST && type !== VALUE_TYPE_SET && type !== VALUE_TYPE_SORTED_SET) {
    return reply.error(WRONG_TYPE)
  }
  const elements = elementsOf(context, address)
  const [start, end] = limits(request, elements.length)
  let ordered: Buffer[] | null
  if (!request.isUnsorted) ordered = inOrder(context, elements, request)
  // A set has no order of its own that could be stored.
  else if (type === VALUE_TYPE_SET && request.target > 0)
    ordered = inOrder(context, elements, { ...request, by: null, isAlphabetic: true })
  else ordered = request.isDescending && type !== VALUE_TYPE_SET ? elements.reverse() : elements
  const results = (ordered ?? elements).slice(start, end).flatMap((element) => {
    if (request.gets.length === 0) return [element]
    return request.gets.map((pattern) => pattern.lookup(context, element))
  })
  if (ordered === null) return reply.error("ERR One or more scores can't be converted into double")
  if (request.target > 0) return store(context, args, results, request.target, reply)
  reply.array(results.length)
  for (const result of results) {
    if (result === null) reply.nil()
    else reply.bulk(result, 0, result.length)
  }
}

function store(
  context: CommandContext,
  args: CommandArguments,
  results: readonly (Buffer | null)[],
  target: number,
  reply: Reply,
) {
  const { keySpace } = context
  const start = args.starts[target]!
  const end = args.ends[target]!
  if (results.length === 0) {
    if (context.lookup(args, target) !== 0) {
      keySpace.delete(args.bytes, start, end)
      context.changed()
      context.notify('g', 'del', args, target)
    }
    return reply.integer(0)
  }
  // What the target held until it expired is gone all the same.
  context.lookup(args, target)
  const builder = createBuilder(keySpace, VALUE_TYPE_LIST)
  try {
    for (const result of results) builder.add(result ?? NO_BYTES, 0, result?.length ?? 0, NO_BYTES, 0, 0, 0)
  } catch (error) {
    builder.discard()
    throw error
  }
  builder.store(keySpace, args.bytes, start, end, 0)
  context.changed(results.length)
  context.notify('l', 'sortstore', args, target)
  reply.integer(results.length)
}

const PATTERN_KEYS = {
  access: 'RO access',
  notes:
    "For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from the content of the key we sort",
}
const DESTINATION = {
  access: 'OW update',
  notes:
    "For the optional STORE keyword. It is marked 'unknown' because the keyword can appear anywhere in the argument array",
}
const SORTING =
  'O(N+M*log(M)) where N is the number of elements in the list or set to sort, and M the number of returned elements. When the elements are not sorted, complexity is O(N).'

/** The commands that sort the elements of lists, sets and sorted sets. */
export const sortCommands: readonly Command<CommandContext>[] = [
  {
    name: 'sort',
    arity: -2,
    flags: ['write', 'denyoom', 'movablekeys'],
    keySpecifications: [{ access: 'RO access', begin: 1 }, PATTERN_KEYS, DESTINATION],
    keys: { first: 1, last: 1, step: 1 },
    group: 'generic',
    since: '1.0.0',
    summary: 'Sort the elements in a list, set or sorted set',
    syntax:
      'key [BY pattern#1] [LIMIT offset:integer count:integer] [GET pattern#1]... [order: ASC | DESC] [sorting: ALPHA] [STORE destination:key]',
    complexity: SORTING,
    propagation: 'verbatim',
    execute: (context, args, reply) => sort(context, args, reply, true),
  },
  {
    name: 'sort_ro',
    arity: -2,
    flags: ['readonly', 'movablekeys'],
    keySpecifications: [{ access: 'RO access', begin: 1 }, PATTERN_KEYS],
    keys: { first: 1, last: 1, step: 1 },
    group: 'generic',
    since: '7.0.0',
    summary: 'Sort the elements in a list, set or sorted set. Read-only variant of SORT.',
    syntax:
      'key [BY pattern#1] [LIMIT offset:integer count:integer] [GET pattern#1]... [order: ASC | DESC] [sorting: ALPHA]',
    complexity: SORTING,
    propagation: 'none',
    execute: (context, args, reply) => sort(context, args, reply, false),
  },
]
