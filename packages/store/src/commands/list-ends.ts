import type { Address } from '../keyspace/key-space.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { isKeyword } from './keywords.ts'
import { listEditor, lookupList, viewList } from './list-record.ts'
import type { Reply } from './reply.ts'
import { WRONGLY_TYPED } from './typed-record.ts'

/** The end of a list that items are taken from or put to. */
export type ListEnd = 'left' | 'right'

/** The end that argument i names; null for none. */
export function parseListEnd(args: CommandArguments, i: number): ListEnd | null {
  if (isKeyword(args, i, 'left')) return 'left'
  return isKeyword(args, i, 'right') ? 'right' : null
}

/** Takes one item from an end of the list of the key in argument `key`, which is there at `address`, and answers with it. */
export function takeItem(
  context: CommandContext,
  args: CommandArguments,
  key: number,
  address: Address,
  end: ListEnd,
  reply: Reply,
): void {
  takeItems(context, args, key, address, end, 1, reply)
}

/**
 * Takes `count` items, which are there, from an end, and answers with each, the outermost first. The caller has
 * announced how many there are.
 */
export function takeItems(
  context: CommandContext,
  args: CommandArguments,
  key: number,
  address: Address,
  end: ListEnd,
  count: number,
  reply: Reply,
): void {
  listEditor.open(context, args, key, address)
  const { view } = listEditor
  const { size } = view
  view.moveTo(end === 'left' ? 0 : size - 1)
  for (let i = 1; ; i++) {
    const { item } = view
    reply.bulk(item.bytes, item.start, item.end)
    if (i === count) break
    if (end === 'left') view.next()
    else view.previous()
  }
  const from = end === 'left' ? 0 : size - count
  listEditor.removeRange(from, from + count)
  closeAfterTaking(context, args, key, end, count)
}

/**
 * The first of the keys in the arguments from `first` on and before `end` that has a list: its argument. 0 where none
 * has; WRONGLY_TYPED where another type comes first (the error has been given).
 */
export function findList(
  context: CommandContext,
  args: CommandArguments,
  first: number,
  end: number,
  reply: Reply,
): number {
  for (let i = first; i < end; i++) {
    const address = lookupList(context, args, i, reply)
    if (address !== 0) return address === WRONGLY_TYPED ? WRONGLY_TYPED : i
  }
  return 0
}

/** What BLPOP and BRPOP do when the key in argument `key` has a list: answers with key and item, and propagates. */
export function popItem(
  context: CommandContext,
  args: CommandArguments,
  key: number,
  end: ListEnd,
  reply: Reply,
): void {
  reply.array(2)
  reply.bulk(args.bytes, args.starts[key]!, args.ends[key]!)
  takeItem(context, args, key, context.lookup(args, key), end, reply)
  context.propagate(end === 'left' ? 'LPOP' : 'RPOP', args.view(key))
}

/** What LMPOP and BLMPOP do then: answers with the key and up to `count` items, and propagates. */
export function popItems(
  context: CommandContext,
  args: CommandArguments,
  key: number,
  end: ListEnd,
  count: number,
  reply: Reply,
): void {
  const address = context.lookup(args, key)
  const taken = Math.min(count, viewList(context.keySpace, address).size)
  reply.array(2)
  reply.bulk(args.bytes, args.starts[key]!, args.ends[key]!)
  reply.array(taken)
  takeItems(context, args, key, address, end, taken, reply)
  context.propagate(end === 'left' ? 'LPOP' : 'RPOP', args.view(key), taken)
}

/**
 * Moves one item from the list in argument 1, which is there at `source`, to that of argument 2, and answers with it;
 * whether that was possible: where argument 2 has another type, the error has been given. The caller propagates.
 */
export function moveItem(
  context: CommandContext,
  args: CommandArguments,
  source: Address,
  from: ListEnd,
  to: ListEnd,
  reply: Reply,
): boolean {
  const target = lookupList(context, args, 2, reply)
  if (target === WRONGLY_TYPED) return false
  const list = viewList(context.keySpace, source)
  list.moveTo(from === 'left' ? 0 : list.size - 1)
  const { bytes, start, end } = list.item
  const pushed = to === 'left' ? 'lpush' : 'rpush'
  if (target === source) {
    rotate(context, args, source, from, to, reply)
    context.notify('l', pushed, args, 2)
    context.notify('l', from === 'left' ? 'lpop' : 'rpop', args, 1)
    context.changed()
    return true
  }
  // The item lies in the source, which is not touched before it has arrived.
  listEditor.open(context, args, 2, target)
  listEditor.insert(to === 'left' ? 0 : listEditor.size, bytes, start, end)
  listEditor.close()
  reply.bulk(bytes, start, end)
  context.notify('l', pushed, args, 2)
  listEditor.open(context, args, 1, context.lookup(args, 1))
  const last = from === 'left' ? 0 : listEditor.size - 1
  listEditor.removeRange(last, last + 1)
  closeAfterTaking(context, args, 1, from, 1)
  return true
}

/** An item that changes ends: copied, as its list is edited where it lies. */
function rotate(
  context: CommandContext,
  args: CommandArguments,
  address: Address,
  from: ListEnd,
  to: ListEnd,
  reply: Reply,
): void {
  listEditor.open(context, args, 1, address)
  const { view } = listEditor
  const at = from === 'left' ? 0 : view.size - 1
  view.moveTo(at)
  const item = Buffer.from(view.item.bytes.subarray(view.item.start, view.item.end))
  listEditor.removeRange(at, at + 1)
  listEditor.insert(to === 'left' ? 0 : listEditor.size, item, 0, item.length)
  listEditor.close()
  reply.bulk(item, 0, item.length)
}

function closeAfterTaking(
  context: CommandContext,
  args: CommandArguments,
  key: number,
  end: ListEnd,
  count: number,
): void {
  const isThere = listEditor.close()
  context.changed(count)
  context.notify('l', end === 'left' ? 'lpop' : 'rpop', args, key)
  if (!isThere) context.notify('g', 'del', args, key)
}
