import type { Address } from '../keyspace/key-space.ts'
import type { Command } from './command.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import type { Reply } from './reply.ts'
import { isMember, lookupSet, setEditor, setSize } from './set-record.ts'
import { WRONGLY_TYPED } from './typed-record.ts'

const FIRST_KEY = { first: 1, last: 1, step: 1 }
const FIRST_TWO_KEYS = { first: 1, last: 2, step: 1 }

function hasMember(context: CommandContext, address: Address, args: CommandArguments, i: number): boolean {
  return address !== 0 && isMember(context.keySpace, address, args.bytes, args.starts[i]!, args.ends[i]!)
}

function add(context: CommandContext, args: CommandArguments, reply: Reply) {
  const address = lookupSet(context, args, 1, reply)
  if (address === WRONGLY_TYPED) return
  // Only a set that is to change is worth a copy.
  let first = 2
  while (first < args.count && hasMember(context, address, args, first)) first++
  if (first === args.count) return reply.integer(0)
  setEditor.open(context, args, 1, address)
  let added = 0
  for (let i = first; i < args.count; i++) if (setEditor.add(args.bytes, args.starts[i]!, args.ends[i]!)) added++
  setEditor.close()
  context.changed(added)
  context.notify('s', 'sadd', args, 1)
  reply.integer(added)
}

function remove(context: CommandContext, args: CommandArguments, reply: Reply) {
  const address = lookupSet(context, args, 1, reply)
  if (address === WRONGLY_TYPED) return
  let first = 2
  while (first < args.count && !hasMember(context, address, args, first)) first++
  if (first === args.count) return reply.integer(0)
  setEditor.open(context, args, 1, address)
  let removed = 0
  for (let i = first; i < args.count; i++) if (setEditor.delete(args.bytes, args.starts[i]!, args.ends[i]!)) removed++
  const isThere = setEditor.close()
  context.changed(removed)
  context.notify('s', 'srem', args, 1)
  if (!isThere) context.notify('g', 'del', args, 1)
  reply.integer(removed)
}

function move(context: CommandContext, args: CommandArguments, reply: Reply) {
  const { bytes, starts, ends } = args
  const hasSource = context.lookup(args, 1) !== 0
  // Looked up even then: what has expired there is deleted.
  if (!hasSource) {
    context.lookup(args, 2)
    return reply.integer(0)
  }
  if (lookupSet(context, args, 1, reply) === WRONGLY_TYPED) return
  if (lookupSet(context, args, 2, reply) === WRONGLY_TYPED) return
  // Once more: the second look-up may have deleted a record that had expired, and that voids addresses.
  const source = context.lookup(args, 1)
  if (!hasMember(context, source, args, 3)) return reply.integer(0)
  if (bytes.compare(bytes, starts[2]!, ends[2]!, starts[1]!, ends[1]!) === 0) return reply.integer(1)
  setEditor.open(context, args, 1, source)
  setEditor.delete(bytes, starts[3]!, ends[3]!)
  const isThere = setEditor.close()
  context.notify('s', 'srem', args, 1)
  if (!isThere) context.notify('g', 'del', args, 1)
  context.changed()
  const target = context.lookup(args, 2)
  if (!hasMember(context, target, args, 3)) {
    setEditor.open(context, args, 2, target)
    setEditor.add(bytes, starts[3]!, ends[3]!)
    setEditor.close()
    context.changed()
    context.notify('s', 'sadd', args, 2)
  }
  reply.integer(1)
}

function size(context: CommandContext, args: CommandArguments, reply: Reply): void {
  const address = lookupSet(context, args, 1, reply)
  if (address !== WRONGLY_TYPED) reply.integer(address === 0 ? 0 : setSize(context.keySpace, address))
}

function tellMember(context: CommandContext, args: CommandArguments, reply: Reply): void {
  const address = lookupSet(context, args, 1, reply)
  if (address !== WRONGLY_TYPED) reply.integer(hasMember(context, address, args, 2) ? 1 : 0)
}

function tellMembers(context: CommandContext, args: CommandArguments, reply: Reply): void {
  const address = lookupSet(context, args, 1, reply)
  if (address === WRONGLY_TYPED) return
  reply.array(args.count - 2)
  for (let i = 2; i < args.count; i++) reply.integer(hasMember(context, address, args, i) ? 1 : 0)
}

/** The commands that add, remove and look for members of sets. */
export const setCommands: readonly Command<CommandContext>[] = [
  {
    name: 'sadd',
    arity: -3,
    flags: ['write', 'denyoom', 'fast'],
    keyAccess: 'RW insert',
    keys: FIRST_KEY,
    group: 'set',
    since: '1.0.0',
    summary: 'Add one or more members to a set',
    syntax: 'key member...',
    complexity:
      'O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.',
    history: [['2.4.0', 'Accepts multiple `member` arguments.']],
    propagation: 'verbatim',
    execute: add,
  },
  {
    name: 'srem',
    arity: -3,
    flags: ['write', 'fast'],
    keyAccess: 'RW delete',
    keys: FIRST_KEY,
    group: 'set',
    since: '1.0.0',
    summary: 'Remove one or more members from a set',
    syntax: 'key member...',
    complexity: 'O(N) where N is the number of members to be removed.',
    history: [['2.4.0', 'Accepts multiple `member` arguments.']],
    propagation: 'verbatim',
    execute: remove,
  },
  {
    name: 'smove',
    arity: 4,
    flags: ['write', 'fast'],
    keySpecifications: [
      { access: 'RW access delete', begin: 1 },
      { access: 'RW insert', begin: 2 },
    ],
    keys: FIRST_TWO_KEYS,
    group: 'set',
    since: '1.0.0',
    summary: 'Move a member from one set to another',
    syntax: 'source:key destination:key member',
    complexity: 'O(1)',
    propagation: 'verbatim',
    execute: move,
  },
  {
    name: 'scard',
    arity: 2,
    flags: ['readonly', 'fast'],
    keyAccess: 'RO',
    keys: FIRST_KEY,
    group: 'set',
    since: '1.0.0',
    summary: 'Get the number of members in a set',
    syntax: 'key',
    complexity: 'O(1)',
    propagation: 'none',
    execute: size,
  },
  {
    name: 'sismember',
    arity: 3,
    flags: ['readonly', 'fast'],
    keyAccess: 'RO',
    keys: FIRST_KEY,
    group: 'set',
    since: '1.0.0',
    summary: 'Determine if a given value is a member of a set',
    syntax: 'key member',
    complexity: 'O(1)',
    propagation: 'none',
    execute: tellMember,
  },
  {
    name: 'smismember',
    arity: -3,
    flags: ['readonly', 'fast'],
    keys: FIRST_KEY,
    group: 'set',
    since: '6.2.0',
    summary: 'Returns the membership associated with the given elements for a set',
    syntax: 'key member...',
    complexity: 'O(N) where N is the number of elements being checked for membership',
    propagation: 'none',
    execute: tellMembers,
  },
]
