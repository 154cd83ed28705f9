import type { Address } from '../keyspace/key-space.ts'
import type { Command, CommandDescription } from './command.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { invalidExpireTime, NOT_AN_INTEGER, shownArgument } from './error-texts.ts'
import { EX, EXAT, type ExpiryUnit, expiryTime, PX, PXAT } from './expiry-time.ts'
import { parseInt64 } from './integer-text.ts'
import { isKeyword } from './keywords.ts'
import type { Reply } from './reply.ts'

const FIRST_KEY = { first: 1, last: 1, step: 1 }

// The conditions of EXPIRE, as bits.
const ONLY_WITHOUT_EXPIRY = 1
const ONLY_WITH_EXPIRY = 2
const ONLY_LATER = 4
const ONLY_EARLIER = 8
const INVALID = -1

function expire(context: CommandContext, args: CommandArguments, reply: Reply, unit: ExpiryUnit, commandName: string) {
  const conditions = parseConditions(args, reply)
  if (conditions === INVALID) return
  const value = parseInt64(args.bytes, args.starts[2]!, args.ends[2]!)
  if (value === null) return reply.error(NOT_AN_INTEGER)
  const time = expiryTime(value, unit, context.now)
  if (time === null) return reply.error(invalidExpireTime(commandName))
  const address = context.lookup(args, 1)
  if (address === 0) return reply.integer(0)
  if (!meetsConditions(conditions, context.keySpace.expiresAt(address), time)) return reply.integer(0)
  if (time <= context.now && !context.isApplying) {
    context.keySpace.delete(args.bytes, args.starts[1]!, args.ends[1]!)
    context.changed()
    context.propagate('DEL', args.view(1))
    context.notify('g', 'del', args, 1)
  } else {
    // A master never propagates a time that isn't above zero, but 0 would mean never.
    context.keySpace.setExpiry(address, Math.max(time, 1))
    context.changed()
    context.propagate('PEXPIREAT', args.view(1), time)
    context.notify('g', 'expire', args, 1)
  }
  reply.integer(1)
}

/** The conditions from argument 3 on; INVALID where they don't go together (the error has been given then). */
function parseConditions(args: CommandArguments, reply: Reply): number {
  let conditions = 0
  for (let i = 3; i < args.count; i++) {
    if (isKeyword(args, i, 'nx')) conditions |= ONLY_WITHOUT_EXPIRY
    else if (isKeyword(args, i, 'xx')) conditions |= ONLY_WITH_EXPIRY
    else if (isKeyword(args, i, 'gt')) conditions |= ONLY_LATER
    else if (isKeyword(args, i, 'lt')) conditions |= ONLY_EARLIER
    else {
      reply.error(`ERR Unsupported option ${shownArgument(args, i)}`)
      return INVALID
    }
  }
  if ((conditions & ONLY_WITHOUT_EXPIRY) !== 0 && conditions !== ONLY_WITHOUT_EXPIRY) {
    reply.error('ERR NX and XX, GT or LT options at the same time are not compatible')
    return INVALID
  }
  if ((conditions & ONLY_LATER) !== 0 && (conditions & ONLY_EARLIER) !== 0) {
    reply.error('ERR GT and LT options at the same time are not compatible')
    return INVALID
  }
  return conditions
}

/** A record without an expiry counts as one that expires after all others. */
function meetsConditions(conditions: number, current: number, time: number): boolean {
  if ((conditions & ONLY_WITHOUT_EXPIRY) !== 0 && current !== 0) return false
  if ((conditions & ONLY_WITH_EXPIRY) !== 0 && current === 0) return false
  if ((conditions & ONLY_LATER) !== 0 && (current === 0 || time <= current)) return false
  if ((conditions & ONLY_EARLIER) !== 0 && current !== 0 && time >= current) return false
  return true
}

function timeToLive(context: CommandContext, args: CommandArguments, reply: Reply, unit: ExpiryUnit) {
  const address: Address = context.lookup(args, 1)
  if (address === 0) return reply.integer(-2)
  const expiresAt = context.keySpace.expiresAt(address)
  if (expiresAt === 0) return reply.integer(-1)
  const milliseconds = unit.isRelative ? Math.max(expiresAt - context.now, 0) : expiresAt
  reply.integer(unit.isSeconds ? Math.floor((milliseconds + 500) / 1000) : milliseconds)
}

