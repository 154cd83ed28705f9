import type { Command, CommandGroup } from '@repl/store'

/** Redis's ACL category of each group. */
const CATEGORY_OF_GROUP: Readonly<Record<CommandGroup, string | null>> = {
  generic: '@keyspace',
  string: '@string',
  list: '@list',
  set: '@set',
  'sorted-set': '@sortedset',
  hash: '@hash',
  bitmap: '@bitmap',
  pubsub: '@pubsub',
  transactions: '@transaction',
  connection: '@connection',
  server: null,
}

/** Every category that Redis has, in its order, though some have no command here. */
export const ACL_CATEGORIES: readonly string[] = [
  'keyspace',
  'read',
  'write',
  'set',
  'sortedset',
  'list',
  'hash',
  'string',
  'bitmap',
  'hyperloglog',
  'geo',
  'stream',
  'pubsub',
  'admin',
  'fast',
  'slow',
  'blocking',
  'dangerous',
  'connection',
  'transaction',
  'scripting',
]

/** Commands that Redis calls dangerous though they are not administrative: they show or change all there is. */
const DANGEROUS: ReadonlySet<string> = new Set([
  'flushall',
  'flushdb',
  'info',
  'keys',
  'lastsave',
  'restore',
  'role',
  'sort',
  'sort_ro',
  'swapdb',
])

/** What Redis gives these beside what follows from flags and group. */
const FURTHER: Readonly<Record<string, readonly string[]>> = {
  dbsize: ['@keyspace'],
  flushall: ['@keyspace'],
  flushdb: ['@keyspace'],
  lastsave: ['@admin'],
  role: ['@admin'],
  sort: ['@list', '@set', '@sortedset'],
  sort_ro: ['@list', '@set', '@sortedset'],
  swapdb: ['@keyspace'],
  wait: ['@connection'],
}

/** Commands whose group says more than Redis's categories do. */
const NOT_OF_THEIR_GROUP: ReadonlySet<string> = new Set(['sort', 'sort_ro', 'wait', 'pubsub|help'])

/**
 * The ACL categories of a command, as Redis works them out from its flags and group.
 * @param fullName `config|get` for a subcommand
 */
export function aclCategoriesOf<Context>(
  { flags, group, subcommands }: Command<Context>,
  fullName: string,
): readonly string[] {
  const speed = flags.includes('fast') ? '@fast' : '@slow'
  const isCommand = fullName === 'command' || fullName.startsWith('command|')
  // A container is nothing by itself.
  if (subcommands !== undefined && !isCommand && !flags.includes('admin')) return [speed]
  const categories = new Set<string>()
  if (flags.includes('write')) categories.add('@write')
  if (flags.includes('readonly')) categories.add('@read')
  const category = isCommand ? '@connection' : CATEGORY_OF_GROUP[group]
  if (category !== null && !NOT_OF_THEIR_GROUP.has(fullName)) categories.add(category)
  for (const further of FURTHER[fullName] ?? []) categories.add(further)
  if (flags.includes('admin')) categories.add('@admin')
  if (flags.includes('admin') || DANGEROUS.has(fullName)) categories.add('@dangerous')
  if (flags.includes('blocking')) categories.add('@blocking')
  categories.add(speed)
  return [...categories]
}
