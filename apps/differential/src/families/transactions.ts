import type { AnyCommand, Family, StepMaker } from '../generating/family.ts'
import type { Random } from '../generating/random.ts'
import type { CommandWords } from '../generating/step.ts'
import { ALL_KEYS, commonWords, LEX_KEY } from './words.ts'

/** In a transaction these would not be queued, or answer what the test can't line up with its command. */
const NOT_QUEUED = /^(multi|exec|discard|watch|unwatch|reset|quit|hello)$/i

function queued(random: Random, anyCommand: AnyCommand): CommandWords[] {
  return Array.from({ length: random.between(0, 8) }, () => anyCommand(random)).filter(
    ([name]) => !NOT_QUEUED.test(name!),
  )
}

/** MULTI … EXEC, complete most of the time. */
const transaction: StepMaker = (random, anyCommand) => {
  const commands: CommandWords[] = [['multi'], ...queued(random, anyCommand)]
  if (random.oneIn(10))
    commands.push(random.pick([['multi'], ['watch', 's0'], ['nonsense', 'x'], ['get'], ['exec', 'x']]))
  commands.push(random.oneIn(10) ? ['discard'] : ['exec'])
  return { commands }
}

/** Not BITFIELD with OVERFLOW FAIL: what it makes longer though it fails is no change to Redis, and one here. */
function isToldToWatchers(words: CommandWords): boolean {
  return !(/^bitfield$/i.test(words[0]!) && words.includes('fail'))
}

/** WATCH, then perhaps a change of what is watched, then a transaction. EXEC tells which commands count as changes. */
const watched: StepMaker = (random, anyCommand) => {
  const some = Array.from({ length: random.between(1, 3) }, () => commonWords.key(random))
  const keys = random.oneIn(2) ? some : [...ALL_KEYS, LEX_KEY]
  const between = Array.from({ length: random.below(3) }, () => anyCommand(random)).filter(isToldToWatchers)
  const undone = random.oneIn(6) ? [['unwatch']] : []
  return { commands: [['watch', ...keys], ...between, ...undone, ['multi'], ...queued(random, anyCommand), ['exec']] }
}

/** MULTI, EXEC, DISCARD, WATCH, UNWATCH. */
export const transactions: Family = {
  name: 'transactions',
  weight: 1,
  vocabulary: commonWords,
  commands: { 1: ['exec', 'discard', 'unwatch', 'watch <key>+3', 'watch'] },
  steps: { 8: [transaction], 5: [watched] },
}