function persist(context: CommandContext, args: CommandArguments, reply: Reply) {
  const address = context.lookup(args, 1)
  if (address === 0 || context.keySpace.expiresAt(address) === 0) return reply.integer(0)
  context.keySpace.setExpiry(address, 0)
  context.changed()
  context.notify('g', 'persist', args, 1)
  reply.integer(1)
}

function expireCommand(unit: ExpiryUnit, description: CommandDescription): Command<CommandContext> {
  return {
    ...description,
    arity: -3,
    flags: ['write', 'fast'],
    keys: FIRST_KEY,
    group: 'generic',
    propagation: 'effect',
    execute: (context, args, reply) => expire(context, args, reply, unit, description.name),
  }
}

function timeToLiveCommand(unit: ExpiryUnit, description: CommandDescription): Command<CommandContext> {
  return {
    ...description,
    arity: 2,
    flags: ['readonly', 'fast'],
    ...(unit.isRelative ? { tips: ['nondeterministic_output'] } : {}),
    keys: FIRST_KEY,
    group: 'generic',
    propagation: 'none',
    execute: (context, args, reply) => timeToLive(context, args, reply, unit),
  }
}

const CONDITIONS_ADDED = [['7.0.0', 'Added options: `NX`, `XX`, `GT` and `LT`.']] as const

/** The commands that set and show when a key expires. */
export const expiryCommands: readonly Command<CommandContext>[] = [
  expireCommand(EX, {
    name: 'expire',
    since: '1.0.0',
    summary: "Set a key's time to live in seconds",
    syntax: 'key seconds:integer [condition: NX | XX | GT | LT]@7.0.0',
    complexity: 'O(1)',
    history: CONDITIONS_ADDED,
  }),
  expireCommand(PX, {
    name: 'pexpire',
    since: '2.6.0',
    summary: "Set a key's time to live in milliseconds",
    syntax: 'key milliseconds:integer [condition: NX | XX | GT | LT]@7.0.0',
    complexity: 'O(1)',
    history: CONDITIONS_ADDED,
  }),
  expireCommand(EXAT, {
    name: 'expireat',
    since: '1.2.0',
    summary: 'Set the expiration for a key as a UNIX timestamp',
    syntax: 'key unix-time-seconds:unix-time [condition: NX | XX | GT | LT]@7.0.0',
    complexity: 'O(1)',
    history: CONDITIONS_ADDED,
  }),
  expireCommand(PXAT, {
    name: 'pexpireat',
    since: '2.6.0',
    summary: 'Set the expiration for a key as a UNIX timestamp specified in milliseconds',
    syntax: 'key unix-time-milliseconds:unix-time [condition: NX | XX | GT | LT]@7.0.0',
    complexity: 'O(1)',
    history: CONDITIONS_ADDED,
  }),
  timeToLiveCommand(EX, {
    name: 'ttl',
    since: '1.0.0',
    summary: 'Get the time to live for a key in seconds',
    syntax: 'key',
    complexity: 'O(1)',
    history: [['2.8.0', 'Added the -2 reply.']],
  }),
  timeToLiveCommand(PX, {
    name: 'pttl',
    since: '2.6.0',
    summary: 'Get the time to live for a key in milliseconds',
    syntax: 'key',
    complexity: 'O(1)',
    history: [['2.8.0', 'Added the -2 reply.']],
  }),
  timeToLiveCommand(EXAT, {
    name: 'expiretime',
    since: '7.0.0',
    summary: 'Get the expiration Unix timestamp for a key',
    syntax: 'key',
    complexity: 'O(1)',
  }),
  timeToLiveCommand(PXAT, {
    name: 'pexpiretime',
    since: '7.0.0',
    summary: 'Get the expiration Unix timestamp for a key in milliseconds',
    syntax: 'key',
    complexity: 'O(1)',
  }),
  {
    name: 'persist',
    arity: 2,
    flags: ['write', 'fast'],
    keys: FIRST_KEY,
    group: 'generic',
    since: '2.2.0',
    summary: 'Remove the expiration from a key',
    syntax: 'key',
    complexity: 'O(1)',
    propagation: 'verbatim',
    execute: persist,
  },
]
