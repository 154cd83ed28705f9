import type { CommandArguments } from './command-arguments.ts'
import { parseExtendedFloat } from './extended-float.ts'
import { INT64_MAX } from './integer-text.ts'
import type { Reply } from './reply.ts'

const NOT_A_TIMEOUT = 'ERR timeout is not a float or out of range'
const NEGATIVE_TIMEOUT = 'ERR timeout is negative'
/** Of C's long double. */
const MANTISSA_BITS = 64
/** Longer than any wait, so that it needs no exact computation. */
const MAX_EXPONENT = 64
/** Any number of the format with a lower one, of 64 bits, is less than a millisecond. */
const MIN_EXPONENT = -128

/**
 * The time that argument i has a client wait, given in seconds: milliseconds, rounded up, and 0 for ever; -1 where it
 * is none (the error has been given).
 */
export function parseBlockingTimeout(args: CommandArguments, i: number, reply: Reply): number {
  const seconds = parseExtendedFloat(args.bytes, args.starts[i]!, args.ends[i]!)
  if (seconds === null) {
    reply.error(NOT_A_TIMEOUT)
    return -1
  }
  // What is beyond 64 bits is negative for Redis too.
  const milliseconds = seconds === 'infinite' ? -1n : ceiling(rounded(seconds.mantissa * 1000n), seconds.exponent)
  if (milliseconds < 0n || milliseconds > INT64_MAX) {
    reply.error(NEGATIVE_TIMEOUT)
    return -1
  }
  return Number(milliseconds)
}

/** The nearest number that a mantissa of the format holds: what makes 10 ms of 0.01 s, which is a little more. */
function rounded(product: bigint): bigint {
  const magnitude = product < 0n ? -product : product
  const excess = BigInt(Math.max(0, magnitude.toString(2).length - MANTISSA_BITS))
  if (excess === 0n) return product
  const low = magnitude & ((1n << excess) - 1n)
  const half = 1n << (excess - 1n)
  const isOdd = ((magnitude >> excess) & 1n) === 1n
  const nearest = (magnitude >> excess) + (low > half || (low === half && isOdd) ? 1n : 0n)
  return (product < 0n ? -nearest : nearest) << excess
}

/** mantissa * 2^exponent, rounded up. */
function ceiling(mantissa: bigint, exponent: number): bigint {
  if (mantissa === 0n) return 0n
  if (exponent >= 0) return exponent > MAX_EXPONENT ? -1n : mantissa << BigInt(exponent)
  if (exponent < MIN_EXPONENT) return mantissa > 0n ? 1n : 0n
  // A shift rounds down.
  return -(-mantissa >> BigInt(-exponent))
}
