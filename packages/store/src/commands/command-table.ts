import { bitFieldCommands } from './bit-fields.ts'
import { bitCommands } from './bits.ts'
import { blockingListCommands } from './blocking-lists.ts'
import { blockingSortedSetCommands } from './blocking-sorted-sets.ts'
import type { Command } from './command.ts'
import type { CommandContext } from './command-context.ts'
import { commonSubsequenceCommands } from './common-subsequence.ts'
import { counterCommands } from './counters.ts'
import { databaseCommands } from './databases.ts'
import { dumpCommands } from './dump.ts'
import { expiryCommands } from './expiry.ts'
import { flushCommands } from './flush.ts'
import { hashCounterCommands } from './hash-counters.ts'
import { hashIterationCommands } from './hash-iteration.ts'
import { hashCommands } from './hashes.ts'
import { iterationCommands } from './iteration.ts'
import { keyCommands } from './keys.ts'
import { listEditCommands } from './list-edits.ts'
import { listMoveCommands } from './list-moves.ts'
import { listCommands } from './lists.ts'
import { objectCommands } from './objects.ts'
import { setCombinationCommands } from './set-combination.ts'
import { setIterationCommands } from './set-iteration.ts'
import { setCommands } from './sets.ts'
import { sortCommands } from './sort.ts'
import { sortedSetCombinationCommands } from './sorted-set-combination.ts'
import { sortedSetIterationCommands } from './sorted-set-iteration.ts'
import { sortedSetRangeCommands } from './sorted-set-ranges.ts'
import { sortedSetRemovalCommands } from './sorted-set-removal.ts'
import { sortedSetCommands } from './sorted-sets.ts'
import { stringRangeCommands } from './string-ranges.ts'
import { stringCommands } from './strings.ts'

const families: readonly (readonly Command<CommandContext>[])[] = [
  stringCommands,
  stringRangeCommands,
  counterCommands,
  commonSubsequenceCommands,
  bitCommands,
  bitFieldCommands,
  hashCommands,
  hashCounterCommands,
  hashIterationCommands,
  listCommands,
  listEditCommands,
  listMoveCommands,
  blockingListCommands,
  setCommands,
  setIterationCommands,
  setCombinationCommands,
  sortedSetCommands,
  sortedSetRangeCommands,
  sortedSetRemovalCommands,
  sortedSetIterationCommands,
  sortedSetCombinationCommands,
  blockingSortedSetCommands,
  keyCommands,
  sortCommands,
  databaseCommands,
  dumpCommands,
  objectCommands,
  expiryCommands,
  iterationCommands,
  flushCommands,
]

/** Every command that a store carries out, by its name in lower case. */
export const storeCommands: ReadonlyMap<string, Command<CommandContext>> = new Map(
  families.flat().map((command) => [command.name, command]),
)
