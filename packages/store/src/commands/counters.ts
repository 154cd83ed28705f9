import type { Command } from './command.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { NOT_A_FLOAT, NOT_AN_INTEGER } from './error-texts.ts'
import { addExtendedFloats, type ExtendedFloat, formatExtendedFloat, parseExtendedFloat } from './extended-float.ts'
import { addInt64, INT64_TEXT_LENGTH, type Int64, negateInt64, parseInt64, writeInt64 } from './integer-text.ts'
import type { Reply } from './reply.ts'
import { lookupString, NOT_A_STRING, storeString } from './string-record.ts'

const FIRST_KEY = { first: 1, last: 1, step: 1 }

function increaseBy(context: CommandContext, args: CommandArguments, reply: Reply, increment: Int64) {
  const { keySpace } = context
  const address = lookupString(context, args, 1, reply)
  if (address === NOT_A_STRING) return
  let old: Int64 | null = 0
  let expiresAt = 0
  if (address !== 0) {
    const start = keySpace.valueStart(address)
    old = parseInt64(keySpace.bytesAt(address), start, start + keySpace.valueLength(address))
    if (old === null) return reply.error(NOT_AN_INTEGER)
    expiresAt = keySpace.expiresAt(address)
  }
  const sum = addInt64(old, increment)
  if (sum === null) return reply.error('ERR increment or decrement would overflow')
  const text = context.scratch(INT64_TEXT_LENGTH)
  storeString(context, args, 1, text, 0, writeInt64(sum, text, 0), expiresAt)
  context.changed()
  context.notify('$', 'incrby', args, 1)
  reply.integer(sum)
}

function increaseByArgument(context: CommandContext, args: CommandArguments, reply: Reply) {
  const increment = parseInt64(args.bytes, args.starts[2]!, args.ends[2]!)
  if (increment === null) return reply.error(NOT_AN_INTEGER)
  increaseBy(context, args, reply, increment)
}

function decreaseByArgument(context: CommandContext, args: CommandArguments, reply: Reply) {
  const decrement = parseInt64(args.bytes, args.starts[2]!, args.ends[2]!)
  if (decrement === null) return reply.error(NOT_AN_INTEGER)
  const increment = negateInt64(decrement)
  if (increment === null) return reply.error('ERR decrement would overflow')
  increaseBy(context, args, reply, increment)
}

function increaseByFloat(context: CommandContext, args: CommandArguments, reply: Reply) {
  const { keySpace } = context
  const address = lookupString(context, args, 1, reply)
  if (address === NOT_A_STRING) return
  let old: ExtendedFloat | null = { mantissa: 0n, exponent: 0 }
  let expiresAt = 0
  if (address !== 0) {
    const start = keySpace.valueStart(address)
    old = parseExtendedFloat(keySpace.bytesAt(address), start, start + keySpace.valueLength(address))
    expiresAt = keySpace.expiresAt(address)
  }
  const increment = parseExtendedFloat(args.bytes, args.starts[2]!, args.ends[2]!)
  if (old === null || increment === null) return reply.error(NOT_A_FLOAT)
  const sum = addExtendedFloats(old, increment)
  if (sum === 'infinite') return reply.error('ERR increment would produce NaN or Infinity')
  const text = formatExtendedFloat(sum)
  const value = context.scratch(text.length)
  value.write(text, 'latin1')
  storeString(context, args, 1, value, 0, text.length, expiresAt)
  context.changed()
  context.notify('$', 'incrbyfloat', args, 1)
  // As a SET: whoever applies it need not count as this machine does.
  context.propagate('SET', args.view(1), text, 'KEEPTTL')
  reply.text(text)
}

/** The commands that count in strings. */
export const counterCommands: readonly Command<CommandContext>[] = [
  {
    name: 'incr',
    arity: 2,
    flags: ['write', 'denyoom', 'fast'],
    keyAccess: 'RW access update',
    keys: FIRST_KEY,
    group: 'string',
    since: '1.0.0',
    summary: 'Increment the integer value of a key by one',
    syntax: 'key',
    complexity: 'O(1)',
    propagation: 'verbatim',
    execute: (context, args, reply) => increaseBy(context, args, reply, 1),
  },
  {
    name: 'decr',
    arity: 2,
    flags: ['write', 'denyoom', 'fast'],
    keyAccess: 'RW access update',
    keys: FIRST_KEY,
    group: 'string',
    since: '1.0.0',
    summary: 'Decrement the integer value of a key by one',
    syntax: 'key',
    complexity: 'O(1)',
    propagation: 'verbatim',
    execute: (context, args, reply) => increaseBy(context, args, reply, -1),
  },
  {
    name: 'incrby',
    arity: 3,
    flags: ['write', 'denyoom', 'fast'],
    keyAccess: 'RW access update',
    keys: FIRST_KEY,
    group: 'string',
    since: '1.0.0',
    summary: 'Increment the integer value of a key by the given amount',
    syntax: 'key increment:integer',
    complexity: 'O(1)',
    propagation: 'verbatim',
    execute: increaseByArgument,
  },
  {
    name: 'decrby',
    arity: 3,
    flags: ['write', 'denyoom', 'fast'],
    keyAccess: 'RW access update',
    keys: FIRST_KEY,
    group: 'string',
    since: '1.0.0',
    summary: 'Decrement the integer value of a key by the given number',
    syntax: 'key decrement:integer',
    complexity: 'O(1)',
    propagation: 'verbatim',
    execute: decreaseByArgument,
  },
  {
    name: 'incrbyfloat',
    arity: 3,
    flags: ['write', 'denyoom', 'fast'],
    keyAccess: 'RW access update',
    keys: FIRST_KEY,
    group: 'string',
    since: '2.6.0',
    summary: 'Increment the float value of a key by the given amount',
    syntax: 'key increment:double',
    complexity: 'O(1)',
    propagation: 'effect',
    execute: increaseByFloat,
  },
]
