import type { Command } from './command.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { SYNTAX_ERROR } from './error-texts.ts'
import { parseInt64 } from './integer-text.ts'
import { isKeyword } from './keywords.ts'
import { findList, type ListEnd, moveItem, parseListEnd, popItems } from './list-ends.ts'
import { lookupList } from './list-record.ts'
import type { Reply } from './reply.ts'
import { WRONGLY_TYPED } from './typed-record.ts'

const TWO_KEYS = { first: 1, last: 2, step: 1 }

/** LMOVE, RPOPLPUSH. */
function move(context: CommandContext, args: CommandArguments, reply: Reply, from: ListEnd | null, to: ListEnd | null) {
  if (from === null || to === null) return reply.error(SYNTAX_ERROR)
  const source = lookupList(context, args, 1, reply)
  if (source === WRONGLY_TYPED) return
  if (source === 0) return reply.nil()
  moveItem(context, args, source, from, to, reply)
}

/** What LMPOP is told, and BLMPOP after its timeout. */
export interface ItemsRequest {
  /** The keys are the arguments from `firstKey` on and before `endKey`. */
  readonly firstKey: number
  readonly endKey: number
  readonly end: ListEnd
  readonly count: number
}

/** Reads LMPOP's arguments from `numkeys`, argument i, on; null where they are wrong (the error has been given). */
export function parseItemsRequest(args: CommandArguments, i: number, reply: Reply): ItemsRequest | null {
  const keys = parseInt64(args.bytes, args.starts[i]!, args.ends[i]!)
  if (keys === null || keys < 1) {
    reply.error('ERR numkeys should be greater than 0')
    return null
  }
  const firstKey = i + 1
  const endKey = firstKey + Number(keys)
  const end = endKey < args.count ? parseListEnd(args, endKey) : null
  let count: number | null = null
  for (let option = endKey + 1; end !== null && option < args.count; option += 2) {
    if (count !== null || option + 1 === args.count || !isKeyword(args, option, 'count')) {
      reply.error(SYNTAX_ERROR)
      return null
    }
    const value = parseInt64(args.bytes, args.starts[option + 1]!, args.ends[option + 1]!)
    if (value === null || value < 1) {
      reply.error('ERR count should be greater than 0')
      return null
    }
    count = Number(value)
  }
  if (end === null) {
    reply.error(SYNTAX_ERROR)
    return null
  }
  return { firstKey, endKey, end, count: count ?? 1 }
}

/** LMPOP. */
function popFromSeveral(context: CommandContext, args: CommandArguments, reply: Reply) {
  const request = parseItemsRequest(args, 1, reply)
  if (request === null) return
  const key = findList(context, args, request.firstKey, request.endKey, reply)
  if (key === WRONGLY_TYPED) return
  if (key === 0) return reply.nilArray()
  popItems(context, args, key, request.end, request.count, reply)
}

/** The commands that take items from one of several lists, or to another list. */
export const listMoveCommands: readonly Command<CommandContext>[] = [
  {
    name: 'lmove',
    arity: 5,
    flags: ['write', 'denyoom'],
    keySpecifications: [
      { access: 'RW access delete', begin: 1 },
      { access: 'RW insert', begin: 2 },
    ],
    keys: TWO_KEYS,
    group: 'list',
    since: '6.2.0',
    summary: 'Pop an element from a list, push it to another list and return it',
    syntax: 'source:key destination:key <wherefrom: LEFT | RIGHT> <whereto: LEFT | RIGHT>',
    complexity: 'O(1)',
    propagation: 'verbatim',
    execute: (context, args, reply) => move(context, args, reply, parseListEnd(args, 3), parseListEnd(args, 4)),
  },
  {
    name: 'rpoplpush',
    arity: 3,
    flags: ['write', 'denyoom'],
    keySpecifications: [
      { access: 'RW access delete', begin: 1 },
      { access: 'RW insert', begin: 2 },
    ],
    keys: TWO_KEYS,
    group: 'list',
    since: '1.2.0',
    summary: 'Remove the last element in a list, prepend it to another list and return it',
    syntax: 'source:key destination:key',
    complexity: 'O(1)',
    deprecation: { since: '6.2.0', replacement: '`LMOVE` with the `RIGHT` and `LEFT` arguments' },
    propagation: 'verbatim',
    execute: (context, args, reply) => move(context, args, reply, 'right', 'left'),
  },
  {
    name: 'lmpop',
    arity: -4,
    flags: ['write', 'movablekeys'],
    keySpecifications: [{ access: 'RW access delete', begin: 1, isCounted: true }],
    group: 'list',
    since: '7.0.0',
    summary: 'Pop elements from a list',
    syntax: 'numkeys:integer key... <where: LEFT | RIGHT> [COUNT count:integer]',
    complexity: 'O(N+M) where N is the number of provided keys and M is the number of elements returned.',
    propagation: 'effect',
    execute: popFromSeveral,
  },
]
