import type { CommandArguments } from './command-arguments.ts'
import { NOT_AN_INTEGER, SYNTAX_ERROR } from './error-texts.ts'
import { GlobPattern } from './glob-pattern.ts'
import { INT64_MAX, parseInt64 } from './integer-text.ts'
import { isKeyword } from './keywords.ts'
import type { Reply } from './reply.ts'

/** How many elements SCAN and its like visit where no COUNT is given. */
export const SCAN_COUNT = 10
export const INVALID_CURSOR = 'ERR invalid cursor'

/** What HSCAN, SSCAN and ZSCAN are told beside key and cursor. */
export interface ElementScanOptions {
  readonly count: number
  /** Null for all. */
  readonly pattern: GlobPattern | null
}

/**
 * A cursor as C's strtoul takes it (a sign and spaces before it, but not at the very start), as Redis does. Our own
 * cursors are 32-bit hashes; of a larger number, which nobody was given, the lower bits count.
 */
export function parseCursor(args: CommandArguments, i: number): number | null {
  const match = /^([+-]?)(\d+)$/.exec(args.latin1(i))
  if (match === null) return args.lengthOf(i) === 0 ? 0 : null
  const value = BigInt(match[2]!)
  // strtoul reports what is beyond 64 bits, and negates after that.
  if (value > 2n * INT64_MAX + 1n) return null
  return Number(BigInt.asUintN(32, match[1] === '-' ? -value : value))
}

/** The options of HSCAN, SSCAN and ZSCAN, from argument 3 on; null where they are wrong (the error has been given). */
export function parseElementScanOptions(args: CommandArguments, reply: Reply): ElementScanOptions | null {
  let count = SCAN_COUNT
  let pattern: GlobPattern | null = null
  for (let i = 3; i < args.count; i += 2) {
    const hasValue = i + 1 < args.count
    if (hasValue && isKeyword(args, i, 'count')) {
      const value = parseInt64(args.bytes, args.starts[i + 1]!, args.ends[i + 1]!)
      if (value === null || value < 1) {
        reply.error(value === null ? NOT_AN_INTEGER : SYNTAX_ERROR)
        return null
      }
      count = Number(value)
    } else if (hasValue && isKeyword(args, i, 'match')) {
      pattern = new GlobPattern(args.view(i + 1))
    } else {
      reply.error(SYNTAX_ERROR)
      return null
    }
  }
  return { count, pattern }
}
