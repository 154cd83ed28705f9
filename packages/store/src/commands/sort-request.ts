import type { CommandArguments } from './command-arguments.ts'
import { NOT_AN_INTEGER, SYNTAX_ERROR } from './error-texts.ts'
import { type Int64, parseInt64 } from './integer-text.ts'
import { isKeyword } from './keywords.ts'
import type { Reply } from './reply.ts'
import { SortPattern } from './sort-pattern.ts'

/** What SORT is asked for. */
export interface SortRequest {
  readonly isDescending: boolean
  readonly isAlphabetic: boolean
  readonly limitStart: Int64
  /** Negative: all. */
  readonly limitCount: Int64
  /** Null: by the elements themselves. */
  readonly by: SortPattern | null
  /** Whether BY names no key: nothing is sorted then. */
  readonly isUnsorted: boolean
  readonly gets: readonly SortPattern[]
  /** The argument with the key that the result is stored under; 0 for none. */
  readonly target: number
}

/** Reads the options from argument 2 on; null where they are wrong (the error has been given). */
export function parseSortRequest(args: CommandArguments, mayStore: boolean, reply: Reply): SortRequest | null {
  let isDescending = false
  let isAlphabetic = false
  let limitStart: Int64 = 0
  let limitCount: Int64 = -1
  let by: SortPattern | null = null
  let isUnsorted = false
  const gets: SortPattern[] = []
  let target = 0
  for (let i = 2; i < args.count; i++) {
    const following = args.count - i - 1
    if (isKeyword(args, i, 'asc')) {
      isDescending = false
    } else if (isKeyword(args, i, 'desc')) {
      isDescending = true
    } else if (isKeyword(args, i, 'alpha')) {
      isAlphabetic = true
    } else if (following >= 2 && isKeyword(args, i, 'limit')) {
      const start = parseInt64(args.bytes, args.starts[++i]!, args.ends[i]!)
      const count = parseInt64(args.bytes, args.starts[++i]!, args.ends[i]!)
      if (start === null || count === null) {
        reply.error(NOT_AN_INTEGER)
        return null
      }
      limitStart = start
      limitCount = count
    } else if (following >= 1 && mayStore && isKeyword(args, i, 'store')) {
      target = ++i
    } else if (following >= 1 && isKeyword(args, i, 'by')) {
      by = new SortPattern(args.copy(++i))
      // Once without a key to go by, always: so does Redis.
      isUnsorted ||= !by.hasPlaceholder
    } else if (following >= 1 && isKeyword(args, i, 'get')) {
      gets.push(new SortPattern(args.copy(++i)))
    } else {
      reply.error(SYNTAX_ERROR)
      return null
    }
  }
  return { isDescending, isAlphabetic, limitStart, limitCount, by, isUnsorted, gets, target }
}
