import { copyValue } from '../collections/collection-builders.ts'
import type { Address } from '../keyspace/key-space.ts'
import type { Command } from './command.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { NO_SUCH_KEY, NOT_AN_INTEGER, SYNTAX_ERROR } from './error-texts.ts'
import { parseInt64 } from './integer-text.ts'
import { isKeyword } from './keywords.ts'
import type { Reply } from './reply.ts'
import { valueTypeName } from './value-type-names.ts'

const FIRST_KEY = { first: 1, last: 1, step: 1 }
const FIRST_TWO_KEYS = { first: 1, last: 2, step: 1 }
const ALL_KEYS = { first: 1, last: -1, step: 1 }

const INT32_MIN = -(2 ** 31)
const INT32_MAX = 2 ** 31 - 1

function deleteKeys(context: CommandContext, args: CommandArguments, reply: Reply): void {
  let deleted = 0
  for (let i = 1; i < args.count; i++) {
    // Looked up first, so that one that has expired doesn't count.
    if (context.lookup(args, i) === 0) continue
    context.keySpace.delete(args.bytes, args.starts[i]!, args.ends[i]!)
    deleted++
  }
  if (deleted > 0) context.changed(deleted)
  reply.integer(deleted)
}

function countKeys(context: CommandContext, args: CommandArguments, reply: Reply): void {
  let count = 0
  for (let i = 1; i < args.count; i++) if (context.lookup(args, i) !== 0) count++
  reply.integer(count)
}

function type(context: CommandContext, args: CommandArguments, reply: Reply): void {
  const address = context.lookup(args, 1)
  reply.status(address === 0 ? 'none' : valueTypeName(context.keySpace.typeOf(address)))
}

function rename(context: CommandContext, args: CommandArguments, reply: Reply) {
  const source = context.lookup(args, 1)
  if (source === 0) return reply.error(NO_SUCH_KEY)
  if (!areKeysEqual(args)) moveTo(context, args, source)
  reply.status('OK')
}

function renameIfAbsent(context: CommandContext, args: CommandArguments, reply: Reply) {
  if (context.lookup(args, 1) === 0) return reply.error(NO_SUCH_KEY)
  if (context.lookup(args, 2) !== 0) return reply.integer(0)
  // Once more: the second look-up may have deleted a record that had expired, and that voids addresses.
  moveTo(context, args, context.lookup(args, 1))
  reply.integer(1)
}

function moveTo(context: CommandContext, args: CommandArguments, source: Address): void {
  context.keySpace.rename(source, args.bytes, args.starts[2]!, args.ends[2]!)
  context.changed()
}

function copy(context: CommandContext, args: CommandArguments, reply: Reply) {
  let replaces = false
  for (let i = 3; i < args.count; i++) {
    if (isKeyword(args, i, 'replace')) {
      replaces = true
    } else if (isKeyword(args, i, 'db') && i + 1 < args.count) {
      const index = parseInt64(args.bytes, args.starts[++i]!, args.ends[i]!)
      if (index === null) return reply.error(NOT_AN_INTEGER)
      if (index < INT32_MIN || index > INT32_MAX) {
        return reply.error(`ERR value is out of range, value must between ${INT32_MIN} and ${INT32_MAX}`)
      }
      // One database so far.
      if (index !== 0) return reply.error('ERR DB index is out of range')
    } else {
      return reply.error(SYNTAX_ERROR)
    }
  }
  if (areKeysEqual(args)) return reply.error('ERR source and destination objects are the same')
  if (context.lookup(args, 1) === 0) return reply.integer(0)
  if (context.lookup(args, 2) !== 0 && !replaces) return reply.integer(0)
  // Once more: the second look-up may have deleted a record that had expired, and that voids addresses.
  const { keySpace } = context
  copyValue(keySpace, context.lookup(args, 1), keySpace, args.bytes, args.starts[2]!, args.ends[2]!)
  context.changed()
  reply.integer(1)
}

function areKeysEqual(args: CommandArguments): boolean {
  return args.bytes.compare(args.bytes, args.starts[2]!, args.ends[2]!, args.starts[1]!, args.ends[1]!) === 0
}

/** The commands that work on keys whatever their values are. */
export const keyCommands: readonly Command<CommandContext>[] = [
  {
    name: 'del',
    arity: -2,
    flags: ['write'],
    keys: ALL_KEYS,
    group: 'generic',
    since: '1.0.0',
    summary: 'Delete a key',
    propagation: 'verbatim',
    execute: deleteKeys,
  },
  {
    name: 'unlink',
    arity: -2,
    flags: ['write', 'fast'],
    keys: ALL_KEYS,
    group: 'generic',
    since: '4.0.0',
    summary: 'Delete a key asynchronously in another thread. Otherwise it is just as DEL, but non blocking.',
    propagation: 'verbatim',
    execute: deleteKeys,
  },
  {
    name: 'exists',
    arity: -2,
    flags: ['readonly', 'fast'],
    keys: ALL_KEYS,
    group: 'generic',
    since: '1.0.0',
    summary: 'Determine if a key exists',
    propagation: 'none',
    execute: countKeys,
  },
  {
    name: 'type',
    arity: 2,
    flags: ['readonly', 'fast'],
    keys: FIRST_KEY,
    group: 'generic',
    since: '1.0.0',
    summary: 'Determine the type stored at key',
    propagation: 'none',
    execute: type,
  },
  {
    name: 'rename',
    arity: 3,
    flags: ['write'],
    keys: FIRST_TWO_KEYS,
    group: 'generic',
    since: '1.0.0',
    summary: 'Rename a key',
    propagation: 'verbatim',
    execute: rename,
  },
  {
    name: 'renamenx',
    arity: 3,
    flags: ['write', 'fast'],
    keys: FIRST_TWO_KEYS,
    group: 'generic',
    since: '1.0.0',
    summary: 'Rename a key, only if the new key does not exist',
    propagation: 'verbatim',
    execute: renameIfAbsent,
  },
  {
    name: 'copy',
    arity: -3,
    flags: ['write', 'denyoom'],
    keys: FIRST_TWO_KEYS,
    group: 'generic',
    since: '6.2.0',
    summary: 'Copy a key',
    propagation: 'verbatim',
    execute: copy,
  },
  {
    name: 'touch',
    arity: -2,
    flags: ['readonly', 'fast'],
    keys: ALL_KEYS,
    group: 'generic',
    since: '3.2.1',
    summary: 'Alters the last access time of a key(s). Returns the number of existing keys specified.',
    propagation: 'none',
    execute: countKeys,
  },
]
