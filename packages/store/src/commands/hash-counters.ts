import type { Address } from '../keyspace/key-space.ts'
import type { Command } from './command.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { NOT_A_FLOAT, NOT_AN_INTEGER } from './error-texts.ts'
import { addExtendedFloats, type ExtendedFloat, formatExtendedFloat, parseExtendedFloat } from './extended-float.ts'
import { findField, foundValue, hashEditor, lookupHash } from './hash-record.ts'
import { addInt64, INT64_TEXT_LENGTH, type Int64, parseInt64, writeInt64 } from './integer-text.ts'
import type { Reply } from './reply.ts'
import { WRONGLY_TYPED } from './typed-record.ts'

const FIRST_KEY = { first: 1, last: 1, step: 1 }
const sumText = Buffer.alloc(INT64_TEXT_LENGTH)

function hasField(context: CommandContext, args: CommandArguments, address: Address): boolean {
  return address !== 0 && findField(context.keySpace, address, args.bytes, args.starts[2]!, args.ends[2]!)
}

/** Stores the field in argument 2 of the hash at `address`. */
function storeField(
  context: CommandContext,
  args: CommandArguments,
  address: Address,
  value: Uint8Array,
  length: number,
): void {
  hashEditor.open(context, args, address, args.lengthOf(2) + length, 1)
  hashEditor.set(args.bytes, args.starts[2]!, args.ends[2]!, value, 0, length)
  hashEditor.close()
  context.changed()
}

function increaseBy(context: CommandContext, args: CommandArguments, reply: Reply) {
  const increment = parseInt64(args.bytes, args.starts[3]!, args.ends[3]!)
  if (increment === null) return reply.error(NOT_AN_INTEGER)
  const address = lookupHash(context, args, reply)
  if (address === WRONGLY_TYPED) return
  let old: Int64 | null = 0
  if (hasField(context, args, address)) {
    old = parseInt64(foundValue.bytes, foundValue.start, foundValue.end)
    if (old === null) return reply.error('ERR hash value is not an integer')
  }
  const sum = addInt64(old, increment)
  if (sum === null) return reply.error('ERR increment or decrement would overflow')
  storeField(context, args, address, sumText, writeInt64(sum, sumText, 0))
  context.notify('h', 'hincrby', args, 1)
  reply.integer(sum)
}

function increaseByFloat(context: CommandContext, args: CommandArguments, reply: Reply) {
  const increment = parseExtendedFloat(args.bytes, args.starts[3]!, args.ends[3]!)
  if (increment === null) return reply.error(NOT_A_FLOAT)
  if (increment === 'infinite') return reply.error('ERR value is NaN or Infinity')
  const address = lookupHash(context, args, reply)
  if (address === WRONGLY_TYPED) return
  let old: ExtendedFloat | null = { mantissa: 0n, exponent: 0 }
  if (hasField(context, args, address)) {
    old = parseExtendedFloat(foundValue.bytes, foundValue.start, foundValue.end)
    if (old === null) return reply.error('ERR hash value is not a float')
  }
  const sum = addExtendedFloats(old, increment)
  if (sum === 'infinite') return reply.error('ERR increment would produce NaN or Infinity')
  const text = formatExtendedFloat(sum)
  storeField(context, args, address, Buffer.from(text, 'latin1'), text.length)
  context.notify('h', 'hincrbyfloat', args, 1)
  // As an HSET: whoever applies it need not count as this machine does.
  context.propagate('HSET', args.view(1), args.view(2), text)
  reply.text(text)
}

/** The commands that count in fields of hashes. */
export const hashCounterCommands: readonly Command<CommandContext>[] = [
  {
    name: 'hincrby',
    arity: 4,
    flags: ['write', 'denyoom', 'fast'],
    keyAccess: 'RW access update',
    keys: FIRST_KEY,
    group: 'hash',
    since: '2.0.0',
    summary: 'Increment the integer value of a hash field by the given number',
    syntax: 'key field increment:integer',
    complexity: 'O(1)',
    propagation: 'verbatim',
    execute: increaseBy,
  },
  {
    name: 'hincrbyfloat',
    arity: 4,
    flags: ['write', 'denyoom', 'fast'],
    keyAccess: 'RW access update',
    keys: FIRST_KEY,
    group: 'hash',
    since: '2.6.0',
    summary: 'Increment the float value of a hash field by the given amount',
    syntax: 'key field increment:double',
    complexity: 'O(1)',
    propagation: 'effect',
    execute: increaseByFloat,
  },
]
