import type { Address, KeySpace } from '../keyspace/key-space.ts'
import {
  ENCODING_INTSET,
  ENCODING_LARGE,
  isLargeKind,
  VALUE_TYPE_HASH,
  VALUE_TYPE_LIST,
  VALUE_TYPE_SET,
  VALUE_TYPE_STRING,
} from '../keyspace/value-type.ts'
import type { Command } from './command.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { wrongArity } from './command-lookup.ts'
import { NOT_AN_INTEGER, SYNTAX_ERROR } from './error-texts.ts'
import { helpCommand } from './help-reply.ts'
import { type Int64, parseInt64 } from './integer-text.ts'
import { isKeyword } from './keywords.ts'
import type { Reply } from './reply.ts'

const SECOND_KEY = { first: 2, last: 2, step: 1 }
/** Redis keeps strings up to this length together with their object's header. */
const EMBEDDED_STRING_LENGTH = 44
/** Redis has one object for each integer below this, which all keys share. */
const SHARED_INTEGERS = 10_000
const SHARED_REFERENCES = 2 ** 31 - 1
/** What a record takes in its index, about: hash and address, in pages that are three quarters full. */
const INDEX_BYTES = 11

function asInteger(keySpace: KeySpace, address: Address): Int64 | null {
  const start = keySpace.valueStart(address)
  return parseInt64(keySpace.bytesAt(address), start, start + keySpace.valueLength(address))
}

/**
 * The encoding in Redis's words: what it has for the same value where that was stored anew. (A string that it has
 * changed in place, by APPEND, SETRANGE or SETBIT, is `raw` there however short it is, and what INCRBYFLOAT makes is no
 * `int`; SORT makes a sorted set a `skiplist`; COPY keeps a large form that is no longer needed.)
 */
function encodingName(keySpace: KeySpace, address: Address): string {
  const encoding = keySpace.encodingOf(address)
  switch (keySpace.typeOf(address)) {
    case VALUE_TYPE_STRING:
      if (asInteger(keySpace, address) !== null) return 'int'
      return keySpace.valueLength(address) <= EMBEDDED_STRING_LENGTH ? 'embstr' : 'raw'
    case VALUE_TYPE_LIST:
      return 'quicklist'
    case VALUE_TYPE_SET:
      return encoding === ENCODING_INTSET ? 'intset' : 'hashtable'
    case VALUE_TYPE_HASH:
      return encoding === ENCODING_LARGE ? 'hashtable' : 'listpack'
    default:
      return encoding === ENCODING_LARGE ? 'skiplist' : 'listpack'
  }
}

function encoding(context: CommandContext, args: CommandArguments, reply: Reply) {
  const address = context.lookup(args, 2)
  if (address === 0) reply.nil()
  else reply.text(encodingName(context.keySpace, address))
}

function references(keySpace: KeySpace, address: Address): number {
  const integer = keySpace.typeOf(address) === VALUE_TYPE_STRING ? asInteger(keySpace, address) : null
  return integer !== null && integer >= 0 && integer < SHARED_INTEGERS ? SHARED_REFERENCES : 1
}

function referenceCount(context: CommandContext, args: CommandArguments, reply: Reply) {
  const address = context.lookup(args, 2)
  if (address === 0) reply.nil()
  else reply.integer(references(context.keySpace, address))
}

/** Nobody writes down when a key was last read, so none has been idle. */
function idleTime(context: CommandContext, args: CommandArguments, reply: Reply) {
  if (context.lookup(args, 2) === 0) reply.nil()
  else reply.integer(0)
}

function frequency(context: CommandContext, args: CommandArguments, reply: Reply) {
  if (context.lookup(args, 2) === 0) return reply.nil()
  reply.error(
    'ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.',
  )
}

function memoryUsage(context: CommandContext, args: CommandArguments, reply: Reply) {
  const { keySpace } = context
  for (let i = 3; i < args.count; i += 2) {
    if (!isKeyword(args, i, 'samples') || i + 1 === args.count) return reply.error(SYNTAX_ERROR)
    // Nothing is sampled here, and so nothing is guessed.
    const samples = parseInt64(args.bytes, args.starts[i + 1]!, args.ends[i + 1]!)
    if (samples === null) return reply.error(NOT_AN_INTEGER)
    if (samples < 0) return reply.error(SYNTAX_ERROR)
  }
  const address = context.lookup(args, 2)
  if (address === 0) return reply.nil()
  let bytes = keySpace.recordBytes(address) + INDEX_BYTES
  if (isLargeKind(keySpace.kindOf(address))) {
    const collection = keySpace.collectionAt(address)
    bytes += collection.bytes + collection.recordBytes
  }
  reply.integer(bytes)
}

