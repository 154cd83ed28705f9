import type { Family } from '../generating/family.ts'
import { bits } from './bits.ts'
import { blockingSortedSets } from './blocking-sorted-sets.ts'
import { connections } from './connections.ts'
import { databases } from './databases.ts'
import { expiries } from './expiries.ts'
import { hashes } from './hashes.ts'
import { keys } from './keys.ts'
import { lists } from './lists.ts'
import { sets } from './sets.ts'
import { sortedSets } from './sorted-sets.ts'
import { strings } from './strings.ts'
import { transactions } from './transactions.ts'

/** Every family of commands: a new one is one entry here. */
export const families: readonly Family[] = [
  strings,
  keys,
  expiries,
  bits,
  hashes,
  sets,
  sortedSets,
  lists,
  blockingSortedSets,
  databases,
  transactions,
  connections,
]
