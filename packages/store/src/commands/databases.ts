import { copyValue } from '../collections/collection-builders.ts'
import type { Command } from './command.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { NO_SUCH_DATABASE, NOT_AN_INTEGER, SAME_OBJECT, SYNTAX_ERROR } from './error-texts.ts'
import { parseInt64 } from './integer-text.ts'
import { isKeyword } from './keywords.ts'
import type { Reply } from './reply.ts'

const INT32_MIN = -(2 ** 31)
const INT32_MAX = 2 ** 31 - 1

/** The number of a database in argument i; null where it is none (the error has been given). */
function parseDatabase(context: CommandContext, args: CommandArguments, i: number, reply: Reply): number | null {
  const index = parseInt64(args.bytes, args.starts[i]!, args.ends[i]!)
  if (index === null) {
    reply.error(NOT_AN_INTEGER)
  } else if (index < INT32_MIN || index > INT32_MAX) {
    reply.error(`ERR value is out of range, value must between ${INT32_MIN} and ${INT32_MAX}`)
  } else if (!context.hasDatabase(Number(index))) {
    reply.error(NO_SUCH_DATABASE)
  } else {
    return Number(index)
  }
  return null
}

function copy(context: CommandContext, args: CommandArguments, reply: Reply) {
  let replaces = false
  let target = context.database
  for (let i = 3; i < args.count; i++) {
    if (isKeyword(args, i, 'replace')) {
      replaces = true
    } else if (isKeyword(args, i, 'db') && i + 1 < args.count) {
      const named = parseDatabase(context, args, ++i, reply)
      if (named === null) return
      target = named
    } else {
      return reply.error(SYNTAX_ERROR)
    }
  }
  if (target === context.database && areKeysEqual(args)) return reply.error(SAME_OBJECT)
  if (context.lookup(args, 1) === 0) return reply.integer(0)
  const isTaken = context.inDatabase(target, () => context.lookup(args, 2) !== 0)
  if (isTaken && !replaces) return reply.integer(0)
  // Once more: the second look-up may have deleted a record that had expired, and that voids addresses.
  const { keySpace } = context
  const source = context.lookup(args, 1)
  context.inDatabase(target, () => {
    copyValue(keySpace, source, context.keySpace, args.bytes, args.starts[2]!, args.ends[2]!)
    context.notify('g', 'copy_to', args, 2)
  })
  context.changed()
  reply.integer(1)
}

function areKeysEqual(args: CommandArguments): boolean {
  return args.bytes.compare(args.bytes, args.starts[2]!, args.ends[2]!, args.starts[1]!, args.ends[1]!) === 0
}

function move(context: CommandContext, args: CommandArguments, reply: Reply) {
  const target = parseDatabase(context, args, 2, reply)
  if (target === null) return
  if (target === context.database) return reply.error(SAME_OBJECT)
  const { keySpace } = context
  const source = context.lookup(args, 1)
  if (source === 0) return reply.integer(0)
  if (context.inDatabase(target, () => context.lookup(args, 1) !== 0)) return reply.integer(0)
  const start = args.starts[1]!
  const end = args.ends[1]!
  context.inDatabase(target, () => copyValue(keySpace, source, context.keySpace, args.bytes, start, end))
  keySpace.delete(args.bytes, start, end)
  context.notify('g', 'move_from', args, 1)
  context.inDatabase(target, () => context.notify('g', 'move_to', args, 1))
  context.changed()
  reply.integer(1)
}

function swap(context: CommandContext, args: CommandArguments, reply: Reply) {
  const first = parseInt64(args.bytes, args.starts[1]!, args.ends[1]!)
  if (first === null || first < INT32_MIN || first > INT32_MAX) return reply.error('ERR invalid first DB index')
  const second = parseInt64(args.bytes, args.starts[2]!, args.ends[2]!)
  if (second === null || second < INT32_MIN || second > INT32_MAX) return reply.error('ERR invalid second DB index')
  if (!context.hasDatabase(Number(first)) || !context.hasDatabase(Number(second))) return reply.error(NO_SUCH_DATABASE)
  context.swapDatabases(Number(first), Number(second))
  context.changed()
  reply.status('OK')
}

/** The commands that copy and move keys, within a database or from one to another, and whole databases. */
export const databaseCommands: readonly Command<CommandContext>[] = [
  {
    name: 'copy',
    arity: -3,
    flags: ['write', 'denyoom'],
    keySpecifications: [
      { access: 'RO access', begin: 1 },
      { access: 'OW update', begin: 2 },
    ],
    keys: { first: 1, last: 2, step: 1 },
    group: 'generic',
    since: '6.2.0',
    summary: 'Copy a key',
    syntax: 'source:key destination:key [DB destination-db:integer] [REPLACE]',
    complexity: 'O(N) worst case for collections, where N is the number of nested items. O(1) for string values.',
    propagation: 'verbatim',
    execute: copy,
  },
  {
    name: 'move',
    arity: 3,
    flags: ['write', 'fast'],
    keyAccess: 'RW access update',
    keys: { first: 1, last: 1, step: 1 },
    group: 'generic',
    since: '1.0.0',
    summary: 'Move a key to another database',
    syntax: 'key db:integer',
    complexity: 'O(N) where N is the size of the value, which is copied.',
    propagation: 'verbatim',
    execute: move,
  },
  {
    name: 'swapdb',
    arity: 3,
    flags: ['write', 'fast'],
    group: 'server',
    since: '4.0.0',
    summary: 'Swaps two Redis databases',
    syntax: 'index1:integer index2:integer',
    complexity: 'O(N) where N is the count of clients watching or blocking on keys from both databases.',
    propagation: 'verbatim',
    execute: swap,
  },
]
