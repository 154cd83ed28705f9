import type { Command } from './command.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { NOT_AN_INTEGER } from './error-texts.ts'
import { parseInt64 } from './integer-text.ts'
import type { Reply } from './reply.ts'
import { allowsStringLength, lookupString, NOT_A_STRING, storeString } from './string-record.ts'

const FIRST_KEY = { first: 1, last: 1, step: 1 }
const NO_BYTES = Buffer.alloc(0)

function append(context: CommandContext, args: CommandArguments, reply: Reply): void {
  const { keySpace } = context
  const address = lookupString(context, args, 1, reply)
  if (address === NOT_A_STRING) return
  const start = args.starts[2]!
  const end = args.ends[2]!
  const oldLength = address === 0 ? 0 : keySpace.valueLength(address)
  const length = oldLength + end - start
  // A value that is new is never too long: it came as an argument.
  if (address !== 0 && !allowsStringLength(context, length, reply)) return
  if (address === 0) {
    storeString(context, args, 1, args.bytes, start, end, 0)
  } else {
    const value = context.scratch(length)
    const valueStart = keySpace.valueStart(address)
    keySpace.bytesAt(address).copy(value, 0, valueStart, valueStart + oldLength)
    args.bytes.copy(value, oldLength, start, end)
    storeString(context, args, 1, value, 0, length, keySpace.expiresAt(address))
  }
  context.changed()
  context.notify('$', 'append', args, 1)
  reply.integer(length)
}

function stringLength(context: CommandContext, args: CommandArguments, reply: Reply): void {
  const address = lookupString(context, args, 1, reply)
  if (address !== NOT_A_STRING) reply.integer(address === 0 ? 0 : context.keySpace.valueLength(address))
}

function getRange(context: CommandContext, args: CommandArguments, reply: Reply) {
  const { keySpace } = context
  const first = parseInt64(args.bytes, args.starts[2]!, args.ends[2]!)
  const last = parseInt64(args.bytes, args.starts[3]!, args.ends[3]!)
  if (first === null || last === null) return reply.error(NOT_AN_INTEGER)
  const address = lookupString(context, args, 1, reply)
  if (address === NOT_A_STRING) return
  const length = address === 0 ? 0 : keySpace.valueLength(address)
  // Compared as they are: two positions far before the start are both moved to it below.
  const isBackward = first < 0 && last < 0 && first > last
  const from = fromStart(first, length)
  const to = Math.min(fromStart(last, length), length - 1)
  if (isBackward || from > to) return reply.bulk(NO_BYTES, 0, 0)
  const start = keySpace.valueStart(address)
  reply.bulk(keySpace.bytesAt(address), start + from, start + to + 1)
}

/** A position as counted from the start; a negative one is counted from the end, but not beyond the start. */
function fromStart(position: number | bigint, length: number): number {
  const exact = Number(position)
  return exact < 0 ? Math.max(length + exact, 0) : exact
}

function setRange(context: CommandContext, args: CommandArguments, reply: Reply) {
  const { keySpace } = context
  const position = parseInt64(args.bytes, args.starts[2]!, args.ends[2]!)
  if (position === null) return reply.error(NOT_AN_INTEGER)
  if (position < 0) return reply.error('ERR offset is out of range')
  const address = lookupString(context, args, 1, reply)
  if (address === NOT_A_STRING) return
  const oldLength = address === 0 ? 0 : keySpace.valueLength(address)
  const start = args.starts[3]!
  const end = args.ends[3]!
  if (start === end) return reply.integer(oldLength)
  const at = Number(position)
  if (!allowsStringLength(context, at + end - start, reply)) return
  const length = Math.max(oldLength, at + end - start)
  const value = context.scratch(length)
  if (address !== 0) {
    const valueStart = keySpace.valueStart(address)
    keySpace.bytesAt(address).copy(value, 0, valueStart, valueStart + oldLength)
  }
  if (at > oldLength) value.fill(0, oldLength, at)
  args.bytes.copy(value, at, start, end)
  storeString(context, args, 1, value, 0, length, address === 0 ? 0 : keySpace.expiresAt(address))
  context.changed()
  context.notify('$', 'setrange', args, 1)
  reply.integer(length)
}

/** The commands that work on parts of a string. */
export const stringRangeCommands: readonly Command<CommandContext>[] = [
  {
    name: 'append',
    arity: 3,
    flags: ['write', 'denyoom', 'fast'],
    keyAccess: 'RW insert',
    keys: FIRST_KEY,
    group: 'string',
    since: '2.0.0',
    summary: 'Append a value to a key',
    syntax: 'key value',
    complexity: 'O(N) where N is the length of the resulting value, which is built anew.',
    propagation: 'verbatim',
    execute: append,
  },
  {
    name: 'strlen',
    arity: 2,
    flags: ['readonly', 'fast'],
    keyAccess: 'RO',
    keys: FIRST_KEY,
    group: 'string',
    since: '2.2.0',
    summary: 'Get the length of the value stored in a key',
    syntax: 'key',
    complexity: 'O(1)',
    propagation: 'none',
    execute: stringLength,
  },
  {
    name: 'getrange',
    arity: 4,
    flags: ['readonly'],
    keys: FIRST_KEY,
    group: 'string',
    since: '2.4.0',
    summary: 'Get a substring of the string stored at a key',
    syntax: 'key start:integer end:integer',
    complexity:
      'O(N) where N is the length of the returned string. The complexity is ultimately determined by the returned length, but because creating a substring from an existing string is very cheap, it can be considered O(1) for small strings.',
    propagation: 'none',
    execute: getRange,
  },
  {
    name: 'substr',
    arity: 4,
    flags: ['readonly'],
    keys: FIRST_KEY,
    group: 'string',
    since: '1.0.0',
    summary: 'Get a substring of the string stored at a key',
    syntax: 'key start:integer end:integer',
    complexity:
      'O(N) where N is the length of the returned string. The complexity is ultimately determined by the returned length, but because creating a substring from an existing string is very cheap, it can be considered O(1) for small strings.',
    deprecation: { since: '2.0.0', replacement: '`GETRANGE`' },
    propagation: 'none',
    execute: getRange,
  },
  {
    name: 'setrange',
    arity: 4,
    flags: ['write', 'denyoom'],
    keys: FIRST_KEY,
    group: 'string',
    since: '2.2.0',
    summary: 'Overwrite part of a string at key starting at the specified offset',
    syntax: 'key offset:integer value',
    complexity: 'O(N) where N is the length of the resulting value, which is built anew.',
    propagation: 'verbatim',
    execute: setRange,
  },
]
