import type { Command } from './command.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { wrongArity } from './command-lookup.ts'
import { NO_SUCH_KEY, NOT_AN_INTEGER } from './error-texts.ts'
import { parseInt64 } from './integer-text.ts'
import { type ListEnd, takeItem, takeItems } from './list-ends.ts'
import { listEditor, listSize, lookupList, viewList } from './list-record.ts'
import type { Reply } from './reply.ts'
import { WRONGLY_TYPED } from './typed-record.ts'

const FIRST_KEY = { first: 1, last: 1, step: 1 }
const INDEX_OUT_OF_RANGE = 'ERR index out of range'
const NOT_A_COUNT = 'ERR value is out of range, must be positive'

/** LPUSH, RPUSH; LPUSHX and RPUSHX, which make no list. */
function push(context: CommandContext, args: CommandArguments, reply: Reply, end: ListEnd, mayCreate: boolean) {
  const address = lookupList(context, args, 1, reply)
  if (address === WRONGLY_TYPED) return
  if (address === 0 && !mayCreate) return reply.integer(0)
  const { bytes, starts, ends } = args
  listEditor.open(context, args, 1, address)
  for (let i = 2; i < args.count; i++) {
    listEditor.insert(end === 'left' ? 0 : listEditor.size, bytes, starts[i]!, ends[i]!)
  }
  const { size } = listEditor
  listEditor.close()
  context.changed(args.count - 2)
  context.notify('l', end === 'left' ? 'lpush' : 'rpush', args, 1)
  reply.integer(size)
}

/** LPOP, RPOP. */
function pop(context: CommandContext, args: CommandArguments, reply: Reply, end: ListEnd) {
  if (args.count > 3) return reply.error(wrongArity(end === 'left' ? 'lpop' : 'rpop'))
  const hasCount = args.count === 3
  const count = hasCount ? parseInt64(args.bytes, args.starts[2]!, args.ends[2]!) : 1
  if (count === null || count < 0) return reply.error(NOT_A_COUNT)
  const address = lookupList(context, args, 1, reply)
  if (address === WRONGLY_TYPED) return
  if (address === 0) return hasCount ? reply.nilArray() : reply.nil()
  if (!hasCount) return takeItem(context, args, 1, address, end, reply)
  const taken = Math.min(Number(count), listSize(context.keySpace, address))
  reply.array(taken)
  if (taken > 0) takeItems(context, args, 1, address, end, taken, reply)
}

function length(context: CommandContext, args: CommandArguments, reply: Reply): void {
  const address = lookupList(context, args, 1, reply)
  if (address !== WRONGLY_TYPED) reply.integer(address === 0 ? 0 : listSize(context.keySpace, address))
}

/** The index in argument i of a list of `size` items, -1 where that has none such; null for no integer. */
function parseIndex(args: CommandArguments, i: number, size: number): number | null {
  const value = parseInt64(args.bytes, args.starts[i]!, args.ends[i]!)
  if (value === null) return null
  const index = value < 0 ? Number(value) + size : Number(value)
  return index >= 0 && index < size ? index : -1
}

function getItem(context: CommandContext, args: CommandArguments, reply: Reply) {
  const address = lookupList(context, args, 1, reply)
  if (address === WRONGLY_TYPED) return
  if (address === 0) return reply.nil()
  const list = viewList(context.keySpace, address)
  const index = parseIndex(args, 2, list.size)
  if (index === null) return reply.error(NOT_AN_INTEGER)
  if (index < 0) return reply.nil()
  list.moveTo(index)
  const { bytes, start, end } = list.item
  reply.bulk(bytes, start, end)
}

function setItem(context: CommandContext, args: CommandArguments, reply: Reply) {
  const address = lookupList(context, args, 1, reply)
  if (address === WRONGLY_TYPED) return
  if (address === 0) return reply.error(NO_SUCH_KEY)
  const index = parseIndex(args, 2, listSize(context.keySpace, address))
  if (index === null) return reply.error(NOT_AN_INTEGER)
  if (index < 0) return reply.error(INDEX_OUT_OF_RANGE)
  listEditor.open(context, args, 1, address)
  listEditor.replace(index, args.bytes, args.starts[3]!, args.ends[3]!)
  listEditor.close()
  context.changed()
  context.notify('l', 'lset', args, 1)
  reply.status('OK')
}

function range(context: CommandContext, args: CommandArguments, reply: Reply) {
  const start = parseInt64(args.bytes, args.starts[2]!, args.ends[2]!)
  const end = parseInt64(args.bytes, args.starts[3]!, args.ends[3]!)
  if (start === null || end === null) return reply.error(NOT_AN_INTEGER)
  const address = lookupList(context, args, 1, reply)
  if (address === WRONGLY_TYPED) return
  if (address === 0) return reply.array(0)
  const list = viewList(context.keySpace, address)
  const { size } = list
  const from = Math.max(0, start < 0 ? Number(start) + size : Number(start))
  const to = Math.min(size, (end < 0 ? Number(end) + size : Number(end)) + 1)
  const count = Math.max(0, to - from)
  reply.array(count)
  if (count > 0) list.moveTo(from)
  for (let i = 0; i < count; i++) {
    if (i > 0) list.next()
    const { item } = list
    reply.bulk(item.bytes, item.start, item.end)
  }
}

