import type { Address } from '../keyspace/key-space.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { WRONG_TYPE } from './error-texts.ts'
import type { Reply } from './reply.ts'

/** What `lookupTyped` gives for a value of another type. */
export const WRONGLY_TYPED = -1

/**
 * The live record of the key in argument i, whose value is of that type (VALUE_TYPE_HASH, …): 0 where there is none,
 * WRONGLY_TYPED where the value is of another type (the error has been given then).
 */
export function lookupTyped(
  context: CommandContext,
  args: CommandArguments,
  i: number,
  type: number,
  reply: Reply,
): Address {
  const address = context.lookup(args, i)
  if (address === 0 || context.keySpace.typeOf(address) === type) return address
  reply.error(WRONG_TYPE)
  return WRONGLY_TYPED
}
