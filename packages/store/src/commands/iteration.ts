import type { Address } from '../keyspace/key-space.ts'
import type { Command } from './command.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { NOT_AN_INTEGER, SYNTAX_ERROR } from './error-texts.ts'
import { hasExpired } from './expiry-time.ts'
import { GlobPattern } from './glob-pattern.ts'
import { parseInt64 } from './integer-text.ts'
import { isKeyword } from './keywords.ts'
import type { Reply } from './reply.ts'
import { INVALID_CURSOR, parseCursor, SCAN_COUNT } from './scan-options.ts'
import { valueTypeName } from './value-type-names.ts'

/** How many keys a command over all keys visits at a time. */
const WALK_COUNT = 1024
/** How many random keys may have expired before RANDOMKEY looks through all of them instead. */
const RANDOM_TRIES = 100

function isLive(context: CommandContext, address: Address): boolean {
  return context.isApplying || !hasExpired(context.keySpace.expiresAt(address), context.now)
}

function keyMatches(context: CommandContext, address: Address, pattern: GlobPattern): boolean {
  const { keySpace } = context
  const start = keySpace.keyStart(address)
  return pattern.matches(keySpace.bytesAt(address), start, start + keySpace.keyLength(address))
}

function replyKey(context: CommandContext, address: Address, reply: Reply): void {
  const { keySpace } = context
  const start = keySpace.keyStart(address)
  reply.bulk(keySpace.bytesAt(address), start, start + keySpace.keyLength(address))
}

function randomKey(context: CommandContext, _args: CommandArguments, reply: Reply) {
  const { keySpace } = context
  if (keySpace.size === 0) return reply.nil()
  for (let i = 0; i < RANDOM_TRIES; i++) {
    const address = keySpace.randomKey(Math.random)
    if (isLive(context, address)) return replyKey(context, address, reply)
  }
  let found: Address = 0
  let cursor = 0
  do {
    cursor = keySpace.scan(cursor, WALK_COUNT, (address) => {
      if (found === 0 && isLive(context, address)) found = address
    })
  } while (cursor !== 0 && found === 0)
  if (found === 0) reply.nil()
  else replyKey(context, found, reply)
}

function keys(context: CommandContext, args: CommandArguments, reply: Reply): void {
  const { keySpace } = context
  const pattern = new GlobPattern(args.view(1))
  const found: Address[] = []
  let cursor = 0
  do {
    cursor = keySpace.scan(cursor, WALK_COUNT, (address) => {
      if (isLive(context, address) && keyMatches(context, address, pattern)) found.push(address)
    })
  } while (cursor !== 0)
  reply.array(found.length)
  for (const address of found) replyKey(context, address, reply)
}

function scan(context: CommandContext, args: CommandArguments, reply: Reply) {
  const { keySpace } = context
  const cursor = parseCursor(args, 1)
  if (cursor === null) return reply.error(INVALID_CURSOR)
  let count = SCAN_COUNT
  let pattern: GlobPattern | null = null
  let typeName: string | null = null
  for (let i = 2; i < args.count; i += 2) {
    const hasValue = i + 1 < args.count
    if (hasValue && isKeyword(args, i, 'count')) {
      const value = parseInt64(args.bytes, args.starts[i + 1]!, args.ends[i + 1]!)
      if (value === null) return reply.error(NOT_AN_INTEGER)
      if (value < 1) return reply.error(SYNTAX_ERROR)
      count = Number(value)
    } else if (hasValue && isKeyword(args, i, 'match')) {
      pattern = new GlobPattern(args.view(i + 1))
    } else if (hasValue && isKeyword(args, i, 'type')) {
      typeName = args.latin1(i + 1).toLowerCase()
    } else {
      return reply.error(SYNTAX_ERROR)
    }
  }
  const found: Address[] = []
  const next = keySpace.scan(cursor, Math.min(count, keySpace.size + 1), (address) => {
    if (!isLive(context, address)) return
    if (typeName !== null && valueTypeName(keySpace.typeOf(address)) !== typeName) return
    if (pattern !== null && !keyMatches(context, address, pattern)) return
    found.push(address)
  })
  reply.array(2)
  reply.text(String(next))
  reply.array(found.length)
  for (const address of found) replyKey(context, address, reply)
}

function size(context: CommandContext, _args: CommandArguments, reply: Reply): void {
  reply.integer(context.keySpace.size)
}

/** The commands that go through the key space. */
export const iterationCommands: readonly Command<CommandContext>[] = [
  {
    name: 'randomkey',
    arity: 1,
    flags: ['readonly'],
    tips: ['request_policy:all_shards', 'nondeterministic_output'],
    group: 'generic',
    since: '1.0.0',
    summary: 'Return a random key from the keyspace',
    complexity: 'O(1)',
    propagation: 'none',
    execute: randomKey,
  },
  {
    name: 'keys',
    arity: 2,
    flags: ['readonly'],
    tips: ['request_policy:all_shards', 'nondeterministic_output_order'],
    group: 'generic',
    since: '1.0.0',
    summary: 'Find all keys matching the given pattern',
    syntax: 'pattern',
    complexity:
      'O(N) with N being the number of keys in the database, under the assumption that the key names in the database and the given pattern have limited length.',
    propagation: 'none',
    execute: keys,
  },
  {
    name: 'scan',
    arity: -2,
    flags: ['readonly'],
    tips: ['nondeterministic_output', 'request_policy:special'],
    group: 'generic',
    since: '2.8.0',
    summary: 'Incrementally iterate the keys space',
    syntax: 'cursor:integer [MATCH pattern] [COUNT count:integer] [TYPE type]@6.0.0',
    complexity:
      'O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection.',
    history: [['6.0.0', 'Added the `TYPE` subcommand.']],
    propagation: 'none',
    execute: scan,
  },
  {
    name: 'dbsize',
    arity: 1,
    flags: ['readonly', 'fast'],
    tips: ['request_policy:all_shards', 'response_policy:agg_sum'],
    group: 'server',
    since: '1.0.0',
    summary: 'Return the number of keys in the selected database',
    complexity: 'O(1)',
    propagation: 'none',
    execute: size,
  },
]