/** The commands that work on lists by their ends and by index. */
export const listCommands: readonly Command<CommandContext>[] = [
  {
    name: 'lpush',
    arity: -3,
    flags: ['write', 'denyoom', 'fast'],
    keyAccess: 'RW insert',
    keys: FIRST_KEY,
    group: 'list',
    since: '1.0.0',
    summary: 'Prepend one or multiple elements to a list',
    syntax: 'key element...',
    complexity:
      'O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.',
    history: [['2.4.0', 'Accepts multiple `element` arguments.']],
    propagation: 'verbatim',
    execute: (context, args, reply) => push(context, args, reply, 'left', true),
  },
  {
    name: 'rpush',
    arity: -3,
    flags: ['write', 'denyoom', 'fast'],
    keyAccess: 'RW insert',
    keys: FIRST_KEY,
    group: 'list',
    since: '1.0.0',
    summary: 'Append one or multiple elements to a list',
    syntax: 'key element...',
    complexity:
      'O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.',
    history: [['2.4.0', 'Accepts multiple `element` arguments.']],
    propagation: 'verbatim',
    execute: (context, args, reply) => push(context, args, reply, 'right', true),
  },
  {
    name: 'lpushx',
    arity: -3,
    flags: ['write', 'denyoom', 'fast'],
    keyAccess: 'RW insert',
    keys: FIRST_KEY,
    group: 'list',
    since: '2.2.0',
    summary: 'Prepend an element to a list, only if the list exists',
    syntax: 'key element...',
    complexity:
      'O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.',
    history: [['4.0.0', 'Accepts multiple `element` arguments.']],
    propagation: 'verbatim',
    execute: (context, args, reply) => push(context, args, reply, 'left', false),
  },
  {
    name: 'rpushx',
    arity: -3,
    flags: ['write', 'denyoom', 'fast'],
    keyAccess: 'RW insert',
    keys: FIRST_KEY,
    group: 'list',
    since: '2.2.0',
    summary: 'Append an element to a list, only if the list exists',
    syntax: 'key element...',
    complexity:
      'O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.',
    history: [['4.0.0', 'Accepts multiple `element` arguments.']],
    propagation: 'verbatim',
    execute: (context, args, reply) => push(context, args, reply, 'right', false),
  },
  {
    name: 'lpop',
    arity: -2,
    flags: ['write', 'fast'],
    keyAccess: 'RW access delete',
    keys: FIRST_KEY,
    group: 'list',
    since: '1.0.0',
    summary: 'Remove and get the first elements in a list',
    syntax: 'key [count:integer]@6.2.0',
    complexity: 'O(N) where N is the number of elements returned',
    history: [['6.2.0', 'Added the `count` argument.']],
    propagation: 'verbatim',
    execute: (context, args, reply) => pop(context, args, reply, 'left'),
  },
  {
    name: 'rpop',
    arity: -2,
    flags: ['write', 'fast'],
    keyAccess: 'RW access delete',
    keys: FIRST_KEY,
    group: 'list',
    since: '1.0.0',
    summary: 'Remove and get the last elements in a list',
    syntax: 'key [count:integer]@6.2.0',
    complexity: 'O(N) where N is the number of elements returned',
    history: [['6.2.0', 'Added the `count` argument.']],
    propagation: 'verbatim',
    execute: (context, args, reply) => pop(context, args, reply, 'right'),
  },
  {
    name: 'llen',
    arity: 2,
    flags: ['readonly', 'fast'],
    keyAccess: 'RO',
    keys: FIRST_KEY,
    group: 'list',
    since: '1.0.0',
    summary: 'Get the length of a list',
    syntax: 'key',
    complexity: 'O(1)',
    propagation: 'none',
    execute: length,
  },
  {
    name: 'lindex',
    arity: 3,
    flags: ['readonly'],
    keys: FIRST_KEY,
    group: 'list',
    since: '1.0.0',
    summary: 'Get an element from a list by its index',
    syntax: 'key index:integer',
    complexity:
      'O(N) where N is the number of elements to traverse to get to the element at index. This makes asking for the first or the last element of the list O(1).',
    propagation: 'none',
    execute: getItem,
  },
  {
    name: 'lset',
    arity: 4,
    flags: ['write', 'denyoom'],
    keys: FIRST_KEY,
    group: 'list',
    since: '1.0.0',
    summary: 'Set the value of an element in a list by its index',
    syntax: 'key index:integer element',
    complexity:
      'O(N) where N is the length of the list. Setting either the first or the last element of the list is O(1).',
    propagation: 'verbatim',
    execute: setItem,
  },
  {
    name: 'lrange',
    arity: 4,
    flags: ['readonly'],
    keys: FIRST_KEY,
    group: 'list',
    since: '1.0.0',
    summary: 'Get a range of elements from a list',
    syntax: 'key start:integer stop:integer',
    complexity:
      'O(S+N) where S is the distance of start offset from HEAD for small lists, from nearest end (HEAD or TAIL) for large lists; and N is the number of elements in the specified range.',
    propagation: 'none',
    execute: range,
  },
]
