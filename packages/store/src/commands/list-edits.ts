import { EntryMatcher } from '../collections/listpack-splicing.ts'
import type { Command } from './command.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { NOT_AN_INTEGER, SYNTAX_ERROR } from './error-texts.ts'
import { INT64_MAX, type Int64, parseInt64 } from './integer-text.ts'
import { isKeyword } from './keywords.ts'
import { listEditor, listSize, lookupList, viewList } from './list-record.ts'
import type { Reply } from './reply.ts'
import { WRONGLY_TYPED } from './typed-record.ts'

const FIRST_KEY = { first: 1, last: 1, step: 1 }
const RANK_IS_ZERO =
  "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list"

const matcher = new EntryMatcher()

/** The matcher for the item in argument i. */
function matcherFor(args: CommandArguments, i: number): EntryMatcher {
  return matcher.lookFor(args.bytes, args.starts[i]!, args.ends[i]!)
}

function trim(context: CommandContext, args: CommandArguments, reply: Reply) {
  const start = parseInt64(args.bytes, args.starts[2]!, args.ends[2]!)
  const end = parseInt64(args.bytes, args.starts[3]!, args.ends[3]!)
  if (start === null || end === null) return reply.error(NOT_AN_INTEGER)
  const address = lookupList(context, args, 1, reply)
  if (address === WRONGLY_TYPED) return
  if (address === 0) return reply.status('OK')
  const size = listSize(context.keySpace, address)
  const from = Math.max(0, start < 0 ? Number(start) + size : Number(start))
  const to = Math.min(size, (end < 0 ? Number(end) + size : Number(end)) + 1)
  const kept = Math.max(0, to - from)
  // Where everything is kept, too: whoever watches the key is told of a change all the same, as by Redis.
  listEditor.open(context, args, 1, address)
  if (kept < size) {
    listEditor.removeRange(kept === 0 ? 0 : to, size)
    if (kept > 0) listEditor.removeRange(0, from)
    context.changed(size - kept)
  }
  const isThere = listEditor.close()
  context.notify('l', 'ltrim', args, 1)
  if (!isThere) context.notify('g', 'del', args, 1)
  reply.status('OK')
}

function remove(context: CommandContext, args: CommandArguments, reply: Reply) {
  const count = parseInt64(args.bytes, args.starts[2]!, args.ends[2]!)
  if (count === null) return reply.error(NOT_AN_INTEGER)
  const address = lookupList(context, args, 1, reply)
  if (address === WRONGLY_TYPED) return
  if (address === 0 || !contains(context, address, matcherFor(args, 3))) return reply.integer(0)
  listEditor.open(context, args, 1, address)
  const limit = count === 0 ? Number.POSITIVE_INFINITY : Math.abs(Number(count))
  const removed = listEditor.removeMatches(matcher, limit, count < 0)
  const isThere = listEditor.close()
  context.changed(removed)
  context.notify('l', 'lrem', args, 1)
  if (!isThere) context.notify('g', 'del', args, 1)
  reply.integer(removed)
}

/** Only a list that has something to remove is worth a copy. */
function contains(context: CommandContext, address: number, matcher: EntryMatcher): boolean {
  return firstMatch(context, address, matcher) >= 0
}

/** The index of the first item that matches; -1 for none. */
function firstMatch({ keySpace }: CommandContext, address: number, matcher: EntryMatcher): number {
  const list = viewList(keySpace, address)
  list.moveTo(0)
  for (let index = 0; ; index++) {
    if (list.isMatch(matcher)) return index
    if (!list.next()) return -1
  }
}

function insert(context: CommandContext, args: CommandArguments, reply: Reply) {
  const isAfter = isKeyword(args, 2, 'after')
  if (!isAfter && !isKeyword(args, 2, 'before')) return reply.error(SYNTAX_ERROR)
  const address = lookupList(context, args, 1, reply)
  if (address === WRONGLY_TYPED) return
  if (address === 0) return reply.integer(0)
  const index = firstMatch(context, address, matcherFor(args, 3))
  if (index < 0) return reply.integer(-1)
  listEditor.open(context, args, 1, address)
  listEditor.insert(isAfter ? index + 1 : index, args.bytes, args.starts[4]!, args.ends[4]!)
  const { size } = listEditor
  listEditor.close()
  context.changed()
  context.notify('l', 'linsert', args, 1)
  reply.integer(size)
}

/** What LPOS is asked for. */
interface PositionRequest {
  /** The first match that counts: 1 for the first; negative: from the end. */
  rank: number
  /** How many matches, 0 for all; null for one, as a number and not as an array. */
  count: number | null
  /** How many items are looked at, 0 for all. */
  maximum: number
}

