import {
  entryAt,
  firstEntry,
  isListpackEnd,
  ListpackCursor,
  listpackCount,
  nextEntry,
} from '../collections/listpack.ts'
import { openValueAt } from '../collections/value-reader.ts'
import type { Address, KeySpace } from '../keyspace/key-space.ts'
import { ENCODING_LARGE } from '../keyspace/value-type.ts'
import type { Command } from './command.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { SYNTAX_ERROR } from './error-texts.ts'
import { largeHashAt, lookupHash } from './hash-record.ts'
import { isKeyword } from './keywords.ts'
import { distinctElements, distinctIndexes, parseRandomCount } from './random-elements.ts'
import type { Reply } from './reply.ts'
import { type ElementScanOptions, INVALID_CURSOR, parseCursor, parseElementScanOptions } from './scan-options.ts'
import { WRONGLY_TYPED } from './typed-record.ts'

const FIRST_KEY = { first: 1, last: 1, step: 1 }

function getAll(context: CommandContext, args: CommandArguments, reply: Reply) {
  const address = lookupHash(context, args, reply)
  if (address === WRONGLY_TYPED) return
  if (address === 0) return reply.map(0)
  const cursor = openValueAt(context.keySpace, address)
  reply.map(cursor.size)
  while (cursor.next()) {
    reply.bulk(cursor.bytes, cursor.start, cursor.end)
    reply.bulk(cursor.valueBytes, cursor.valueStart, cursor.valueEnd)
  }
}

function fields(context: CommandContext, args: CommandArguments, reply: Reply) {
  const address = lookupHash(context, args, reply)
  if (address === WRONGLY_TYPED) return
  if (address === 0) return reply.array(0)
  const cursor = openValueAt(context.keySpace, address)
  reply.array(cursor.size)
  while (cursor.next()) reply.bulk(cursor.bytes, cursor.start, cursor.end)
}

function values(context: CommandContext, args: CommandArguments, reply: Reply) {
  const address = lookupHash(context, args, reply)
  if (address === WRONGLY_TYPED) return
  if (address === 0) return reply.array(0)
  const cursor = openValueAt(context.keySpace, address)
  reply.array(cursor.size)
  while (cursor.next()) reply.bulk(cursor.valueBytes, cursor.valueStart, cursor.valueEnd)
}

function scan(context: CommandContext, args: CommandArguments, reply: Reply) {
  const from = parseCursor(args, 2)
  if (from === null) return reply.error(INVALID_CURSOR)
  const address = lookupHash(context, args, reply)
  if (address === WRONGLY_TYPED) return
  if (address === 0) {
    // Redis doesn't look at the options then.
    reply.array(2)
    reply.text('0')
    return reply.array(0)
  }
  const options = parseElementScanOptions(args, reply)
  if (options === null) return
  if (context.keySpace.encodingOf(address) === ENCODING_LARGE)
    scanLarge(context.keySpace, address, from, options, reply)
  else scanCompact(context.keySpace, address, options, reply)
}

function scanLarge(
  keySpace: KeySpace,
  address: Address,
  from: number,
  { count, pattern }: ElementScanOptions,
  reply: Reply,
): void {
  const hash = largeHashAt(keySpace, address)
  const found: Address[] = []
  const next = hash.fields.scan(from, Math.min(count, hash.size + 1), (element) => {
    const start = keySpace.keyStart(element)
    const end = start + keySpace.keyLength(element)
    if (pattern === null || pattern.matches(keySpace.bytesAt(element), start, end)) found.push(element)
  })
  reply.array(2)
  reply.text(String(next))
  reply.array(2 * found.length)
  for (const element of found) {
    replyFieldAt(keySpace, element, reply)
    replyValueAt(keySpace, element, reply)
  }
}

/** All at once, whatever the count and the cursor are. */
function scanCompact(keySpace: KeySpace, address: Address, { pattern }: ElementScanOptions, reply: Reply): void {
  const block = keySpace.bytesAt(address)
  const entry = new ListpackCursor()
  const found: number[] = []
  for (let at = firstEntry(keySpace.valueStart(address)); !isListpackEnd(block, at); ) {
    const field = at
    const value = nextEntry(block, field)
    at = nextEntry(block, value)
    entry.show(block, field)
    if (pattern === null || pattern.matches(entry.bytes, entry.start, entry.end)) found.push(field, value)
  }
  reply.array(2)
  reply.text('0')
  reply.array(found.length)
  for (const at of found) replyEntry(entry, block, at, reply)
}

function randomField(context: CommandContext, args: CommandArguments, reply: Reply) {
  const { keySpace } = context
  if (args.count > 2) return randomFields(context, args, reply)
  const address = lookupHash(context, args, reply)
  if (address === WRONGLY_TYPED) return
  if (address === 0) return reply.nil()
  if (keySpace.encodingOf(address) === ENCODING_LARGE) {
    return replyFieldAt(keySpace, largeHashAt(keySpace, address).fields.pick(Math.random), reply)
  }
  const block = keySpace.bytesAt(address)
  const start = keySpace.valueStart(address)
  const index = Math.floor((Math.random() * listpackCount(block, start)) / 2)
  replyEntry(new ListpackCursor(), block, entryAt(block, start, 2 * index), reply)
}

