import type { Command } from './command.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { wrongArity } from './command-lookup.ts'
import { findField, foundValue, hashEditor, hashSize, lookupHash } from './hash-record.ts'
import type { Reply } from './reply.ts'
import { WRONGLY_TYPED } from './typed-record.ts'

const FIRST_KEY = { first: 1, last: 1, step: 1 }

/** Sets the pairs from argument 2 on; how many fields are new, -1 where that can't be done (the error is given). */
function setPairs(context: CommandContext, args: CommandArguments, reply: Reply, name: string): number {
  if (args.count % 2 === 1) {
    reply.error(wrongArity(name))
    return -1
  }
  const address = lookupHash(context, args, reply)
  if (address === WRONGLY_TYPED) return -1
  const { bytes, starts, ends } = args
  const pairs = (args.count - 2) / 2
  hashEditor.open(context, args, address, ends[args.count - 1]! - starts[2]!, pairs)
  let added = 0
  for (let i = 2; i < args.count; i += 2) {
    if (hashEditor.set(bytes, starts[i]!, ends[i]!, bytes, starts[i + 1]!, ends[i + 1]!)) added++
  }
  hashEditor.close()
  context.changed(pairs)
  context.notify('h', 'hset', args, 1)
  return added
}

function set(context: CommandContext, args: CommandArguments, reply: Reply): void {
  const added = setPairs(context, args, reply, 'hset')
  if (added >= 0) reply.integer(added)
}

function setMany(context: CommandContext, args: CommandArguments, reply: Reply): void {
  if (setPairs(context, args, reply, 'hmset') >= 0) reply.status('OK')
}

function setIfAbsent(context: CommandContext, args: CommandArguments, reply: Reply) {
  const address = lookupHash(context, args, reply)
  if (address === WRONGLY_TYPED) return
  const { bytes, starts, ends } = args
  if (address !== 0 && findField(context.keySpace, address, bytes, starts[2]!, ends[2]!)) return reply.integer(0)
  hashEditor.open(context, args, address, args.lengthOf(2) + args.lengthOf(3), 1)
  hashEditor.set(bytes, starts[2]!, ends[2]!, bytes, starts[3]!, ends[3]!)
  hashEditor.close()
  context.changed()
  context.notify('h', 'hset', args, 1)
  reply.integer(1)
}

function get(context: CommandContext, args: CommandArguments, reply: Reply): void {
  const address = lookupHash(context, args, reply)
  if (address !== WRONGLY_TYPED) replyField(context, address, args, 2, reply)
}

function getMany(context: CommandContext, args: CommandArguments, reply: Reply): void {
  const address = lookupHash(context, args, reply)
  if (address === WRONGLY_TYPED) return
  reply.array(args.count - 2)
  for (let i = 2; i < args.count; i++) replyField(context, address, args, i, reply)
}

/** Answers with the value of the field in argument i. */
function replyField(context: CommandContext, address: number, args: CommandArguments, i: number, reply: Reply) {
  if (address === 0 || !findField(context.keySpace, address, args.bytes, args.starts[i]!, args.ends[i]!)) {
    return reply.nil()
  }
  reply.bulk(foundValue.bytes, foundValue.start, foundValue.end)
}

function deleteFields(context: CommandContext, args: CommandArguments, reply: Reply) {
  const { keySpace } = context
  const address = lookupHash(context, args, reply)
  if (address === WRONGLY_TYPED) return
  const { bytes, starts, ends } = args
  // Only one that has something to delete is worth a copy.
  let first = 2
  while (first < args.count && address !== 0 && !findField(keySpace, address, bytes, starts[first]!, ends[first]!))
    first++
  if (address === 0 || first === args.count) return reply.integer(0)
  hashEditor.open(context, args, address, 0, 0)
  let deleted = 0
  for (let i = first; i < args.count; i++) if (hashEditor.delete(bytes, starts[i]!, ends[i]!)) deleted++
  const isThere = hashEditor.close()
  context.changed(deleted)
  context.notify('h', 'hdel', args, 1)
  if (!isThere) context.notify('g', 'del', args, 1)
  reply.integer(deleted)
}

function size(context: CommandContext, args: CommandArguments, reply: Reply): void {
  const address = lookupHash(context, args, reply)
  if (address !== WRONGLY_TYPED) reply.integer(address === 0 ? 0 : hashSize(context.keySpace, address))
}

