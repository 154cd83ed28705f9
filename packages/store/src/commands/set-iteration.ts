import { openValueAt } from '../collections/value-reader.ts'
import type { Address, KeySpace } from '../keyspace/key-space.ts'
import { ENCODING_LARGE } from '../keyspace/value-type.ts'
import type { Command } from './command.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { SYNTAX_ERROR } from './error-texts.ts'
import { parseInt64 } from './integer-text.ts'
import { distinctElements, distinctIndexes, parseRandomCount } from './random-elements.ts'
import type { Reply } from './reply.ts'
import { type ElementScanOptions, INVALID_CURSOR, parseCursor, parseElementScanOptions } from './scan-options.ts'
import { largeSetAt, lookupSet, setEditor, setSize } from './set-record.ts'
import { WRONGLY_TYPED } from './typed-record.ts'

const FIRST_KEY = { first: 1, last: 1, step: 1 }
/** How many members one SREM removes that stands for a part of an SPOP. */
const REMOVED_AT_ONCE = 1024

function members(context: CommandContext, args: CommandArguments, reply: Reply) {
  const address = lookupSet(context, args, 1, reply)
  if (address === WRONGLY_TYPED) return
  if (address === 0) return reply.set(0)
  replyMembers(context.keySpace, address, reply)
}

function replyMembers(keySpace: KeySpace, address: Address, reply: Reply): void {
  const cursor = openValueAt(keySpace, address)
  reply.set(cursor.size)
  while (cursor.next()) reply.bulk(cursor.bytes, cursor.start, cursor.end)
}

/** Copies of the members of a compact set at some places, in ascending order. */
function membersAt(keySpace: KeySpace, address: Address, places: readonly number[]): Buffer[] {
  const found: Buffer[] = []
  const cursor = openValueAt(keySpace, address)
  for (let i = 0; found.length < places.length && cursor.next(); i++) {
    if (places[found.length] === i) found.push(Buffer.from(cursor.bytes.subarray(cursor.start, cursor.end)))
  }
  return found
}

/** Copies of `count` different members of the set, which has more than that. */
function pickMembers(keySpace: KeySpace, address: Address, count: number): Buffer[] {
  if (keySpace.encodingOf(address) !== ENCODING_LARGE) {
    return membersAt(keySpace, address, distinctIndexes(setSize(keySpace, address), count, Math.random))
  }
  // The plain SPOP, without a list of what has been drawn.
  if (count === 1) return [keySpace.readKey(largeSetAt(keySpace, address).members.pick(Math.random))]
  const elements = distinctElements(largeSetAt(keySpace, address).members, count, Math.random)
  return elements.map((element) => keySpace.readKey(element))
}

function pop(context: CommandContext, args: CommandArguments, reply: Reply) {
  if (args.count > 3) return reply.error(SYNTAX_ERROR)
  if (args.count === 3) return popMany(context, args, reply)
  const address = lookupSet(context, args, 1, reply)
  if (address === WRONGLY_TYPED) return
  if (address === 0) return reply.nil()
  const [member] = pickMembers(context.keySpace, address, 1)
  setEditor.open(context, args, 1, address)
  setEditor.delete(member!, 0, member!.length)
  const isThere = setEditor.close()
  context.changed()
  context.notify('s', 'spop', args, 1)
  context.propagate('SREM', args.view(1), member!)
  if (!isThere) context.notify('g', 'del', args, 1)
  reply.bulk(member!, 0, member!.length)
}

function popMany(context: CommandContext, args: CommandArguments, reply: Reply) {
  const { keySpace } = context
  const wanted = parseInt64(args.bytes, args.starts[2]!, args.ends[2]!)
  if (wanted === null || wanted < 0) return reply.error('ERR value is out of range, must be positive')
  const address = lookupSet(context, args, 1, reply)
  if (address === WRONGLY_TYPED) return
  if (address === 0 || wanted === 0) return reply.set(0)
  const size = setSize(keySpace, address)
  const count = Math.min(Number(wanted), size)
  context.changed(count)
  context.notify('s', 'spop', args, 1)
  if (count === size) {
    replyMembers(keySpace, address, reply)
    keySpace.delete(args.bytes, args.starts[1]!, args.ends[1]!)
    context.notify('g', 'del', args, 1)
    context.propagate('DEL', args.view(1))
    return
  }
  const popped = pickMembers(keySpace, address, count)
  setEditor.open(context, args, 1, address)
  for (const member of popped) setEditor.delete(member, 0, member.length)
  setEditor.close()
  for (let i = 0; i < popped.length; i += REMOVED_AT_ONCE) {
    context.propagate('SREM', args.view(1), ...popped.slice(i, i + REMOVED_AT_ONCE))
  }
  reply.set(popped.length)
  for (const member of popped) reply.bulk(member, 0, member.length)
}

function randomMember(context: CommandContext, args: CommandArguments, reply: Reply) {
  if (args.count > 3) return reply.error(SYNTAX_ERROR)
  if (args.count === 3) return randomMembers(context, args, reply)
  const address = lookupSet(context, args, 1, reply)
  if (address === WRONGLY_TYPED) return
  if (address === 0) return reply.nil()
  const [member] = pickMembers(context.keySpace, address, 1)
  reply.bulk(member!, 0, member!.length)
}

