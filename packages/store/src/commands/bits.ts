import type { Address, KeySpace } from '../keyspace/key-space.ts'
import { countOnes, findBit } from './bit-ranges.ts'
import { INVALID_OFFSET, openWritableBits, parseBitOffset } from './bit-record.ts'
import type { Command } from './command.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { NOT_AN_INTEGER, SYNTAX_ERROR } from './error-texts.ts'
import { type Int64, parseInt64 } from './integer-text.ts'
import { isKeyword } from './keywords.ts'
import type { Reply } from './reply.ts'
import { lookupString, NOT_A_STRING, storeString } from './string-record.ts'

const FIRST_KEY = { first: 1, last: 1, step: 1 }

function setBit(context: CommandContext, args: CommandArguments, reply: Reply) {
  const position = parseBitOffset(context, args, 2, 0, reply)
  if (position === INVALID_OFFSET) return
  const bit = parseInt64(args.bytes, args.starts[3]!, args.ends[3]!)
  if (bit !== 0 && bit !== 1) return reply.error('ERR bit is not an integer or out of range')
  const address = lookupString(context, args, 1, reply)
  if (address === NOT_A_STRING) return
  const { keySpace } = context
  // What stays as it is need not be made writable.
  if (address !== 0 && position < 8 * keySpace.valueLength(address) && bitAt(keySpace, address, position) === bit) {
    return reply.integer(bit)
  }
  const { bytes, start } = openWritableBits(context, args, address, position)
  const i = start + Math.floor(position / 8)
  const mask = 0x80 >>> (position % 8)
  const old = (bytes[i]! & mask) === 0 ? 0 : 1
  bytes[i] = bit === 1 ? bytes[i]! | mask : bytes[i]! & ~mask
  context.changed()
  context.notify('$', 'setbit', args, 1)
  reply.integer(old)
}

function getBit(context: CommandContext, args: CommandArguments, reply: Reply) {
  const position = parseBitOffset(context, args, 2, 0, reply)
  if (position === INVALID_OFFSET) return
  const address = lookupString(context, args, 1, reply)
  if (address !== NOT_A_STRING) reply.integer(address === 0 ? 0 : bitAt(context.keySpace, address, position))
}

function bitAt(keySpace: KeySpace, address: Address, position: number): 0 | 1 {
  const i = Math.floor(position / 8)
  if (i >= keySpace.valueLength(address)) return 0
  const byte = keySpace.bytesAt(address)[keySpace.valueStart(address) + i]!
  return (byte & (0x80 >>> (position % 8))) === 0 ? 0 : 1
}

/** Whether argument i says that positions are of bits (and not of bytes); null where it says neither. */
function parseUnit(args: CommandArguments, i: number): boolean | null {
  if (isKeyword(args, i, 'bit')) return true
  return isKeyword(args, i, 'byte') ? false : null
}

/** A position as counted from the start, within a string of `length`; a negative one is counted from the end. */
function fromStart(position: Int64, length: number): number {
  const exact = Number(position)
  return exact < 0 ? Math.max(length + exact, 0) : exact
}

function count(context: CommandContext, args: CommandArguments, reply: Reply) {
  const { keySpace } = context
  const address = lookupString(context, args, 1, reply)
  if (address === NOT_A_STRING) return
  if (address === 0) return reply.integer(0)
  const length = keySpace.valueLength(address)
  let from = 0
  let to = 8 * length - 1
  if (args.count === 4 || args.count === 5) {
    const first = parseInt64(args.bytes, args.starts[2]!, args.ends[2]!)
    const last = parseInt64(args.bytes, args.starts[3]!, args.ends[3]!)
    if (first === null || last === null) return reply.error(NOT_AN_INTEGER)
    if (first < 0 && last < 0 && first > last) return reply.integer(0)
    const isOfBits = args.count === 5 ? parseUnit(args, 4) : false
    if (isOfBits === null) return reply.error(SYNTAX_ERROR)
    ;[from, to] = bitRange(first, last, length, isOfBits)
  } else if (args.count !== 2) {
    return reply.error(SYNTAX_ERROR)
  }
  reply.integer(from > to ? 0 : countOnes(keySpace.bytesAt(address), keySpace.valueStart(address), from, to))
}

/** The positions of bits from `first` to `last`, both included, that a string of `length` bytes has. */
function bitRange(first: Int64, last: Int64, length: number, isOfBits: boolean): [from: number, to: number] {
  const total = isOfBits ? 8 * length : length
  const from = fromStart(first, total)
  const to = Math.min(fromStart(last, total), total - 1)
  return isOfBits ? [from, to] : [8 * from, 8 * to + 7]
}

function position(context: CommandContext, args: CommandArguments, reply: Reply) {
  const { keySpace } = context
  const bit = parseInt64(args.bytes, args.starts[2]!, args.ends[2]!)
  if (bit === null) return reply.error(NOT_AN_INTEGER)
  if (bit !== 0 && bit !== 1) return reply.error('ERR The bit argument must be 1 or 0.')
  const address = context.lookup(args, 1)
  // A string that isn't there has endless bits that are 0.
  if (address === 0) return reply.integer(bit === 1 ? -1 : 0)
  if (lookupString(context, args, 1, reply) === NOT_A_STRING) return
  const length = keySpace.valueLength(address)
  let from = 0
  let to = 8 * length - 1
  if (args.count >= 4 && args.count <= 6) {
    const first = parseInt64(args.bytes, args.starts[3]!, args.ends[3]!)
    if (first === null) return reply.error(NOT_AN_INTEGER)
    const isOfBits = args.count === 6 ? parseUnit(args, 5) : false
    if (isOfBits === null) return reply.error(SYNTAX_ERROR)
    const last = args.count >= 5 ? parseInt64(args.bytes, args.starts[4]!, args.ends[4]!) : length - 1
    if (last === null) return reply.error(NOT_AN_INTEGER)
    ;[from, to] = bitRange(first, last, length, isOfBits)
  } else if (args.count > 6) {
    return reply.error(SYNTAX_ERROR)
  }
  if (from > to) return reply.integer(-1)
  const found = findBit(keySpace.bytesAt(address), keySpace.valueStart(address), from, to, bit)
  // Without an end, the string goes on with bits that are 0.
  reply.integer(found < 0 && bit === 0 && args.count < 5 ? 8 * length : found)
}

