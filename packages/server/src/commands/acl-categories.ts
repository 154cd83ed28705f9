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

/** The ACL categories of a command, as Redis works them out from its flags and group. */
export function aclCategoriesOf<Context>({ flags, group }: Command<Context>): string[] {
  const categories: string[] = []
  if (flags.includes('write')) categories.push('@write')
  if (flags.includes('readonly')) categories.push('@read')
  const category = CATEGORY_OF_GROUP[group]
  if (category !== null) categories.push(category)
  if (flags.includes('admin')) categories.push('@admin', '@dangerous')
  if (flags.includes('blocking')) categories.push('@blocking')
  categories.push(flags.includes('fast') ? '@fast' : '@slow')
  return categories
}
