import { readBits, writeBits } from './bit-ranges.ts'
import { bitsOf, INVALID_OFFSET, openWritableBits, parseBitOffset } from './bit-record.ts'
import type { Command } from './command.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { NOT_AN_INTEGER, SYNTAX_ERROR } from './error-texts.ts'
import { parseInt64 } from './integer-text.ts'
import { isKeyword } from './keywords.ts'
import type { Reply } from './reply.ts'
import { lookupString, NOT_A_STRING } from './string-record.ts'

const FIRST_KEY = { first: 1, last: 1, step: 1 }
const LETTER_I = 0x69
const LETTER_U = 0x75
const INVALID_TYPE = 'ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.'

type Overflow = 'wrap' | 'sat' | 'fail'

/** One GET, SET or INCRBY of a BITFIELD. */
interface FieldOperation {
  readonly name: 'get' | 'set' | 'incrby'
  readonly isSigned: boolean
  readonly width: number
  readonly position: number
  /** What is set or added; 0 for GET. */
  readonly operand: bigint
  readonly overflow: Overflow
}

/** Reads all operations; null where something is wrong (the error has been given). */
function parseOperations(context: CommandContext, args: CommandArguments, reply: Reply): FieldOperation[] | null {
  const operations: FieldOperation[] = []
  let overflow: Overflow = 'wrap'
  for (let i = 2; i < args.count; i++) {
    const following = args.count - i - 1
    if (following >= 1 && isKeyword(args, i, 'overflow')) {
      const named = overflowNamed(args, ++i)
      if (named === null) return refuse(reply, 'ERR Invalid OVERFLOW type specified')
      overflow = named
      continue
    }
    const name = operationNamed(args, i)
    if (name === null || following < (name === 'get' ? 2 : 3)) return refuse(reply, SYNTAX_ERROR)
    const type = parseFieldType(args, i + 1)
    if (type === null) return refuse(reply, INVALID_TYPE)
    const position = parseBitOffset(context, args, i + 2, type.width, reply)
    if (position === INVALID_OFFSET) return null
    let operand = 0n
    if (name !== 'get') {
      const value = parseInt64(args.bytes, args.starts[i + 3]!, args.ends[i + 3]!)
      if (value === null) return refuse(reply, NOT_AN_INTEGER)
      operand = BigInt(value)
    }
    operations.push({ name, ...type, position, operand, overflow })
    i += name === 'get' ? 2 : 3
  }
  return operations
}

function refuse(reply: Reply, error: string): null {
  reply.error(error)
  return null
}

function overflowNamed(args: CommandArguments, i: number): Overflow | null {
  if (isKeyword(args, i, 'wrap')) return 'wrap'
  if (isKeyword(args, i, 'sat')) return 'sat'
  return isKeyword(args, i, 'fail') ? 'fail' : null
}

function operationNamed(args: CommandArguments, i: number): FieldOperation['name'] | null {
  if (isKeyword(args, i, 'get')) return 'get'
  if (isKeyword(args, i, 'set')) return 'set'
  return isKeyword(args, i, 'incrby') ? 'incrby' : null
}

/** `i1` to `i64`, `u1` to `u63`. */
function parseFieldType(args: CommandArguments, i: number): { isSigned: boolean; width: number } | null {
  const start = args.starts[i]!
  const letter = args.lengthOf(i) === 0 ? 0 : args.bytes[start]!
  if (letter !== LETTER_I && letter !== LETTER_U) return null
  const isSigned = letter === LETTER_I
  const width = parseInt64(args.bytes, start + 1, args.ends[i]!)
  if (width === null || width < 1 || width > (isSigned ? 64 : 63)) return null
  return { isSigned, width: Number(width) }
}

/** What becomes of a value that may be out of the field's range; null where nothing is to be written. */
function fitted(value: bigint, { name, isSigned, width, overflow }: FieldOperation): bigint | null {
  const max = 2n ** BigInt(isSigned ? width - 1 : width) - 1n
  const min = isSigned ? -max - 1n : 0n
  if (value >= min && value <= max) return value
  if (overflow === 'fail') return null
  // Redis's own sum overflows for what is set so far below the range, and so is taken for too large.
  const isTakenForLarge = name === 'set' && isSigned && width < 64 && BigInt.asIntN(64, max - value) < 0n
  if (overflow === 'sat') return value > max || isTakenForLarge ? max : min
  return isSigned ? BigInt.asIntN(width, value) : BigInt.asUintN(width, value)
}

