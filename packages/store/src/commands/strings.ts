import { VALUE_TYPE_STRING } from '../keyspace/value-type.ts'
import type { Command } from './command.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { wrongArity } from './command-lookup.ts'
import { SYNTAX_ERROR } from './error-texts.ts'
import { EX, type ExpiryUnit, PX } from './expiry-time.ts'
import type { Reply } from './reply.ts'
import { parseStringOptions, parseValueExpiry } from './string-options.ts'
import { lookupString, NOT_A_STRING, replyString, storeString } from './string-record.ts'

const FIRST_KEY = { first: 1, last: 1, step: 1 }

/** Stores argument `value` under argument `key`, and propagates that as the SET that has the same effect. */
function setValue(
  context: CommandContext,
  args: CommandArguments,
  key: number,
  value: number,
  expiresAt: number,
): void {
  storeString(context, args, key, args.bytes, args.starts[value]!, args.ends[value]!, expiresAt)
  context.changed()
  context.notify('$', 'set', args, key)
  if (expiresAt !== 0) context.notify('g', 'expire', args, key)
  if (context.isApplying) return
  if (expiresAt === 0) context.propagate('SET', args.view(key), args.view(value))
  else context.propagate('SET', args.view(key), args.view(value), 'PXAT', expiresAt)
}

function set(context: CommandContext, args: CommandArguments, reply: Reply) {
  if (args.count > 3) return setWithOptions(context, args, reply)
  storeString(context, args, 1, args.bytes, args.starts[2]!, args.ends[2]!, 0)
  context.changed()
  context.propagateArguments(args)
  context.notify('$', 'set', args, 1)
  reply.status('OK')
}

function setWithOptions(context: CommandContext, args: CommandArguments, reply: Reply) {
  const { keySpace } = context
  const options = parseStringOptions(args, 3, 'set')
  if (options === null) return reply.error(SYNTAX_ERROR)
  let expiresAt = 0
  if (options.expiryUnit !== null) {
    expiresAt = parseValueExpiry(args, options.expiryArgument, options.expiryUnit, context.now, 'set', reply)
    if (expiresAt === 0) return
  }
  const old = options.returnsOldValue ? lookupString(context, args, 1, reply) : context.lookup(args, 1)
  if (old === NOT_A_STRING) return
  // Before the old value is overwritten, perhaps in place.
  if (options.returnsOldValue) replyString(keySpace, old, reply)
  if (old !== 0 ? options.onlyIfAbsent : options.onlyIfPresent) {
    if (!options.returnsOldValue) reply.nil()
    return
  }
  if (options.keepsExpiry) {
    expiresAt = old === 0 ? 0 : keySpace.expiresAt(old)
    storeString(context, args, 1, args.bytes, args.starts[2]!, args.ends[2]!, expiresAt)
    context.changed()
    context.propagate('SET', args.view(1), args.view(2), 'KEEPTTL')
    context.notify('$', 'set', args, 1)
  } else {
    setValue(context, args, 1, 2, expiresAt)
  }
  if (!options.returnsOldValue) reply.status('OK')
}

function setWithExpiry(
  context: CommandContext,
  args: CommandArguments,
  reply: Reply,
  unit: ExpiryUnit,
  commandName: string,
): void {
  const expiresAt = parseValueExpiry(args, 2, unit, context.now, commandName, reply)
  if (expiresAt === 0) return
  setValue(context, args, 1, 3, expiresAt)
  reply.status('OK')
}

function get(context: CommandContext, args: CommandArguments, reply: Reply): void {
  const address = lookupString(context, args, 1, reply)
  if (address !== NOT_A_STRING) replyString(context.keySpace, address, reply)
}

function getAndDelete(context: CommandContext, args: CommandArguments, reply: Reply): void {
  const address = lookupString(context, args, 1, reply)
  if (address === NOT_A_STRING) return
  replyString(context.keySpace, address, reply)
  if (address !== 0) deleteKey(context, args)
}

function deleteKey(context: CommandContext, args: CommandArguments): void {
  context.keySpace.delete(args.bytes, args.starts[1]!, args.ends[1]!)
  context.changed()
  context.propagate('DEL', args.view(1))
  context.notify('g', 'del', args, 1)
}

