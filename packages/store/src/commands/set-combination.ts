import { SetBuilder } from '../collections/set-builder.ts'
import { openValueAt } from '../collections/value-reader.ts'
import type { Address, KeySpace } from '../keyspace/key-space.ts'
import type { Command, CommandDescription } from './command.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { SYNTAX_ERROR } from './error-texts.ts'
import { parseInt64 } from './integer-text.ts'
import { isKeyword } from './keywords.ts'
import { MemberList } from './member-list.ts'
import type { Reply } from './reply.ts'
import { isMember, lookupSet, setSize } from './set-record.ts'
import { WRONGLY_TYPED } from './typed-record.ts'

/** Takes a member; false where no more is wanted. */
type MemberVisitor = (bytes: Buffer, start: number, end: number) => boolean

/** Calls `visit` once for each member of a combination of sets (0: one without members), in any order. */
type Combination = (keySpace: KeySpace, sets: readonly Address[], visit: MemberVisitor) => void

/** The sets under the keys in the arguments [first, end); null where one is of another type (the error has been given). */
function lookupSets(
  context: CommandContext,
  args: CommandArguments,
  first: number,
  end: number,
  reply: Reply,
): Address[] | null {
  const sets: Address[] = []
  for (let i = first; i < end; i++) {
    const address = lookupSet(context, args, i, reply)
    if (address === WRONGLY_TYPED) return null
    sets.push(address)
  }
  return sets
}

/** The same member of several sets is visited for the first of them. */
const union: Combination = (keySpace, sets, visit) => {
  const seen: Address[] = []
  for (const set of sets) {
    if (set === 0 || seen.includes(set)) continue
    const cursor = openValueAt(keySpace, set)
    while (cursor.next()) {
      const { bytes, start, end } = cursor
      if (seen.some((other) => isMember(keySpace, other, bytes, start, end))) continue
      if (!visit(bytes, start, end)) return
    }
    seen.push(set)
  }
}

const intersection: Combination = (keySpace, sets, visit) => {
  if (sets.includes(0)) return
  const [smallest, ...others] = sets.toSorted((a, b) => setSize(keySpace, a) - setSize(keySpace, b))
  const cursor = openValueAt(keySpace, smallest!)
  while (cursor.next()) {
    const { bytes, start, end } = cursor
    if (!others.every((other) => isMember(keySpace, other, bytes, start, end))) continue
    if (!visit(bytes, start, end)) return
  }
}

const difference: Combination = (keySpace, sets, visit) => {
  const [first, ...rest] = sets
  if (first === 0) return
  const others = rest.filter((other) => other !== 0)
  const cursor = openValueAt(keySpace, first!)
  while (cursor.next()) {
    const { bytes, start, end } = cursor
    if (others.some((other) => isMember(keySpace, other, bytes, start, end))) continue
    if (!visit(bytes, start, end)) return
  }
}

function combine(context: CommandContext, args: CommandArguments, reply: Reply, combination: Combination): void {
  const sets = lookupSets(context, args, 1, args.count, reply)
  if (sets === null) return
  const found = new MemberList()
  combination(context.keySpace, sets, (bytes, start, end) => {
    found.add(bytes, start, end)
    return true
  })
  reply.set(found.size)
  found.visit((bytes, start, end) => reply.bulk(bytes, start, end))
}

function combineAndStore(
  context: CommandContext,
  args: CommandArguments,
  reply: Reply,
  combination: Combination,
  event: string,
): void {
  const { keySpace } = context
  const start = args.starts[1]!
  const end = args.ends[1]!
  const sets = lookupSets(context, args, 2, args.count, reply)
  if (sets === null) return
  // What the target held until it expired is gone all the same.
  context.lookup(args, 1)
  const builder = new SetBuilder(keySpace.collections)
  try {
    combination(keySpace, sets, (bytes, memberStart, memberEnd) => {
      builder.add(bytes, memberStart, memberEnd)
      return true
    })
  } catch (error) {
    builder.discard()
    throw error
  }
  const { size } = builder
  if (size > 0) {
    builder.store(keySpace, args.bytes, start, end, 0)
    context.changed()
    context.notify('s', event, args, 1)
  } else if (keySpace.delete(args.bytes, start, end)) {
    context.changed()
    context.notify('g', 'del', args, 1)
  }
  reply.integer(size)
}

