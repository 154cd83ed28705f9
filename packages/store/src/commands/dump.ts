import type { Command } from './command.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { encodeDump, endOfDumpedValue } from './dump-payload.ts'
import { NOT_AN_INTEGER, SYNTAX_ERROR } from './error-texts.ts'
import { parseInt64 } from './integer-text.ts'
import { isKeyword } from './keywords.ts'
import type { Reply } from './reply.ts'
import { RestoredValue } from './restored-value.ts'

const FIRST_KEY = { first: 1, last: 1, step: 1 }
const MAX_FREQUENCY = 255

interface RestoreOptions {
  readonly replaces: boolean
  readonly isAbsolute: boolean
}

function dump(context: CommandContext, args: CommandArguments, reply: Reply) {
  const address = context.lookup(args, 1)
  if (address === 0) return reply.nil()
  const payload = encodeDump(context.keySpace, address)
  reply.bulk(payload, 0, payload.length)
}

/** The options from argument 4 on; null where they are wrong (the error has been given). */
function parseRestoreOptions(args: CommandArguments, reply: Reply): RestoreOptions | null {
  let replaces = false
  let isAbsolute = false
  let hasIdleTime = false
  let hasFrequency = false
  const refuse = (error: string) => {
    reply.error(error)
    return null
  }
  for (let i = 4; i < args.count; i++) {
    if (isKeyword(args, i, 'replace')) {
      replaces = true
      continue
    }
    if (isKeyword(args, i, 'absttl')) {
      isAbsolute = true
      continue
    }
    // How often and when a value was used is not kept here: these are only checked.
    const isIdleTime = isKeyword(args, i, 'idletime') && !hasFrequency
    const isFrequency = isKeyword(args, i, 'freq') && !hasIdleTime
    if ((!isIdleTime && !isFrequency) || i + 1 === args.count) return refuse(SYNTAX_ERROR)
    const value = parseInt64(args.bytes, args.starts[++i]!, args.ends[i]!)
    if (value === null) return refuse(NOT_AN_INTEGER)
    if (isIdleTime) {
      if (value < 0) return refuse('ERR Invalid IDLETIME value, must be >= 0')
      hasIdleTime = true
    } else {
      if (value < 0 || value > MAX_FREQUENCY) return refuse('ERR Invalid FREQ value, must be >= 0 and <= 255')
      hasFrequency = true
    }
  }
  return { replaces, isAbsolute }
}

function restore(context: CommandContext, args: CommandArguments, reply: Reply) {
  const { keySpace } = context
  const { bytes, starts, ends } = args
  const options = parseRestoreOptions(args, reply)
  if (options === null) return
  const isTaken = context.lookup(args, 1) !== 0
  if (isTaken && !options.replaces) return reply.error('BUSYKEY Target key name already exists.')
  const timeToLive = parseInt64(bytes, starts[2]!, ends[2]!)
  if (timeToLive === null) return reply.error(NOT_AN_INTEGER)
  if (timeToLive < 0) return reply.error('ERR Invalid TTL value, must be >= 0')
  const valueEnd = endOfDumpedValue(bytes, starts[3]!, ends[3]!)
  if (valueEnd < 0) return reply.error('ERR DUMP payload version or checksum are wrong')
  const restored = RestoredValue.read(keySpace, bytes, starts[3]!, valueEnd)
  if (restored === null) return reply.error('ERR Bad data format')
  let expiresAt = 0
  if (timeToLive !== 0) {
    expiresAt = Math.min(Number(timeToLive) + (options.isAbsolute ? 0 : context.now), Number.MAX_SAFE_INTEGER)
  }
  if (expiresAt !== 0 && expiresAt <= context.now && !context.isApplying) {
    restored.discard()
    if (isTaken) {
      keySpace.delete(bytes, starts[1]!, ends[1]!)
      context.changed()
      context.propagate('DEL', args.view(1))
      context.notify('g', 'del', args, 1)
    }
    return reply.status('OK')
  }
  restored.store(bytes, starts[1]!, ends[1]!, expiresAt)
  context.changed()
  context.propagate('RESTORE', args.view(1), expiresAt, args.view(3), 'ABSTTL', 'REPLACE')
  context.notify('g', 'restore', args, 1)
  reply.status('OK')
}

/** The commands that carry values from one server to another. */
export const dumpCommands: readonly Command<CommandContext>[] = [
  {
    name: 'dump',
    arity: 2,
    flags: ['readonly'],
    tips: ['nondeterministic_output'],
    keys: FIRST_KEY,
    group: 'generic',
    since: '2.6.0',
    summary: 'Return a serialized version of the value stored at the specified key.',
    syntax: 'key',
    complexity:
      'O(1) to access the key and additional O(N*M) to serialize it, where N is the number of Redis objects composing the value and M their average size. For small string values the time complexity is thus O(1)+O(1*M) where M is small, so simply O(1).',
    propagation: 'none',
    execute: dump,
  },
  {
    name: 'restore',
    arity: -4,
    flags: ['write', 'denyoom'],
    keyAccess: 'OW update',
    keys: FIRST_KEY,
    group: 'generic',
    since: '2.6.0',
    summary: 'Create a key using the provided serialized value, previously obtained using DUMP.',
    syntax:
      'key ttl:integer serialized-value [REPLACE]@3.0.0 [ABSTTL]@5.0.0 [IDLETIME seconds:integer]@5.0.0 [FREQ frequency:integer]@5.0.0',
    complexity:
      'O(1) to create the new key and additional O(N*M) to reconstruct the serialized value, where N is the number of Redis objects composing the value and M their average size. For small string values the time complexity is thus O(1)+O(1*M) where M is small, so simply O(1). However for sorted set values the complexity is O(N*M*log(N)) because inserting values into sorted sets is O(log(N)).',
    history: [
      ['3.0.0', 'Added the `REPLACE` modifier.'],
      ['5.0.0', 'Added the `ABSTTL` modifier.'],
      ['5.0.0', 'Added the `IDLETIME` and `FREQ` options.'],
    ],
    propagation: 'effect',
    execute: restore,
  },
]
