import type { Family, StepMaker } from '../generating/family.ts'
import { commonWords, KEYS, mostly, oneOf } from './words.ts'

/** Long enough that a server answers, short enough that nobody waits: seconds. */
const BRIEF = '0.01'

const blockingPop: StepMaker = (random) => {
  const [key, other] = [random.pick(KEYS.sortedSet), random.pick(KEYS.sortedSet)]
  const pop = random.pick([
    ['bzpopmin', key, other, BRIEF],
    ['bzpopmax', key, other, BRIEF],
    ['bzmpop', BRIEF, '2', key, other, 'min', 'count', '2'],
    ['bzmpop', BRIEF, '1', key, 'max'],
  ])
  return { commands: random.oneIn(8) ? [pop] : [['zadd', key, '1', 'a', '-1.5', 'b'], pop] }
}

/** Sorted sets whose commands wait. */
export const blockingSortedSets: Family = {
  name: 'blocking sorted sets',
  weight: 1,
  vocabulary: {
    ...commonWords,
    numkeys: mostly(
      8,
      () => '2',
      () => '1',
      () => '3',
      commonWords.count,
    ),
    timeout: oneOf('-1', 'x', '', 'nan', '1e30', 'inf'),
  },
  commands: { 1: ['bzpopmin|bzpopmax <zset> <zset> <timeout>', 'bzmpop <timeout> <numkeys> <zset> <zset> min|foo'] },
  steps: { 8: [blockingPop] },
}