function randomMembers(context: CommandContext, args: CommandArguments, reply: Reply) {
  const { keySpace } = context
  const wanted = parseRandomCount(args, 2, reply)
  if (wanted === null) return
  const address = lookupSet(context, args, 1, reply)
  if (address === WRONGLY_TYPED) return
  if (address === 0 || wanted.count === 0) return reply.array(0)
  const size = setSize(keySpace, address)
  if (wanted.mayRepeat) return replyRepeated(keySpace, address, wanted.count, reply)
  if (wanted.count >= size) {
    const cursor = openValueAt(keySpace, address)
    reply.array(size)
    while (cursor.next()) reply.bulk(cursor.bytes, cursor.start, cursor.end)
    return
  }
  const picked = pickMembers(keySpace, address, wanted.count)
  reply.array(picked.length)
  for (const member of picked) reply.bulk(member, 0, member.length)
}

function replyRepeated(keySpace: KeySpace, address: Address, count: number, reply: Reply): void {
  reply.array(count)
  if (keySpace.encodingOf(address) === ENCODING_LARGE) {
    const { members } = largeSetAt(keySpace, address)
    for (let i = 0; i < count; i++) replyElement(keySpace, members.pick(Math.random), reply)
    return
  }
  const size = setSize(keySpace, address)
  const all = membersAt(
    keySpace,
    address,
    Array.from({ length: size }, (_, i) => i),
  )
  for (let i = 0; i < count; i++) {
    const member = all[Math.floor(Math.random() * size)]!
    reply.bulk(member, 0, member.length)
  }
}

function replyElement(keySpace: KeySpace, element: Address, reply: Reply): void {
  const start = keySpace.keyStart(element)
  reply.bulk(keySpace.bytesAt(element), start, start + keySpace.keyLength(element))
}

function scan(context: CommandContext, args: CommandArguments, reply: Reply) {
  const { keySpace } = context
  const from = parseCursor(args, 2)
  if (from === null) return reply.error(INVALID_CURSOR)
  const address = lookupSet(context, args, 1, reply)
  if (address === WRONGLY_TYPED) return
  if (address === 0) {
    // Redis doesn't look at the options then.
    reply.array(2)
    reply.text('0')
    return reply.array(0)
  }
  const options = parseElementScanOptions(args, reply)
  if (options === null) return
  if (keySpace.encodingOf(address) === ENCODING_LARGE) scanLarge(keySpace, address, from, options, reply)
  else scanCompact(keySpace, address, options, reply)
}

function scanLarge(
  keySpace: KeySpace,
  address: Address,
  from: number,
  { count, pattern }: ElementScanOptions,
  reply: Reply,
): void {
  const { members } = largeSetAt(keySpace, address)
  const found: Address[] = []
  const next = members.scan(from, Math.min(count, members.size + 1), (element) => {
    const start = keySpace.keyStart(element)
    const end = start + keySpace.keyLength(element)
    if (pattern === null || pattern.matches(keySpace.bytesAt(element), start, end)) found.push(element)
  })
  reply.array(2)
  reply.text(String(next))
  reply.array(found.length)
  for (const element of found) replyElement(keySpace, element, reply)
}

/** All at once, whatever the count and the cursor are. */
function scanCompact(keySpace: KeySpace, address: Address, { pattern }: ElementScanOptions, reply: Reply): void {
  const places: number[] = []
  const cursor = openValueAt(keySpace, address)
  for (let i = 0; cursor.next(); i++) {
    if (pattern === null || pattern.matches(cursor.bytes, cursor.start, cursor.end)) places.push(i)
  }
  const found = membersAt(keySpace, address, places)
  reply.array(2)
  reply.text('0')
  reply.array(found.length)
  for (const member of found) reply.bulk(member, 0, member.length)
}

/** The commands that go through the members of sets, or draw from them. */
export const setIterationCommands: readonly Command<CommandContext>[] = [
  {
    name: 'smembers',
    arity: 2,
    flags: ['readonly'],
    tips: ['nondeterministic_output_order'],
    keys: FIRST_KEY,
    group: 'set',
    since: '1.0.0',
    summary: 'Get all the members in a set',
    syntax: 'key',
    complexity: 'O(N) where N is the set cardinality.',
    propagation: 'none',
    execute: members,
  },
  {
    name: 'spop',
    arity: -2,
    flags: ['write', 'fast'],
    keyAccess: 'RW access delete',
    tips: ['nondeterministic_output'],
    keys: FIRST_KEY,
    group: 'set',
    since: '1.0.0',
    summary: 'Remove and return one or multiple random members from a set',
    syntax: 'key [count:integer]@3.2.0',
    complexity: 'Without the count argument O(1), otherwise O(N) where N is the value of the passed count.',
    history: [['3.2.0', 'Added the `count` argument.']],
    propagation: 'effect',
    execute: pop,
  },
  {
    name: 'srandmember',
    arity: -2,
    flags: ['readonly'],
    tips: ['nondeterministic_output'],
    keys: FIRST_KEY,
    group: 'set',
    since: '1.0.0',
    summary: 'Get one or multiple random members from a set',
    syntax: 'key [count:integer]@2.6.0',
    complexity: 'Without the count argument O(1), otherwise O(N) where N is the absolute value of the passed count.',
    history: [['2.6.0', 'Added the optional `count` argument.']],
    propagation: 'none',
    execute: randomMember,
  },
  {
    name: 'sscan',
    arity: -3,
    flags: ['readonly'],
    tips: ['nondeterministic_output'],
    keys: FIRST_KEY,
    group: 'set',
    since: '2.8.0',
    summary: 'Incrementally iterate Set elements',
    syntax: 'key cursor:integer [MATCH pattern] [COUNT count:integer]',
    complexity:
      'O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection..',
    propagation: 'none',
    execute: scan,
  },
]