type ByteOperation = (a: number, b: number) => number

const operations: readonly (readonly [name: string, operation: ByteOperation])[] = [
  ['and', (a, b) => a & b],
  ['or', (a, b) => a | b],
  ['xor', (a, b) => a ^ b],
]

function combine(context: CommandContext, args: CommandArguments, reply: Reply) {
  const { keySpace } = context
  const isNot = isKeyword(args, 1, 'not')
  const operation = operations.find(([name]) => isKeyword(args, 1, name))?.[1]
  if (!isNot && operation === undefined) return reply.error(SYNTAX_ERROR)
  if (isNot && args.count !== 4) return reply.error('ERR BITOP NOT must be called with a single source key.')
  const sources: Address[] = []
  for (let i = 3; i < args.count; i++) {
    const address = lookupString(context, args, i, reply)
    if (address === NOT_A_STRING) return
    sources.push(address)
  }
  const length = Math.max(...sources.map((address) => (address === 0 ? 0 : keySpace.valueLength(address))))
  if (length === 0) {
    if (context.lookup(args, 2) !== 0) {
      keySpace.delete(args.bytes, args.starts[2]!, args.ends[2]!)
      context.changed()
      context.notify('g', 'del', args, 2)
    }
    return reply.integer(0)
  }
  const result = context.scratch(length)
  copyPadded(keySpace, sources[0]!, result, length)
  if (operation === undefined) for (let i = 0; i < length; i++) result[i] = ~result[i]!
  else for (const source of sources.slice(1)) apply(keySpace, source, result, length, operation)
  storeString(context, args, 2, result, 0, length, 0)
  context.changed()
  context.notify('$', 'set', args, 2)
  reply.integer(length)
}

function copyPadded(keySpace: KeySpace, address: Address, target: Buffer, length: number): void {
  const ownLength = address === 0 ? 0 : keySpace.valueLength(address)
  if (address !== 0) {
    const start = keySpace.valueStart(address)
    keySpace.bytesAt(address).copy(target, 0, start, start + ownLength)
  }
  target.fill(0, ownLength, length)
}

/** Combines a result with a string, which counts as followed by zeros. */
function apply(keySpace: KeySpace, address: Address, result: Buffer, length: number, operation: ByteOperation): void {
  const ownLength = address === 0 ? 0 : keySpace.valueLength(address)
  if (address !== 0) {
    const bytes = keySpace.bytesAt(address)
    const start = keySpace.valueStart(address)
    for (let i = 0; i < ownLength; i++) result[i] = operation(result[i]!, bytes[start + i]!)
  }
  for (let i = ownLength; i < length; i++) result[i] = operation(result[i]!, 0)
}

/** The commands that work on the bits of strings. */
export const bitCommands: readonly Command<CommandContext>[] = [
  {
    name: 'setbit',
    arity: 4,
    flags: ['write', 'denyoom'],
    keyAccess: 'RW access update',
    keys: FIRST_KEY,
    group: 'bitmap',
    since: '2.2.0',
    summary: 'Sets or clears the bit at offset in the string value stored at key',
    syntax: 'key offset:integer value:integer',
    complexity: 'O(1)',
    propagation: 'verbatim',
    execute: setBit,
  },
  {
    name: 'getbit',
    arity: 3,
    flags: ['readonly', 'fast'],
    keys: FIRST_KEY,
    group: 'bitmap',
    since: '2.2.0',
    summary: 'Returns the bit value at offset in the string value stored at key',
    syntax: 'key offset:integer',
    complexity: 'O(1)',
    propagation: 'none',
    execute: getBit,
  },
  {
    name: 'bitcount',
    arity: -2,
    flags: ['readonly'],
    keys: FIRST_KEY,
    group: 'bitmap',
    since: '2.6.0',
    summary: 'Count set bits in a string',
    syntax: 'key [index: start:integer end:integer [index_unit: BYTE | BIT]@7.0.0]',
    complexity: 'O(N)',
    history: [['7.0.0', 'Added the `BYTE|BIT` option.']],
    propagation: 'none',
    execute: count,
  },
  {
    name: 'bitpos',
    arity: -3,
    flags: ['readonly'],
    keys: FIRST_KEY,
    group: 'bitmap',
    since: '2.8.7',
    summary: 'Find first bit set or clear in a string',
    syntax: 'key bit:integer [index: start:integer [end_index: end:integer [index_unit: BYTE | BIT]@7.0.0]]',
    complexity: 'O(N)',
    history: [['7.0.0', 'Added the `BYTE|BIT` option.']],
    propagation: 'none',
    execute: position,
  },
  {
    name: 'bitop',
    arity: -4,
    flags: ['write', 'denyoom'],
    keySpecifications: [
      { access: 'OW update', begin: 2 },
      { access: 'RO access', begin: 3, last: -1 },
    ],
    keys: { first: 2, last: -1, step: 1 },
    group: 'bitmap',
    since: '2.6.0',
    summary: 'Perform bitwise operations between strings',
    syntax: 'operation destkey:key key...',
    complexity: 'O(N)',
    propagation: 'verbatim',
    execute: combine,
  },
]
