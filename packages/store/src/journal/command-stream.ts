import type { CommandArguments } from '../commands/command-arguments.ts'

/**
 * The replication stream: `Command` messages of proto/repl/v1/command.proto, each behind its length as a varint.
 * https://protobuf.dev/programming-guides/encoding/
 */

/** The longest command that the stream carries, in bytes without its length: Redis's own limit of a query. */
export const MAX_COMMAND_BYTES = 1 << 30
/** The most arguments of one command, its name included: Redis's own limit. */
export const MAX_COMMAND_ARGUMENTS = 1024 * 1024

/** `repeated bytes args = 1`: field 1, length-delimited. */
const ARGUMENT_TAG = 0x0a
const FIRST_ARGUMENT_FIELD = 1
/** Up to this many bytes a loop is quicker than a call into C++. */
const COPY_LOOP_BYTES = 24

/** The bytes are not a stream of commands. */
export class CommandStreamError extends Error {
  override readonly name = 'CommandStreamError'
  readonly code: 'COMMAND_MALFORMED' | 'COMMAND_TOO_LONG'
  /** Where in the given bytes. */
  readonly position: number

  constructor(code: 'COMMAND_MALFORMED' | 'COMMAND_TOO_LONG', position: number, detail: string) {
    super(`command stream, byte ${position}: ${detail}`)
    this.code = code
    this.position = position
  }
}

/** The length of the Command message itself, without the length before it. */
export function bodyLength(args: CommandArguments): number {
  const { starts, ends, count } = args
  let length = 0
  for (let i = 0; i < count; i++) {
    const size = ends[i]! - starts[i]!
    length += 1 + varintLength(size) + size
  }
  return length
}

/** How many bytes `encodeInto` writes. */
export function encodedLength(args: CommandArguments): number {
  const body = bodyLength(args)
  return varintLength(body) + body
}

/**
 * Writes the command at `at`, where `encodedLength` bytes must be free.
 * @returns the end of what was written
 */
export function encodeInto(args: CommandArguments, target: Buffer, at: number): number {
  return encodeBodyInto(args, bodyLength(args), target, at)
}

/** `encodeInto` for a caller that has the body's length already. */
export function encodeBodyInto(args: CommandArguments, body: number, target: Buffer, at: number): number {
  const { bytes, starts, ends, count } = args
  let position = writeVarint(target, at, body)
  for (let i = 0; i < count; i++) {
    const start = starts[i]!
    const end = ends[i]!
    const size = end - start
    target[position++] = ARGUMENT_TAG
    if (size < 0x80) target[position++] = size
    else position = writeVarint(target, position, size)
    if (size <= COPY_LOOP_BYTES) {
      for (let from = start; from < end; from++) target[position++] = bytes[from]!
    } else {
      bytes.copy(target, position, start, end)
      position += size
    }
  }
  return position
}

/**
 * Takes the command that begins at `start` and fills `args` with ranges of `bytes`.
 * @returns where the next command begins, or -1 where bytes[start, end) does not hold the whole command yet
 * @throws CommandStreamError for bytes that can't be a command, however many follow
 */
export function decodeCommand(bytes: Buffer, start: number, end: number, args: CommandArguments): number {
  let position = start
  // The length before the message. Written out: this runs once for each command of the stream.
  let body = 0
  let shift = 0
  for (;;) {
    if (position === end) return -1
    const byte = bytes[position++]!
    body += shift < 28 ? (byte & 0x7f) << shift : (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) break
    shift += 7
    if (shift > 28) throw new CommandStreamError('COMMAND_TOO_LONG', start, 'the length takes more than 5 bytes')
  }
  if (body > MAX_COMMAND_BYTES) {
    throw new CommandStreamError('COMMAND_TOO_LONG', start, `${body} bytes, the limit is ${MAX_COMMAND_BYTES}`)
  }
  if (body === 0) throw new CommandStreamError('COMMAND_MALFORMED', start, 'a command without a name')
  const commandEnd = position + body
  if (commandEnd > end) return -1

  args.reset(bytes)
  while (position < commandEnd) {
    if (bytes[position] !== ARGUMENT_TAG) {
      position = skipField(bytes, position, commandEnd)
      continue
    }
    position++
    let size = bytes[position]!
    if (position < commandEnd && size < 0x80) position++
    else {
      size = readVarint(bytes, position, commandEnd)
      position += varintWidth(bytes, position)
    }
    if (size > commandEnd - position) {
      throw new CommandStreamError('COMMAND_MALFORMED', position, 'an argument longer than its command')
    }
    if (args.count === MAX_COMMAND_ARGUMENTS) {
      throw new CommandStreamError('COMMAND_TOO_LONG', start, `more than ${MAX_COMMAND_ARGUMENTS} arguments`)
    }
    args.push(position, position + size)
    position += size
  }
  if (args.count === 0) throw new CommandStreamError('COMMAND_MALFORMED', start, 'a command without a name')
  return commandEnd
}

function varintLength(value: number): number {
  if (value < 0x80) return 1
  if (value < 0x4000) return 2
  if (value < 0x20_0000) return 3
  return value < 0x1000_0000 ? 4 : 5
}

function writeVarint(target: Buffer, at: number, value: number): number {
  let position = at
  let rest = value
  while (rest > 0x7f) {
    target[position++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  target[position++] = rest
  return position
}

/** A varint of up to ten bytes within bytes[start, end). Lengths beyond 2^53 come out inexact, but far too long all the same. */
function readVarint(bytes: Buffer, start: number, end: number): number {
  let value = 0
  let scale = 1
  for (let position = start; position < end && position < start + 10; position++) {
    const byte = bytes[position]!
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return value
    scale *= 0x80
  }
  throw new CommandStreamError('COMMAND_MALFORMED', start, 'a number that does not end')
}

function varintWidth(bytes: Buffer, start: number): number {
  let position = start
  while (bytes[position]! >= 0x80) position++
  return position + 1 - start
}

/** Fields that a later version may add are passed over, as protobuf has it. */
function skipField(bytes: Buffer, start: number, end: number): number {
  const tag = readVarint(bytes, start, end)
  const position = start + varintWidth(bytes, start)
  const field = Math.floor(tag / 8)
  const wireType = tag % 8
  let next = Number.POSITIVE_INFINITY
  if (wireType === 0) {
    readVarint(bytes, position, end)
    next = position + varintWidth(bytes, position)
  } else if (wireType === 1) next = position + 8
  else if (wireType === 2) next = position + varintWidth(bytes, position) + readVarint(bytes, position, end)
  else if (wireType === 5) next = position + 4
  if (field === 0 || field === FIRST_ARGUMENT_FIELD || next > end) {
    throw new CommandStreamError('COMMAND_MALFORMED', start, `field ${field} of wire type ${wireType} is not one`)
  }
  return next
}