/** LPOS's options; null where they are wrong (the error has been given). */
function parsePositionRequest(args: CommandArguments, reply: Reply): PositionRequest | null {
  const request: PositionRequest = { rank: 1, count: null, maximum: 0 }
  for (let i = 3; i < args.count; i += 2) {
    const value = i + 1 < args.count ? parseInt64(args.bytes, args.starts[i + 1]!, args.ends[i + 1]!) : undefined
    const error = value === undefined ? SYNTAX_ERROR : setOption(request, args, i, value)
    if (error === null) continue
    reply.error(error)
    return null
  }
  return request
}

/** Sets what the option in argument i says; the error, or null. */
function setOption(request: PositionRequest, args: CommandArguments, i: number, value: Int64 | null): string | null {
  if (isKeyword(args, i, 'rank')) {
    if (value === null) return NOT_AN_INTEGER
    if (value === 0) return RANK_IS_ZERO
    // As in Redis, which can't negate the lowest integer.
    request.rank = value < -INT64_MAX ? -1 : Number(value)
    return null
  }
  if (isKeyword(args, i, 'count')) {
    if (value === null || value < 0) return "ERR COUNT can't be negative"
    request.count = Number(value)
    return null
  }
  if (!isKeyword(args, i, 'maxlen')) return SYNTAX_ERROR
  if (value === null || value < 0) return "ERR MAXLEN can't be negative"
  request.maximum = Number(value)
  return null
}

function position(context: CommandContext, args: CommandArguments, reply: Reply) {
  const request = parsePositionRequest(args, reply)
  if (request === null) return
  const address = lookupList(context, args, 1, reply)
  if (address === WRONGLY_TYPED) return
  const { count } = request
  const found = address === 0 ? [] : findPositions(context, address, matcherFor(args, 2), request)
  if (count === null) {
    const [first] = found
    if (first === undefined) reply.nil()
    else reply.integer(first)
    return
  }
  reply.array(found.length)
  for (const index of found) reply.integer(index)
}

function findPositions(
  context: CommandContext,
  address: number,
  matcher: EntryMatcher,
  { rank, count, maximum }: PositionRequest,
): number[] {
  const list = viewList(context.keySpace, address)
  const { size } = list
  const wanted = count === null ? 1 : count === 0 ? Number.POSITIVE_INFINITY : count
  const looks = maximum === 0 ? size : Math.min(maximum, size)
  const isFromEnd = rank < 0
  const found: number[] = []
  let skipped = Math.abs(rank) - 1
  list.moveTo(isFromEnd ? size - 1 : 0)
  for (let i = 0; i < looks && found.length < wanted; i++) {
    if (i > 0) {
      if (isFromEnd) list.previous()
      else list.next()
    }
    if (!list.isMatch(matcher)) continue
    if (skipped > 0) skipped--
    else found.push(isFromEnd ? size - 1 - i : i)
  }
  return found
}

/** The commands that find, insert and remove items within lists. */
export const listEditCommands: readonly Command<CommandContext>[] = [
  {
    name: 'ltrim',
    arity: 4,
    flags: ['write'],
    keyAccess: 'RW delete',
    keys: FIRST_KEY,
    group: 'list',
    since: '1.0.0',
    summary: 'Trim a list to the specified range',
    syntax: 'key start:integer stop:integer',
    complexity: 'O(N) where N is the number of elements to be removed by the operation.',
    propagation: 'verbatim',
    execute: trim,
  },
  {
    name: 'lrem',
    arity: 4,
    flags: ['write'],
    keyAccess: 'RW delete',
    keys: FIRST_KEY,
    group: 'list',
    since: '1.0.0',
    summary: 'Remove elements from a list',
    syntax: 'key count:integer element',
    complexity: 'O(N+M) where N is the length of the list and M is the number of elements removed.',
    propagation: 'verbatim',
    execute: remove,
  },
  {
    name: 'linsert',
    arity: 5,
    flags: ['write', 'denyoom'],
    keyAccess: 'RW insert',
    keys: FIRST_KEY,
    group: 'list',
    since: '2.2.0',
    summary: 'Insert an element before or after another element in a list',
    syntax: 'key <where: BEFORE | AFTER> pivot element',
    complexity:
      'O(N) where N is the number of elements to traverse before seeing the value pivot. This means that inserting somewhere on the left end on the list (head) can be considered O(1) and inserting somewhere on the right end (tail) is O(N).',
    propagation: 'verbatim',
    execute: insert,
  },
  {
    name: 'lpos',
    arity: -3,
    flags: ['readonly'],
    keys: FIRST_KEY,
    group: 'list',
    since: '6.0.6',
    summary: 'Return the index of matching elements on a list',
    syntax: 'key element [RANK rank:integer] [COUNT num-matches:integer] [MAXLEN len:integer]',
    complexity:
      'O(N) where N is the number of elements in the list, for the average case. When searching for elements near the head or the tail of the list, or when the MAXLEN option is provided, the command may run in constant time.',
    propagation: 'none',
    execute: position,
  },
]