function run(context: CommandContext, args: CommandArguments, reply: Reply, isReadOnly: boolean) {
  const { keySpace } = context
  const operations = parseOperations(context, args, reply)
  if (operations === null) return
  const writes = operations.filter(({ name }) => name !== 'get')
  if (writes.length > 0 && isReadOnly) return reply.error('ERR BITFIELD_RO only supports the GET subcommand')
  const address = lookupString(context, args, 1, reply)
  if (address === NOT_A_STRING) return
  if (writes.length === 0) return readFields(context, address, operations, reply)
  const highest = Math.max(...writes.map(({ position, width }) => position + width - 1))
  const isGrown = address === 0 || keySpace.valueLength(address) <= Math.floor(highest / 8)
  // A write that changes nothing is none, also for those who watch the key: it is opened for the first that does.
  let writable = isGrown ? openWritableBits(context, args, address, highest) : null
  let { bytes, start, end } = writable ?? bitsOf(keySpace, address)
  let changes = 0
  reply.array(operations.length)
  for (const operation of operations) {
    const { name, isSigned, width, position, operand } = operation
    const raw = readBits(bytes, start, end, position, width)
    const old = isSigned ? BigInt.asIntN(width, raw) : raw
    if (name === 'get') {
      reply.integer(old)
      continue
    }
    // SET takes its operand as 64 bits of the field's kind.
    const wanted = name === 'incrby' ? old + operand : isSigned ? operand : BigInt.asUintN(64, operand)
    const value = fitted(wanted, operation)
    if (value === null) {
      reply.nil()
      continue
    }
    reply.integer(name === 'incrby' ? value : old)
    if (!isGrown && value === old) continue
    changes++
    if (writable === null) {
      writable = openWritableBits(context, args, address, highest)
      bytes = writable.bytes
      start = writable.start
      end = writable.end
    }
    writeBits(bytes, start, position, width, value)
  }
  if (changes > 0) context.notify('$', 'setbit', args, 1)
  // Redis forgets to propagate the growing where every write failed, and leaves its replicas with less.
  if (changes > 0 || isGrown) context.changed(Math.max(changes, 1))
}

function readFields(
  { keySpace }: CommandContext,
  address: number,
  operations: readonly FieldOperation[],
  reply: Reply,
): void {
  reply.array(operations.length)
  const { bytes, start, end } = bitsOf(keySpace, address)
  for (const { isSigned, width, position } of operations) {
    const raw = readBits(bytes, start, end, position, width)
    reply.integer(isSigned ? BigInt.asIntN(width, raw) : raw)
  }
}

/** The commands that take strings as arrays of integers of any width. */
export const bitFieldCommands: readonly Command<CommandContext>[] = [
  {
    name: 'bitfield',
    arity: -2,
    flags: ['write', 'denyoom'],
    keySpecifications: [
      {
        access: 'RW access update variable_flags',
        begin: 1,
        notes: 'This command allows both access and modification of the key',
      },
    ],
    keys: FIRST_KEY,
    group: 'bitmap',
    since: '3.2.0',
    summary: 'Perform arbitrary bitfield integer operations on strings',
    syntax:
      'key [operation: GET encoding offset:integer | <write: [OVERFLOW <WRAP | SAT | FAIL>] <write_operation: SET encoding offset:integer value:integer | INCRBY encoding offset:integer increment:integer>>]...',
    complexity: 'O(1) for each subcommand specified',
    propagation: 'verbatim',
    execute: (context, args, reply) => run(context, args, reply, false),
  },
  {
    name: 'bitfield_ro',
    arity: -2,
    flags: ['readonly', 'fast'],
    keys: FIRST_KEY,
    group: 'bitmap',
    since: '6.0.0',
    summary: 'Perform arbitrary bitfield integer operations on strings. Read-only variant of BITFIELD',
    syntax: 'key [GET encoding offset:integer]...',
    complexity: 'O(1) for each subcommand specified',
    propagation: 'none',
    execute: (context, args, reply) => run(context, args, reply, true),
  },
]