/** A command that does nothing of its own: one of its subcommands is found instead. */
function refuseAlone(name: string): Command<CommandContext>['execute'] {
  return (_context, _args, reply) => reply.error(wrongArity(name))
}

/** The commands that tell how a value is kept. */
export const objectCommands: readonly Command<CommandContext>[] = [
  {
    name: 'object',
    arity: -2,
    flags: [],
    group: 'generic',
    since: '2.2.3',
    summary: 'A container for object introspection commands',
    complexity: 'Depends on subcommand.',
    propagation: 'none',
    execute: refuseAlone('object'),
    subcommands: [
      {
        name: 'encoding',
        arity: 3,
        flags: ['readonly'],
        keys: SECOND_KEY,
        keyAccess: 'RO',
        tips: ['nondeterministic_output'],
        group: 'generic',
        since: '2.2.3',
        summary: 'Inspect the internal encoding of a Redis object',
        syntax: 'key',
        complexity: 'O(1)',
        propagation: 'none',
        execute: encoding,
      },
      {
        name: 'refcount',
        arity: 3,
        flags: ['readonly'],
        keys: SECOND_KEY,
        keyAccess: 'RO',
        tips: ['nondeterministic_output'],
        group: 'generic',
        since: '2.2.3',
        summary: 'Get the number of references to the value of the key',
        syntax: 'key',
        complexity: 'O(1)',
        propagation: 'none',
        execute: referenceCount,
      },
      {
        name: 'idletime',
        arity: 3,
        flags: ['readonly'],
        keys: SECOND_KEY,
        keyAccess: 'RO',
        tips: ['nondeterministic_output'],
        group: 'generic',
        since: '2.2.3',
        summary: 'Get the time since a Redis object was last accessed',
        syntax: 'key',
        complexity: 'O(1)',
        propagation: 'none',
        execute: idleTime,
      },
      {
        name: 'freq',
        arity: 3,
        flags: ['readonly'],
        keys: SECOND_KEY,
        keyAccess: 'RO',
        tips: ['nondeterministic_output'],
        group: 'generic',
        since: '4.0.0',
        summary: 'Get the logarithmic access frequency counter of a Redis object',
        syntax: 'key',
        complexity: 'O(1)',
        propagation: 'none',
        execute: frequency,
      },
      helpCommand('object', 'generic', '6.2.0', [
        'ENCODING <key>',
        '    Return the kind of internal representation used in order to store the value',
        '    associated with a <key>.',
        'FREQ <key>',
        '    Return the access frequency index of the <key>. The returned integer is',
        '    proportional to the logarithm of the recent access frequency of the key.',
        'IDLETIME <key>',
        '    Return the idle time of the <key>, that is the approximated number of',
        '    seconds elapsed since the last access to the key.',
        'REFCOUNT <key>',
        '    Return the number of references of the value associated with the specified',
        '    <key>.',
      ]),
    ],
  },
  {
    name: 'memory',
    arity: -2,
    flags: [],
    group: 'server',
    since: '4.0.0',
    summary: 'A container for memory diagnostics commands',
    complexity: 'Depends on subcommand.',
    propagation: 'none',
    execute: refuseAlone('memory'),
    subcommands: [
      {
        name: 'usage',
        arity: -3,
        flags: ['readonly'],
        keys: SECOND_KEY,
        keyAccess: 'RO',
        group: 'server',
        since: '4.0.0',
        summary: 'Estimate the memory usage of a key',
        syntax: 'key [SAMPLES count:integer]',
        complexity: 'O(N) where N is the number of elements, since nothing is sampled.',
        propagation: 'none',
        execute: memoryUsage,
      },
      helpCommand('memory', 'server', '4.0.0', [
        'USAGE <key> [SAMPLES <count>]',
        '    Return memory in bytes used by <key> and its value. Nothing is sampled:',
        '    all of a value counts.',
      ]),
    ],
  },
]
