import { VALUE_TYPE_LIST } from '../keyspace/value-type.ts'
import { parseBlockingTimeout } from './blocking-timeout.ts'
import type { Command } from './command.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { SYNTAX_ERROR } from './error-texts.ts'
import { findList, type ListEnd, moveItem, parseListEnd, popItem, popItems } from './list-ends.ts'
import { parseItemsRequest } from './list-moves.ts'
import { lookupList } from './list-record.ts'
import type { Reply } from './reply.ts'
import { WRONGLY_TYPED } from './typed-record.ts'

/** The first key with a list, see `findList`; of a command that has waited, only the key that became ready. */
function findReadyList(
  context: CommandContext,
  args: CommandArguments,
  first: number,
  end: number,
  reply: Reply,
): number {
  const { readyKey } = context
  return readyKey === 0
    ? findList(context, args, first, end, reply)
    : findList(context, args, readyKey, readyKey + 1, reply)
}

/** BLPOP, BRPOP. */
function pop(context: CommandContext, args: CommandArguments, reply: Reply, end: ListEnd) {
  const last = args.count - 2
  const timeout = parseBlockingTimeout(args, args.count - 1, reply)
  if (timeout < 0) return
  const key = findReadyList(context, args, 1, last + 1, reply)
  if (key === WRONGLY_TYPED) return
  if (key !== 0) return popItem(context, args, key, end, reply)
  if (!context.waitForKeys(VALUE_TYPE_LIST, args, 1, last, timeout)) reply.nilArray()
}

/** BLMPOP. */
function popFromSeveral(context: CommandContext, args: CommandArguments, reply: Reply) {
  const request = parseItemsRequest(args, 2, reply)
  if (request === null) return
  const timeout = parseBlockingTimeout(args, 1, reply)
  if (timeout < 0) return
  const { firstKey, endKey } = request
  const key = findReadyList(context, args, firstKey, endKey, reply)
  if (key === WRONGLY_TYPED) return
  if (key !== 0) return popItems(context, args, key, request.end, request.count, reply)
  if (!context.waitForKeys(VALUE_TYPE_LIST, args, firstKey, endKey - 1, timeout)) reply.nilArray()
}

/** BLMOVE, BRPOPLPUSH; the timeout is the last argument. */
function move(context: CommandContext, args: CommandArguments, reply: Reply, from: ListEnd | null, to: ListEnd | null) {
  if (from === null || to === null) return reply.error(SYNTAX_ERROR)
  const timeout = parseBlockingTimeout(args, args.count - 1, reply)
  if (timeout < 0) return
  const source = lookupList(context, args, 1, reply)
  if (source === WRONGLY_TYPED) return
  if (source === 0) {
    if (!context.waitForKeys(VALUE_TYPE_LIST, args, 1, 1, timeout)) reply.nil()
    return
  }
  if (moveItem(context, args, source, from, to, reply)) {
    context.propagate('LMOVE', args.view(1), args.view(2), from, to)
  }
}

/** The commands that wait until there is something to take from a list. */
export const blockingListCommands: readonly Command<CommandContext>[] = [
  {
    name: 'blpop',
    arity: -3,
    flags: ['write', 'noscript', 'blocking'],
    keyAccess: 'RW access delete',
    keys: { first: 1, last: -2, step: 1 },
    group: 'list',
    since: '2.0.0',
    summary: 'Remove and get the first element in a list, or block until one is available',
    syntax: 'key... timeout:double',
    complexity: 'O(N) where N is the number of provided keys.',
    history: [['6.0.0', '`timeout` is interpreted as a double instead of an integer.']],
    propagation: 'effect',
    execute: (context, args, reply) => pop(context, args, reply, 'left'),
  },
  {
    name: 'brpop',
    arity: -3,
    flags: ['write', 'noscript', 'blocking'],
    keyAccess: 'RW access delete',
    keys: { first: 1, last: -2, step: 1 },
    group: 'list',
    since: '2.0.0',
    summary: 'Remove and get the last element in a list, or block until one is available',
    syntax: 'key... timeout:double',
    complexity: 'O(N) where N is the number of provided keys.',
    history: [['6.0.0', '`timeout` is interpreted as a double instead of an integer.']],
    propagation: 'effect',
    execute: (context, args, reply) => pop(context, args, reply, 'right'),
  },
  {
    name: 'blmpop',
    arity: -5,
    flags: ['write', 'blocking', 'movablekeys'],
    keySpecifications: [{ access: 'RW access delete', begin: 2, isCounted: true }],
    group: 'list',
    since: '7.0.0',
    summary: 'Pop elements from a list, or block until one is available',
    syntax: 'timeout:double numkeys:integer key... <where: LEFT | RIGHT> [COUNT count:integer]',
    complexity: 'O(N+M) where N is the number of provided keys and M is the number of elements returned.',
    propagation: 'effect',
    execute: popFromSeveral,
  },
  {
    name: 'blmove',
    arity: 6,
    flags: ['write', 'denyoom', 'noscript', 'blocking'],
    keySpecifications: [
      { access: 'RW access delete', begin: 1 },
      { access: 'RW insert', begin: 2 },
    ],
    keys: { first: 1, last: 2, step: 1 },
    group: 'list',
    since: '6.2.0',
    summary: 'Pop an element from a list, push it to another list and return it; or block until one is available',
    syntax: 'source:key destination:key <wherefrom: LEFT | RIGHT> <whereto: LEFT | RIGHT> timeout:double',
    complexity: 'O(1)',
    propagation: 'effect',
    execute: (context, args, reply) => move(context, args, reply, parseListEnd(args, 3), parseListEnd(args, 4)),
  },
  {
    name: 'brpoplpush',
    arity: 4,
    flags: ['write', 'denyoom', 'noscript', 'blocking'],
    keySpecifications: [
      { access: 'RW access delete', begin: 1 },
      { access: 'RW insert', begin: 2 },
    ],
    keys: { first: 1, last: 2, step: 1 },
    group: 'list',
    since: '2.2.0',
    summary: 'Pop an element from a list, push it to another list and return it; or block until one is available',
    syntax: 'source:key destination:key timeout:double',
    complexity: 'O(1)',
    history: [['6.0.0', '`timeout` is interpreted as a double instead of an integer.']],
    deprecation: { since: '6.2.0', replacement: '`BLMOVE` with the `RIGHT` and `LEFT` arguments' },
    propagation: 'effect',
    execute: (context, args, reply) => move(context, args, reply, 'right', 'left'),
  },
]