function getAndExpire(context: CommandContext, args: CommandArguments, reply: Reply) {
  const { keySpace, now } = context
  const options = parseStringOptions(args, 2, 'getex')
  if (options === null) return reply.error(SYNTAX_ERROR)
  const address = lookupString(context, args, 1, reply)
  if (address === NOT_A_STRING) return
  if (address === 0) return reply.nil()
  const unit = options.expiryUnit
  let expiresAt = 0
  if (unit !== null) {
    expiresAt = parseValueExpiry(args, options.expiryArgument, unit, now, 'getex', reply)
    if (expiresAt === 0) return
  }
  replyString(keySpace, address, reply)
  if (unit !== null && !unit.isRelative && expiresAt <= now && !context.isApplying) {
    deleteKey(context, args)
  } else if (unit !== null) {
    keySpace.setExpiry(address, expiresAt)
    context.changed()
    context.propagate('PEXPIREAT', args.view(1), expiresAt)
    context.notify('g', 'expire', args, 1)
  } else if (options.removesExpiry && keySpace.expiresAt(address) !== 0) {
    keySpace.setExpiry(address, 0)
    context.changed()
    context.propagate('PERSIST', args.view(1))
    context.notify('g', 'persist', args, 1)
  }
}

function getAndSet(context: CommandContext, args: CommandArguments, reply: Reply): void {
  const address = lookupString(context, args, 1, reply)
  if (address === NOT_A_STRING) return
  replyString(context.keySpace, address, reply)
  setValue(context, args, 1, 2, 0)
}

function setIfAbsent(context: CommandContext, args: CommandArguments, reply: Reply) {
  if (context.lookup(args, 1) !== 0) return reply.integer(0)
  setValue(context, args, 1, 2, 0)
  reply.integer(1)
}

function setPairs(context: CommandContext, args: CommandArguments): void {
  for (let i = 1; i < args.count; i += 2) {
    storeString(context, args, i, args.bytes, args.starts[i + 1]!, args.ends[i + 1]!, 0)
    context.notify('$', 'set', args, i)
  }
  context.changed((args.count - 1) / 2)
}

function setMany(context: CommandContext, args: CommandArguments, reply: Reply) {
  if (args.count % 2 === 0) return reply.error(wrongArity('mset'))
  setPairs(context, args)
  reply.status('OK')
}

function setManyIfAbsent(context: CommandContext, args: CommandArguments, reply: Reply) {
  if (args.count % 2 === 0) return reply.error(wrongArity('msetnx'))
  for (let i = 1; i < args.count; i += 2) {
    if (context.lookup(args, i) !== 0) return reply.integer(0)
  }
  setPairs(context, args)
  reply.integer(1)
}

function getMany(context: CommandContext, args: CommandArguments, reply: Reply): void {
  const { keySpace } = context
  reply.array(args.count - 1)
  for (let i = 1; i < args.count; i++) {
    const address = context.lookup(args, i)
    // A value of another type is shown as none.
    const isString = address !== 0 && keySpace.typeOf(address) === VALUE_TYPE_STRING
    replyString(keySpace, isString ? address : 0, reply)
  }
}

