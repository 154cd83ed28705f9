import { VALUE_TYPE_SORTED_SET } from '../keyspace/value-type.ts'
import { parseBlockingTimeout } from './blocking-timeout.ts'
import type { Command } from './command.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import type { Reply } from './reply.ts'
import { findSortedSet, type PopEnd, parsePopRequest, popElement, popElements } from './sorted-set-removal.ts'
import { WRONGLY_TYPED } from './typed-record.ts'

/** The first key with a sorted set, see `findSortedSet`; of a command that has waited, only the key that became ready. */
function findReadySortedSet(
  context: CommandContext,
  args: CommandArguments,
  first: number,
  end: number,
  reply: Reply,
): number {
  const { readyKey } = context
  return readyKey === 0
    ? findSortedSet(context, args, first, end, reply)
    : findSortedSet(context, args, readyKey, readyKey + 1, reply)
}

/** BZPOPMIN, BZPOPMAX. */
function pop(context: CommandContext, args: CommandArguments, reply: Reply, end: PopEnd) {
  const last = args.count - 2
  const timeout = parseBlockingTimeout(args, args.count - 1, reply)
  if (timeout < 0) return
  const key = findReadySortedSet(context, args, 1, last + 1, reply)
  if (key === WRONGLY_TYPED) return
  if (key !== 0) return popElement(context, args, key, end, reply)
  if (!context.waitForKeys(VALUE_TYPE_SORTED_SET, args, 1, last, timeout)) reply.nilArray()
}

/** BZMPOP. */
function popFromSeveral(context: CommandContext, args: CommandArguments, reply: Reply) {
  const request = parsePopRequest(args, 2, reply)
  if (request === null) return
  const timeout = parseBlockingTimeout(args, 1, reply)
  if (timeout < 0) return
  const { firstKey, endKey } = request
  const key = findReadySortedSet(context, args, firstKey, endKey, reply)
  if (key === WRONGLY_TYPED) return
  if (key !== 0) return popElements(context, args, key, request.end, request.count, reply)
  if (!context.waitForKeys(VALUE_TYPE_SORTED_SET, args, firstKey, endKey - 1, timeout)) reply.nilArray()
}

/** The commands that wait until there is something to take from a sorted set. */
export const blockingSortedSetCommands: readonly Command<CommandContext>[] = [
  {
    name: 'bzpopmin',
    arity: -3,
    flags: ['write', 'noscript', 'blocking', 'fast'],
    keyAccess: 'RW access delete',
    keys: { first: 1, last: -2, step: 1 },
    group: 'sorted-set',
    since: '5.0.0',
    summary:
      'Remove and return the member with the lowest score from one or more sorted sets, or block until one is available',
    syntax: 'key... timeout:double',
    complexity: 'O(log(N)) with N being the number of elements in the sorted set.',
    history: [['6.0.0', '`timeout` is interpreted as a double instead of an integer.']],
    propagation: 'effect',
    execute: (context, args, reply) => pop(context, args, reply, 'min'),
  },
  {
    name: 'bzpopmax',
    arity: -3,
    flags: ['write', 'noscript', 'blocking', 'fast'],
    keyAccess: 'RW access delete',
    keys: { first: 1, last: -2, step: 1 },
    group: 'sorted-set',
    since: '5.0.0',
    summary:
      'Remove and return the member with the highest score from one or more sorted sets, or block until one is available',
    syntax: 'key... timeout:double',
    complexity: 'O(log(N)) with N being the number of elements in the sorted set.',
    history: [['6.0.0', '`timeout` is interpreted as a double instead of an integer.']],
    propagation: 'effect',
    execute: (context, args, reply) => pop(context, args, reply, 'max'),
  },
  {
    name: 'bzmpop',
    arity: -5,
    flags: ['write', 'blocking', 'movablekeys'],
    keySpecifications: [{ access: 'RW access delete', begin: 2, isCounted: true }],
    group: 'sorted-set',
    since: '7.0.0',
    summary: 'Remove and return members with scores in a sorted set or block until one is available',
    syntax: 'timeout:double numkeys:integer key... <where: MIN | MAX> [COUNT count:integer]',
    complexity:
      'O(K) + O(M*log(N)) where K is the number of provided keys, N being the number of elements in the sorted set, and M being the number of elements popped.',
    propagation: 'effect',
    execute: popFromSeveral,
  },
]