function randomFields(context: CommandContext, args: CommandArguments, reply: Reply) {
  const { keySpace } = context
  const wanted = parseRandomCount(args, 2, reply)
  if (wanted === null) return
  if (args.count > 4 || (args.count === 4 && !isKeyword(args, 3, 'withvalues'))) return reply.error(SYNTAX_ERROR)
  const withValues = args.count === 4
  // Redis counts fields and values together then, in 64 bits.
  if (withValues && wanted.count > 2 ** 62) return reply.error('ERR value is out of range')
  const address = lookupHash(context, args, reply)
  if (address === WRONGLY_TYPED) return
  if (address === 0 || wanted.count === 0) return reply.array(0)
  if (keySpace.encodingOf(address) === ENCODING_LARGE) {
    const { fields } = largeHashAt(keySpace, address)
    const elements = wanted.mayRepeat
      ? Array.from({ length: wanted.count }, () => fields.pick(Math.random))
      : distinctElements(fields, wanted.count, Math.random)
    beginFields(reply, elements.length, withValues)
    for (const element of elements) {
      if (withValues) reply.pair()
      replyFieldAt(keySpace, element, reply)
      if (withValues) replyValueAt(keySpace, element, reply)
    }
    return
  }
  const block = keySpace.bytesAt(address)
  const places = fieldPlaces(block, keySpace.valueStart(address))
  const indexes = wanted.mayRepeat
    ? Array.from({ length: wanted.count }, () => Math.floor(Math.random() * places.length))
    : distinctIndexes(places.length, wanted.count, Math.random)
  const entry = new ListpackCursor()
  beginFields(reply, indexes.length, withValues)
  for (const index of indexes) {
    const field = places[index]!
    if (withValues) reply.pair()
    replyEntry(entry, block, field, reply)
    if (withValues) replyEntry(entry, block, nextEntry(block, field), reply)
  }
}

function beginFields(reply: Reply, count: number, withValues: boolean): void {
  if (withValues) reply.pairs(count)
  else reply.array(count)
}

/** Where the fields of a compact hash are. */
function fieldPlaces(block: Buffer, start: number): number[] {
  const places: number[] = []
  for (let at = firstEntry(start); !isListpackEnd(block, at); at = nextEntry(block, nextEntry(block, at)))
    places.push(at)
  return places
}

function replyEntry(entry: ListpackCursor, block: Buffer, at: number, reply: Reply): void {
  entry.show(block, at)
  reply.bulk(entry.bytes, entry.start, entry.end)
}

function replyFieldAt(keySpace: KeySpace, element: Address, reply: Reply): void {
  const start = keySpace.keyStart(element)
  reply.bulk(keySpace.bytesAt(element), start, start + keySpace.keyLength(element))
}

function replyValueAt(keySpace: KeySpace, element: Address, reply: Reply): void {
  const start = keySpace.valueStart(element)
  reply.bulk(keySpace.bytesAt(element), start, start + keySpace.valueLength(element))
}

/** The commands that go through the fields of hashes. */
export const hashIterationCommands: readonly Command<CommandContext>[] = [
  {
    name: 'hgetall',
    arity: 2,
    flags: ['readonly'],
    tips: ['nondeterministic_output_order'],
    keys: FIRST_KEY,
    group: 'hash',
    since: '2.0.0',
    summary: 'Get all the fields and values in a hash',
    syntax: 'key',
    complexity: 'O(N) where N is the size of the hash.',
    propagation: 'none',
    execute: getAll,
  },
  {
    name: 'hkeys',
    arity: 2,
    flags: ['readonly'],
    tips: ['nondeterministic_output_order'],
    keys: FIRST_KEY,
    group: 'hash',
    since: '2.0.0',
    summary: 'Get all the fields in a hash',
    syntax: 'key',
    complexity: 'O(N) where N is the size of the hash.',
    propagation: 'none',
    execute: fields,
  },
  {
    name: 'hvals',
    arity: 2,
    flags: ['readonly'],
    tips: ['nondeterministic_output_order'],
    keys: FIRST_KEY,
    group: 'hash',
    since: '2.0.0',
    summary: 'Get all the values in a hash',
    syntax: 'key',
    complexity: 'O(N) where N is the size of the hash.',
    propagation: 'none',
    execute: values,
  },
  {
    name: 'hrandfield',
    arity: -2,
    flags: ['readonly'],
    tips: ['nondeterministic_output'],
    keys: FIRST_KEY,
    group: 'hash',
    since: '6.2.0',
    summary: 'Get one or multiple random fields from a hash',
    syntax: 'key [options: count:integer [WITHVALUES]]',
    complexity: 'O(N) where N is the number of fields returned',
    propagation: 'none',
    execute: randomField,
  },
  {
    name: 'hscan',
    arity: -3,
    flags: ['readonly'],
    tips: ['nondeterministic_output'],
    keys: FIRST_KEY,
    group: 'hash',
    since: '2.8.0',
    summary: 'Incrementally iterate hash fields and associated values',
    syntax: 'key cursor:integer [MATCH pattern] [COUNT count:integer]',
    complexity:
      'O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection..',
    propagation: 'none',
    execute: scan,
  },
]