/** The commands that read and write whole strings. */
export const stringCommands: readonly Command<CommandContext>[] = [
  {
    name: 'set',
    arity: -3,
    flags: ['write', 'denyoom'],
    keySpecifications: [
      {
        access: 'RW access update variable_flags',
        begin: 1,
        notes: 'RW and ACCESS due to the optional `GET` argument',
      },
    ],
    keys: FIRST_KEY,
    group: 'string',
    since: '1.0.0',
    summary: 'Set the string value of a key',
    syntax:
      'key value [condition: NX | XX]@2.6.12 [GET]@6.2.0 [expiration: EX seconds:integer@2.6.12 | PX milliseconds:integer@2.6.12 | EXAT unix-time-seconds:unix-time@6.2.0 | PXAT unix-time-milliseconds:unix-time@6.2.0 | KEEPTTL@6.0.0]',
    complexity: 'O(1)',
    history: [
      ['2.6.12', 'Added the `EX`, `PX`, `NX` and `XX` options.'],
      ['6.0.0', 'Added the `KEEPTTL` option.'],
      ['6.2.0', 'Added the `GET`, `EXAT` and `PXAT` option.'],
      ['7.0.0', 'Allowed the `NX` and `GET` options to be used together.'],
    ],
    propagation: 'effect',
    execute: set,
  },
  {
    name: 'get',
    arity: 2,
    flags: ['readonly', 'fast'],
    keys: FIRST_KEY,
    group: 'string',
    since: '1.0.0',
    summary: 'Get the value of a key',
    syntax: 'key',
    complexity: 'O(1)',
    propagation: 'none',
    execute: get,
  },
  {
    name: 'getdel',
    arity: 2,
    flags: ['write', 'fast'],
    keyAccess: 'RW access delete',
    keys: FIRST_KEY,
    group: 'string',
    since: '6.2.0',
    summary: 'Get the value of a key and delete the key',
    syntax: 'key',
    complexity: 'O(1)',
    propagation: 'effect',
    execute: getAndDelete,
  },
  {
    name: 'getex',
    arity: -2,
    flags: ['write', 'fast'],
    keySpecifications: [{ access: 'RW access update', begin: 1, notes: 'RW and UPDATE because it changes the TTL' }],
    keys: FIRST_KEY,
    group: 'string',
    since: '6.2.0',
    summary: 'Get the value of a key and optionally set its expiration',
    syntax:
      'key [expiration: EX seconds:integer | PX milliseconds:integer | EXAT unix-time-seconds:unix-time | PXAT unix-time-milliseconds:unix-time | PERSIST]',
    complexity: 'O(1)',
    propagation: 'effect',
    execute: getAndExpire,
  },
  {
    name: 'getset',
    arity: 3,
    flags: ['write', 'denyoom', 'fast'],
    keyAccess: 'RW access update',
    keys: FIRST_KEY,
    group: 'string',
    since: '1.0.0',
    summary: 'Set the string value of a key and return its old value',
    syntax: 'key value',
    complexity: 'O(1)',
    deprecation: { since: '6.2.0', replacement: '`SET` with the `!GET` argument' },
    propagation: 'effect',
    execute: getAndSet,
  },
  {
    name: 'setnx',
    arity: 3,
    flags: ['write', 'denyoom', 'fast'],
    keyAccess: 'OW insert',
    keys: FIRST_KEY,
    group: 'string',
    since: '1.0.0',
    summary: 'Set the value of a key, only if the key does not exist',
    syntax: 'key value',
    complexity: 'O(1)',
    propagation: 'effect',
    execute: setIfAbsent,
  },
  {
    name: 'setex',
    arity: 4,
    flags: ['write', 'denyoom'],
    keyAccess: 'OW update',
    keys: FIRST_KEY,
    group: 'string',
    since: '2.0.0',
    summary: 'Set the value and expiration of a key',
    syntax: 'key seconds:integer value',
    complexity: 'O(1)',
    propagation: 'effect',
    execute: (context, args, reply) => setWithExpiry(context, args, reply, EX, 'setex'),
  },
  {
    name: 'psetex',
    arity: 4,
    flags: ['write', 'denyoom'],
    keyAccess: 'OW update',
    keys: FIRST_KEY,
    group: 'string',
    since: '2.6.0',
    summary: 'Set the value and expiration in milliseconds of a key',
    syntax: 'key milliseconds:integer value',
    complexity: 'O(1)',
    propagation: 'effect',
    execute: (context, args, reply) => setWithExpiry(context, args, reply, PX, 'psetex'),
  },
  {
    name: 'mset',
    arity: -3,
    flags: ['write', 'denyoom'],
    keyAccess: 'OW update',
    tips: ['request_policy:multi_shard', 'response_policy:all_succeeded'],
    keys: { first: 1, last: -1, step: 2 },
    group: 'string',
    since: '1.0.1',
    summary: 'Set multiple keys to multiple values',
    syntax: '<key value>...',
    complexity: 'O(N) where N is the number of keys to set.',
    propagation: 'verbatim',
    execute: setMany,
  },
  {
    name: 'msetnx',
    arity: -3,
    flags: ['write', 'denyoom'],
    keyAccess: 'OW insert',
    tips: ['request_policy:multi_shard', 'response_policy:agg_min'],
    keys: { first: 1, last: -1, step: 2 },
    group: 'string',
    since: '1.0.1',
    summary: 'Set multiple keys to multiple values, only if none of the keys exist',
    syntax: '<key value>...',
    complexity: 'O(N) where N is the number of keys to set.',
    propagation: 'verbatim',
    execute: setManyIfAbsent,
  },
  {
    name: 'mget',
    arity: -2,
    flags: ['readonly', 'fast'],
    tips: ['request_policy:multi_shard'],
    keys: { first: 1, last: -1, step: 1 },
    group: 'string',
    since: '1.0.0',
    summary: 'Get the values of all the given keys',
    syntax: 'key...',
    complexity: 'O(N) where N is the number of keys to retrieve.',
    propagation: 'none',
    execute: getMany,
  },
]
