import type { Family, StepMaker } from '../generating/family.ts'
import { commonWords, KEYS, many, mostly, oneOf } from './words.ts'

/** Long enough that a server answers, short enough that nobody waits: seconds. */
const BRIEF = '0.01'

/** A list that must be there is there when a blocking command comes, or it waits for nothing, briefly. */
const blockingPop: StepMaker = (random) => {
  const [key, other] = [random.pick(KEYS.list), random.pick(KEYS.list)]
  const pop = random.pick([
    ['blpop', key, other, BRIEF],
    ['brpop', key, other, BRIEF],
    ['blmove', key, other, 'left', 'RIGHT', BRIEF],
    ['brpoplpush', key, other, BRIEF],
    ['blmpop', BRIEF, '2', key, other, 'left', 'count', '2'],
  ])
  return { commands: random.oneIn(8) ? [pop] : [['rpush', key, 'a', 'b', 'c'], pop] }
}

/** Lists. */
export const lists: Family = {
  name: 'lists',
  weight: 5,
  vocabulary: {
    ...commonWords,
    // Few, so that they meet, and some that make a list large.
    element: mostly(10, commonWords.member, commonWords.member, commonWords.value),
    elements: many((i) => [`f${i % 20}`]),
    big: (random) => 'b'.repeat(random.pick([1000, 4000, 8200, 20000])),
    side: oneOf('left', 'RIGHT', 'Left', 'right', 'left', 'right', 'foo'),
    numkeys: mostly(
      8,
      () => '2',
      () => '1',
      () => '3',
      commonWords.count,
    ),
    posoption: (random) => [
      random.pick(['rank', 'COUNT', 'maxlen']),
      random.pick(['0', '1', '2', '-1', '-2', '10', 'x']),
    ],
    timeout: oneOf('-1', 'x', '', 'nan', '1e30', 'inf'),
  },
  commands: {
    6: ['rpush|lpush <list> <element>+5'],
    3: [
      'lrange <list> <index> <index>',
      'lpop|rpop <list> <count>|',
      'lindex <list> <index>',
      'lset <list> <index> <element>',
      'linsert <list> before|after|foo <element> <element>',
      'lrem <list> <index> <element>',
    ],
    2: [
      'rpush|lpush <list> <elements>',
      'rpush|lpush <list> <big>+3',
      'lpushx|rpushx <list> <element>+3',
      'llen <list>',
      'ltrim <list> <index> <index>',
      'lpos <list> <element> <posoption>*3',
      'lmove <list> <list> <side> <side>',
      'rpoplpush <list> <list>',
      'lmpop <numkeys> <list> <list> <side>',
      'lmpop <numkeys> <list> <list> <side> count <count>',
      'lrange <list> 0 -1',
    ],
    1: [
      'blpop|brpop <list> <list> <timeout>',
      'blmove <list> <list> <side> <side> <timeout>',
      'blmpop <timeout> <numkeys> <list> <list> <side>',
      'brpoplpush <list> <list> <timeout>',
    ],
  },
  steps: { 1: [blockingPop] },
}
