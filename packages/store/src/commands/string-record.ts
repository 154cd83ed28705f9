import type { Address, KeySpace } from '../keyspace/key-space.ts'
import { VALUE_TYPE_STRING } from '../keyspace/value-type.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { STRING_TOO_LONG, WRONG_TYPE } from './error-texts.ts'
import type { Reply } from './reply.ts'

/** The longest string, in bytes: Redis's proto-max-bulk-len. */
export const MAX_STRING_LENGTH = 512 * 1024 * 1024

/** What `lookupString` gives for a value of another type. */
export const NOT_A_STRING = -1

/**
 * The live string under the key in argument i: 0 where there is none, NOT_A_STRING where the value is of another type
 * (the error has been given then).
 */
export function lookupString(context: CommandContext, args: CommandArguments, i: number, reply: Reply): Address {
  const address = context.lookup(args, i)
  if (address === 0 || context.keySpace.typeOf(address) === VALUE_TYPE_STRING) return address
  reply.error(WRONG_TYPE)
  return NOT_A_STRING
}

/** Answers with the value of a record, or with nil for address 0. */
export function replyString(keySpace: KeySpace, address: Address, reply: Reply) {
  if (address === 0) return reply.nil()
  const start = keySpace.valueStart(address)
  reply.bulk(keySpace.bytesAt(address), start, start + keySpace.valueLength(address))
}

/** Stores value[start, end) under the key in argument `key`; where it is then. */
export function storeString(
  context: CommandContext,
  args: CommandArguments,
  key: number,
  value: Uint8Array,
  start: number,
  end: number,
  expiresAt: number,
): Address {
  return context.keySpace.set(args.bytes, args.starts[key]!, args.ends[key]!, value, start, end, expiresAt)
}

/** Whether a string may grow to `length` bytes; gives the error where not. What a master did is never refused. */
export function allowsStringLength(context: CommandContext, length: number, reply: Reply): boolean {
  if (length <= MAX_STRING_LENGTH || context.isApplying) return true
  reply.error(STRING_TOO_LONG)
  return false
}
