import type { Address, KeySpace } from '../keyspace/key-space.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { parseInt64 } from './integer-text.ts'
import type { Reply } from './reply.ts'
import { MAX_STRING_LENGTH, storeString } from './string-record.ts'

const HASH_SIGN = 0x23
const NO_BYTES = Buffer.alloc(0)
export const INVALID_OFFSET = -1

/**
 * The position of a bit in argument i; INVALID_OFFSET where there is none (the error has been given).
 * @param width of a field: `#n` stands for the n-th of that width; 0 where that form isn't allowed
 */
export function parseBitOffset(
  context: CommandContext,
  args: CommandArguments,
  i: number,
  width: number,
  reply: Reply,
): number {
  const isCounted = width > 0 && args.lengthOf(i) > 0 && args.bytes[args.starts[i]!] === HASH_SIGN
  const value = parseInt64(args.bytes, args.starts[i]! + (isCounted ? 1 : 0), args.ends[i]!)
  const position = value === null ? INVALID_OFFSET : Number(value) * (isCounted ? width : 1)
  // What a master did is never refused.
  const limit = context.isApplying ? Number.MAX_SAFE_INTEGER : 8 * MAX_STRING_LENGTH
  if (position >= 0 && position < limit) return position
  reply.error('ERR bit offset is not an integer or out of range')
  return INVALID_OFFSET
}

/** A string as an array of bits: bytes[start, end). */
export interface Bits {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
}

/** The bits of the string at an address, to be read; none at address 0. */
export function bitsOf(keySpace: KeySpace, address: Address): Bits {
  if (address === 0) return { bytes: NO_BYTES, start: 0, end: 0 }
  const start = keySpace.valueStart(address)
  return { bytes: keySpace.bytesAt(address), start, end: start + keySpace.valueLength(address) }
}

/**
 * The string under the key in argument 1 (address 0: none yet), whose bits are about to be changed where they are, at
 * least so long that it has the bit at `position`.
 */
export function openWritableBits(
  context: CommandContext,
  args: CommandArguments,
  address: Address,
  position: number,
): Bits {
  const { keySpace } = context
  const length = Math.floor(position / 8) + 1
  const oldLength = address === 0 ? 0 : keySpace.valueLength(address)
  let writable: Address
  if (address !== 0 && oldLength >= length) {
    writable = keySpace.writableValueAt(address)
  } else {
    const value = context.scratch(length)
    if (address !== 0) {
      const start = keySpace.valueStart(address)
      keySpace.bytesAt(address).copy(value, 0, start, start + oldLength)
    }
    value.fill(0, oldLength, length)
    const stored = storeString(context, args, 1, value, 0, length, address === 0 ? 0 : keySpace.expiresAt(address))
    // The caller writes on where it is.
    writable = keySpace.writableValueAt(stored)
  }
  return bitsOf(keySpace, writable)
}
