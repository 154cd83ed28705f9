import type { Command, CommandArguments, KeySpecification } from '@repl/store'
import { wordOf } from '../commands/argument-text.ts'

/** An argument that is a key, and what the command does to it. */
export interface FoundKey {
  readonly argument: number
  readonly access: string
}

/** The groups of a command's keys, worked out from `keys` where it says no more. */
export function keySpecificationsOf<Context>({
  keys,
  keyAccess,
  keySpecifications,
  flags,
}: Command<Context>): readonly KeySpecification[] {
  if (keySpecifications !== undefined) return keySpecifications
  if (keys === undefined) return []
  const access = keyAccess ?? (flags.includes('write') ? 'RW update' : 'RO access')
  const last = keys.last < 0 ? keys.last : keys.last - keys.first
  return [{ access, begin: keys.first, last, step: keys.step }]
}

/**
 * Which of the arguments are keys: what COMMAND GETKEYS finds.
 * @returns null where a number of keys is none, or more than there are arguments
 */
export function keysIn<Context>(command: Command<Context>, args: CommandArguments): readonly FoundKey[] | null {
  const found: FoundKey[] = []
  for (const specification of keySpecificationsOf(command)) {
    const keys = specification.begin === undefined ? keysOfSort(specification, args) : keysOf(specification, args)
    if (keys === null) return null
    const access = accessIn(command, specification, args)
    for (const argument of keys) found.push({ argument, access })
  }
  return found
}

/** What happens to the keys in this very call, where it depends on the options. */
function accessIn<Context>({ name }: Command<Context>, { access }: KeySpecification, args: CommandArguments): string {
  if (!access.endsWith(' variable_flags')) return access
  if (name === 'bitfield') return readsFieldsOnly(args) ? 'RO access' : 'RW access update'
  const words = Array.from({ length: args.count }, (_, i) => wordOf(args, i))
  return words.slice(3).includes('get') ? 'RW access update' : 'OW update'
}

/** Whether a call of BITFIELD does nothing but GET, as far as can be said without reading its numbers. */
function readsFieldsOnly(args: CommandArguments): boolean {
  let i = 2
  while (i < args.count) {
    const word = wordOf(args, i)
    if (word === 'get') i += 3
    else if (word === 'overflow') i += 2
    else return false
  }
  return i === args.count
}

function keysOf({ begin = 0, isCounted = false, last = 0, step = 1 }: KeySpecification, args: CommandArguments) {
  if (isCounted) {
    const text = begin < args.count ? args.latin1(begin) : ''
    const count = /^\d{1,9}$/.test(text) ? Number(text) : 0
    if (count < 1 || begin + count >= args.count) return null
    return Array.from({ length: count }, (_, i) => begin + 1 + i)
  }
  const end = last < 0 ? args.count + last : begin + last
  if (end >= args.count) return null
  const keys: number[] = []
  for (let i = begin; i <= end; i += step) keys.push(i)
  return keys
}

/** SORT alone has keys that no rule finds: those that patterns make, which depend on the data, and the last STORE's. */
function keysOfSort({ access }: KeySpecification, args: CommandArguments): number[] {
  if (!access.startsWith('OW')) return []
  let store = 0
  for (let i = 2; i < args.count; i++) {
    const word = wordOf(args, i)
    if (word === 'limit') i += 2
    else if (word === 'get' || word === 'by') i++
    else if (word === 'store' && i + 1 < args.count) store = i + 1
  }
  return store === 0 ? [] : [store]
}

/** Redis's answer where `keysIn` finds none. */
export const INVALID_ARGUMENTS = 'ERR Invalid arguments specified for command'