function exists(context: CommandContext, args: CommandArguments, reply: Reply): void {
  const address = lookupHash(context, args, reply)
  if (address === WRONGLY_TYPED) return
  const isThere = address !== 0 && findField(context.keySpace, address, args.bytes, args.starts[2]!, args.ends[2]!)
  reply.integer(isThere ? 1 : 0)
}

function valueLength(context: CommandContext, args: CommandArguments, reply: Reply): void {
  const address = lookupHash(context, args, reply)
  if (address === WRONGLY_TYPED) return
  const isThere = address !== 0 && findField(context.keySpace, address, args.bytes, args.starts[2]!, args.ends[2]!)
  reply.integer(isThere ? foundValue.end - foundValue.start : 0)
}

/** The commands that set, get and delete fields of hashes. */
export const hashCommands: readonly Command<CommandContext>[] = [
  {
    name: 'hset',
    arity: -4,
    flags: ['write', 'denyoom', 'fast'],
    keys: FIRST_KEY,
    group: 'hash',
    since: '2.0.0',
    summary: 'Set the string value of a hash field',
    syntax: 'key <field value>...',
    complexity:
      'O(1) for each field/value pair added, so O(N) to add N field/value pairs when the command is called with multiple field/value pairs.',
    history: [['4.0.0', 'Accepts multiple `field` and `value` arguments.']],
    propagation: 'verbatim',
    execute: set,
  },
  {
    name: 'hsetnx',
    arity: 4,
    flags: ['write', 'denyoom', 'fast'],
    keyAccess: 'RW insert',
    keys: FIRST_KEY,
    group: 'hash',
    since: '2.0.0',
    summary: 'Set the value of a hash field, only if the field does not exist',
    syntax: 'key field value',
    complexity: 'O(1)',
    propagation: 'verbatim',
    execute: setIfAbsent,
  },
  {
    name: 'hmset',
    arity: -4,
    flags: ['write', 'denyoom', 'fast'],
    keys: FIRST_KEY,
    group: 'hash',
    since: '2.0.0',
    summary: 'Set multiple hash fields to multiple values',
    syntax: 'key <field value>...',
    complexity: 'O(N) where N is the number of fields being set.',
    deprecation: { since: '4.0.0', replacement: '`HSET` with multiple field-value pairs' },
    propagation: 'verbatim',
    execute: setMany,
  },
  {
    name: 'hget',
    arity: 3,
    flags: ['readonly', 'fast'],
    keys: FIRST_KEY,
    group: 'hash',
    since: '2.0.0',
    summary: 'Get the value of a hash field',
    syntax: 'key field',
    complexity: 'O(1)',
    propagation: 'none',
    execute: get,
  },
  {
    name: 'hmget',
    arity: -3,
    flags: ['readonly', 'fast'],
    keys: FIRST_KEY,
    group: 'hash',
    since: '2.0.0',
    summary: 'Get the values of all the given hash fields',
    syntax: 'key field...',
    complexity: 'O(N) where N is the number of fields being requested.',
    propagation: 'none',
    execute: getMany,
  },
  {
    name: 'hdel',
    arity: -3,
    flags: ['write', 'fast'],
    keyAccess: 'RW delete',
    keys: FIRST_KEY,
    group: 'hash',
    since: '2.0.0',
    summary: 'Delete one or more hash fields',
    syntax: 'key field...',
    complexity: 'O(N) where N is the number of fields to be removed.',
    history: [['2.4.0', 'Accepts multiple `field` arguments.']],
    propagation: 'verbatim',
    execute: deleteFields,
  },
  {
    name: 'hlen',
    arity: 2,
    flags: ['readonly', 'fast'],
    keyAccess: 'RO',
    keys: FIRST_KEY,
    group: 'hash',
    since: '2.0.0',
    summary: 'Get the number of fields in a hash',
    syntax: 'key',
    complexity: 'O(1)',
    propagation: 'none',
    execute: size,
  },
  {
    name: 'hexists',
    arity: 3,
    flags: ['readonly', 'fast'],
    keyAccess: 'RO',
    keys: FIRST_KEY,
    group: 'hash',
    since: '2.0.0',
    summary: 'Determine if a hash field exists',
    syntax: 'key field',
    complexity: 'O(1)',
    propagation: 'none',
    execute: exists,
  },
  {
    name: 'hstrlen',
    arity: 3,
    flags: ['readonly', 'fast'],
    keyAccess: 'RO',
    keys: FIRST_KEY,
    group: 'hash',
    since: '3.2.0',
    summary: 'Get the length of the value of a hash field',
    syntax: 'key field',
    complexity: 'O(1)',
    propagation: 'none',
    execute: valueLength,
  },
]
