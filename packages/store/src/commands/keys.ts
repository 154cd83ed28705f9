import type { Address } from '../keyspace/key-space.ts'
import type { Command } from './command.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { NO_SUCH_KEY } from './error-texts.ts'
import type { Reply } from './reply.ts'
import { valueTypeName } from './value-type-names.ts'

const FIRST_KEY = { first: 1, last: 1, step: 1 }
const FIRST_TWO_KEYS = { first: 1, last: 2, step: 1 }
const ALL_KEYS = { first: 1, last: -1, step: 1 }

function deleteKeys(context: CommandContext, args: CommandArguments, reply: Reply): void {
  let deleted = 0
  for (let i = 1; i < args.count; i++) {
    // Looked up first, so that one that has expired doesn't count.
    if (context.lookup(args, i) === 0) continue
    context.keySpace.delete(args.bytes, args.starts[i]!, args.ends[i]!)
    context.notify('g', 'del', args, i)
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
  context.notify('g', 'rename_from', args, 1)
  context.notify('g', 'rename_to', args, 2)
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
    keyAccess: 'RM delete',
    tips: ['request_policy:multi_shard', 'response_policy:agg_sum'],
    keys: ALL_KEYS,
    group: 'generic',
    since: '1.0.0',
    summary: 'Delete a key',
    syntax: 'key...',
    complexity:
      'O(N) where N is the number of keys that will be removed. When a key to remove holds a value other than a string, the individual complexity for this key is O(M) where M is the number of elements in the list, set, sorted set or hash. Removing a single key that holds a string value is O(1).',
    propagation: 'verbatim',
    execute: deleteKeys,
  },
  {
    name: 'unlink',
    arity: -2,
    flags: ['write', 'fast'],
    keyAccess: 'RM delete',
    tips: ['request_policy:multi_shard', 'response_policy:agg_sum'],
    keys: ALL_KEYS,
    group: 'generic',
    since: '4.0.0',
    summary: 'Delete a key asynchronously in another thread. Otherwise it is just as DEL, but non blocking.',
    syntax: 'key...',
    complexity:
      'O(1) for each key removed regardless of its size. Then the command does O(N) work in a different thread in order to reclaim memory, where N is the number of allocations the deleted objects where composed of.',
    propagation: 'verbatim',
    execute: deleteKeys,
  },
  {
    name: 'exists',
    arity: -2,
    flags: ['readonly', 'fast'],
    keyAccess: 'RO',
    tips: ['request_policy:multi_shard', 'response_policy:agg_sum'],
    keys: ALL_KEYS,
    group: 'generic',
    since: '1.0.0',
    summary: 'Determine if a key exists',
    syntax: 'key...',
    complexity: 'O(N) where N is the number of keys to check.',
    history: [['3.0.3', 'Accepts multiple `key` arguments.']],
    propagation: 'none',
    execute: countKeys,
  },
  {
    name: 'type',
    arity: 2,
    flags: ['readonly', 'fast'],
    keyAccess: 'RO',
    keys: FIRST_KEY,
    group: 'generic',
    since: '1.0.0',
    summary: 'Determine the type stored at key',
    syntax: 'key',
    complexity: 'O(1)',
    propagation: 'none',
    execute: type,
  },
  {
    name: 'rename',
    arity: 3,
    flags: ['write'],
    keySpecifications: [
      { access: 'RW access delete', begin: 1 },
      { access: 'OW update', begin: 2 },
    ],
    keys: FIRST_TWO_KEYS,
    group: 'generic',
    since: '1.0.0',
    summary: 'Rename a key',
    syntax: 'key newkey:key',
    complexity: 'O(1). O(N) for a string, where N is its length.',
    propagation: 'verbatim',
    execute: rename,
  },
  {
    name: 'renamenx',
    arity: 3,
    flags: ['write', 'fast'],
    keySpecifications: [
      { access: 'RW access delete', begin: 1 },
      { access: 'OW insert', begin: 2 },
    ],
    keys: FIRST_TWO_KEYS,
    group: 'generic',
    since: '1.0.0',
    summary: 'Rename a key, only if the new key does not exist',
    syntax: 'key newkey:key',
    complexity: 'O(1). O(N) for a string, where N is its length.',
    history: [['3.2.0', 'The command no longer returns an error when source and destination names are the same.']],
    propagation: 'verbatim',
    execute: renameIfAbsent,
  },
  {
    name: 'touch',
    arity: -2,
    flags: ['readonly', 'fast'],
    keyAccess: 'RO',
    tips: ['request_policy:multi_shard', 'response_policy:agg_sum'],
    keys: ALL_KEYS,
    group: 'generic',
    since: '3.2.1',
    summary: 'Alters the last access time of a key(s). Returns the number of existing keys specified.',
    syntax: 'key...',
    complexity: 'O(N) where N is the number of keys that will be touched.',
    propagation: 'none',
    execute: countKeys,
  },
]