function countIntersection(context: CommandContext, args: CommandArguments, reply: Reply) {
  const keys = parseInt64(args.bytes, args.starts[1]!, args.ends[1]!)
  if (keys === null || keys < 1) return reply.error('ERR numkeys should be greater than 0')
  if (keys > args.count - 2) return reply.error("ERR Number of keys can't be greater than number of args")
  const end = 2 + Number(keys)
  let limit = 0
  for (let i = end; i < args.count; i++) {
    if (!isKeyword(args, i, 'limit') || i + 1 === args.count) return reply.error(SYNTAX_ERROR)
    const value = parseInt64(args.bytes, args.starts[++i]!, args.ends[i]!)
    if (value === null || value < 0) return reply.error("ERR LIMIT can't be negative")
    limit = Number(value)
  }
  const sets = lookupSets(context, args, 2, end, reply)
  if (sets === null) return
  let count = 0
  intersection(context.keySpace, sets, () => ++count !== limit)
  reply.integer(count)
}

type Description = Omit<CommandDescription, 'since' | 'syntax'>

function combinationCommand(combination: Combination, description: Description): Command<CommandContext> {
  return {
    ...description,
    syntax: 'key...',
    arity: -2,
    flags: ['readonly'],
    keys: { first: 1, last: -1, step: 1 },
    tips: ['nondeterministic_output_order'],
    group: 'set',
    since: '1.0.0',
    propagation: 'none',
    execute: (context, args, reply) => combine(context, args, reply, combination),
  }
}

function storeCommand(combination: Combination, description: Description): Command<CommandContext> {
  const { name } = description
  return {
    ...description,
    syntax: 'destination:key key...',
    arity: -3,
    flags: ['write', 'denyoom'],
    keys: { first: 1, last: -1, step: 1 },
    keySpecifications: [
      // As Redis has it, whatever the reason.
      { access: name === 'sinterstore' ? 'RW update' : 'OW update', begin: 1 },
      { access: 'RO access', begin: 2, last: -1 },
    ],
    group: 'set',
    since: '1.0.0',
    propagation: 'verbatim',
    execute: (context, args, reply) => combineAndStore(context, args, reply, combination, name),
  }
}

const ADDED_SIZES = 'O(N) where N is the total number of elements in all given sets.'
const SMALLEST_BY_NUMBER =
  'O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.'

/** The commands that combine several sets. */
export const setCombinationCommands: readonly Command<CommandContext>[] = [
  combinationCommand(union, {
    name: 'sunion',
    summary: 'Add multiple sets',
    complexity: ADDED_SIZES,
  }),
  combinationCommand(intersection, {
    name: 'sinter',
    summary: 'Intersect multiple sets',
    complexity: SMALLEST_BY_NUMBER,
  }),
  combinationCommand(difference, {
    name: 'sdiff',
    summary: 'Subtract multiple sets',
    complexity: ADDED_SIZES,
  }),
  storeCommand(union, {
    name: 'sunionstore',
    summary: 'Add multiple sets and store the resulting set in a key',
    complexity: ADDED_SIZES,
  }),
  storeCommand(intersection, {
    name: 'sinterstore',
    summary: 'Intersect multiple sets and store the resulting set in a key',
    complexity: SMALLEST_BY_NUMBER,
  }),
  storeCommand(difference, {
    name: 'sdiffstore',
    summary: 'Subtract multiple sets and store the resulting set in a key',
    complexity: ADDED_SIZES,
  }),
  {
    name: 'sintercard',
    arity: -3,
    flags: ['readonly', 'movablekeys'],
    keySpecifications: [{ access: 'RO access', begin: 1, isCounted: true }],
    group: 'set',
    since: '7.0.0',
    summary: 'Intersect multiple sets and return the cardinality of the result',
    syntax: 'numkeys:integer key... [LIMIT limit:integer]',
    complexity: SMALLEST_BY_NUMBER,
    propagation: 'none',
    execute: countIntersection,
  },
]
