import type { ElementRange } from '../collections/sorted-set-range.ts'
import type { SortedSetView } from '../collections/sorted-set-view.ts'
import type { CommandArguments } from './command-arguments.ts'
import { NOT_AN_INTEGER, SYNTAX_ERROR } from './error-texts.ts'
import { parseInt64 } from './integer-text.ts'
import { isKeyword } from './keywords.ts'
import type { Reply } from './reply.ts'
import { parseLexRange, parseScoreRange } from './score-text.ts'

export type RangeKind = 'rank' | 'score' | 'lex'

/** What is asked of ZRANGE and its relatives; `kind` and `isReverse` are null where options decide. */
export interface RangeForm {
  readonly kind: RangeKind | null
  readonly isReverse: boolean | null
  /** ZRANGESTORE, which has no WITHSCORES. */
  readonly isStore: boolean
}

/** Which elements of a sorted set, in which order. */
export interface RangeRequest {
  readonly isReverse: boolean
  readonly withScores: boolean
  /** Null for a range of ranks, from `start` to `end`. */
  readonly range: ElementRange | null
  readonly start: number
  readonly end: number
  readonly offset: number
  /** Negative for no limit. */
  readonly limit: number
}

/**
 * Reads min, max and options after the source key in argument `source`; null where they are wrong (the error has been
 * given).
 */
export function parseRangeRequest(
  args: CommandArguments,
  source: number,
  form: RangeForm,
  reply: Reply,
): RangeRequest | null {
  let { kind, isReverse } = form
  let withScores = false
  let offset = 0
  let limit = -1
  for (let i = source + 3; i < args.count; i++) {
    if (!form.isStore && isKeyword(args, i, 'withscores')) {
      withScores = true
    } else if (i + 2 < args.count && isKeyword(args, i, 'limit')) {
      const first = parseInteger(args, i + 1)
      const second = first === null ? null : parseInteger(args, i + 2)
      if (first === null || second === null) return refuse(reply, NOT_AN_INTEGER)
      offset = first
      limit = second
      i += 2
    } else if (isReverse === null && isKeyword(args, i, 'rev')) {
      isReverse = true
    } else if (kind === null && isKeyword(args, i, 'bylex')) {
      kind = 'lex'
    } else if (kind === null && isKeyword(args, i, 'byscore')) {
      kind = 'score'
    } else {
      return refuse(reply, SYNTAX_ERROR)
    }
  }
  isReverse ??= false
  kind ??= 'rank'
  if (limit !== -1 && kind === 'rank') {
    return refuse(reply, 'ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX')
  }
  if (withScores && kind === 'lex') {
    return refuse(reply, 'ERR syntax error, WITHSCORES not supported in combination with BYLEX')
  }
  const common = { isReverse, withScores, offset, limit }
  if (kind === 'rank') {
    const start = parseInteger(args, source + 1)
    const end = start === null ? null : parseInteger(args, source + 2)
    return start === null || end === null ? refuse(reply, NOT_AN_INTEGER) : { ...common, range: null, start, end }
  }
  // From the highest down, the maximum comes first.
  const min = isReverse ? source + 2 : source + 1
  const max = isReverse ? source + 1 : source + 2
  const range = kind === 'score' ? parseScoreRange(args, min, max, reply) : parseLexRange(args, min, max, reply)
  return range === null ? null : { ...common, range, start: 0, end: 0 }
}

function refuse(reply: Reply, error: string): null {
  reply.error(error)
  return null
}

/** Close to the limits of 64 bits it is rounded, which is far beyond any size. */
function parseInteger(args: CommandArguments, i: number): number | null {
  const value = parseInt64(args.bytes, args.starts[i]!, args.ends[i]!)
  return value === null ? null : Number(value)
}

/** Ranks of elements: those from `from` on and before `to`. */
export interface RankSpan {
  from: number
  to: number
}

/** The ranks from `start` to `end`, which count from the end where they are negative, as Redis takes them. */
export function spanOfRanks(start: number, end: number, size: number): RankSpan {
  const from = Math.max(0, start < 0 ? size + start : start)
  const to = Math.min(size, (end < 0 ? size + end : end) + 1)
  return from < to ? { from, to } : { from: 0, to: 0 }
}

/** The elements that are asked for. Where the request is reversed the first of them is the last of the span. */
export function spanOfRequest(view: SortedSetView, request: RangeRequest): RankSpan {
  const { isReverse, offset, limit } = request
  if (request.range === null) {
    const { from, to } = spanOfRanks(request.start, request.end, view.size)
    return isReverse ? { from: view.size - to, to: view.size - from } : { from, to }
  }
  view.findRange(request.range, isReverse)
  let { rangeStart: from, rangeEnd: to } = view
  // A negative offset is never reached.
  const skipped = offset < 0 ? to - from : Math.min(offset, to - from)
  const taken = limit < 0 ? to - from - skipped : Math.min(limit, to - from - skipped)
  if (isReverse) {
    to -= skipped
    from = to - taken
  } else {
    from += skipped
    to = from + taken
  }
  return { from, to }
}
