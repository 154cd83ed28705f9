import type { Family, StepMaker } from '../generating/family.ts'
import type { Random } from '../generating/random.ts'
import type { Vocabulary } from '../generating/template.ts'
import { commonWords, mostly, oneOf } from './words.ts'

/** So far ahead, and so long past, that two servers' clocks and the time a sequence takes don't matter. */
export const FAR_SECONDS = 40_000_000_000
const PAST_SECONDS = 1_000_000

/** How long until something is to expire in a sequence that waits for it, in ms. */
const SHORT_LIFE = 1

const farSeconds = (random: Random) => String(FAR_SECONDS + random.below(5))
const farMilliseconds = (random: Random) => String(FAR_SECONDS * 1000 + random.below(3000))
const pastSeconds = (random: Random) => String(PAST_SECONDS + random.below(5))
// Each far from each other, so that GT and LT don't depend on the millisecond in which each was given.
const relativeSeconds = (random: Random) => String(1000 * random.between(2, 1_000_000))
const relativeMilliseconds = (random: Random) => String(1_000_000 * random.between(2, 1_000_000))
// Beyond 2^53 - 1 ms a time is not kept exactly: a difference that is meant.
const oddTime = oneOf('0', '-1', '-9223372036854775808', '9223372036854775807', '9223372036854775808', 'x', '1.5', '')

const seconds = mostly(9, relativeSeconds, oddTime)
const milliseconds = mostly(
  9,
  relativeMilliseconds,
  oneOf('0', '-1', '-9223372036854775808', '9223372036854775807', 'x', ''),
)
const unixSeconds = mostly(9, farSeconds, pastSeconds, pastSeconds, oddTime)
const unixMilliseconds = mostly(
  9,
  farMilliseconds,
  pastSeconds,
  pastSeconds,
  oneOf('0', '-1', '9223372036854775808', 'x'),
)

/** Times and expiry options. */
export const expiryWords = {
  seconds,
  milliseconds,
  unixseconds: unixSeconds,
  unixmilliseconds: unixMilliseconds,
  expiry: (random) => {
    const [name, maker] = random.pick([
      ['ex', seconds],
      ['PX', milliseconds],
      // Never long past: a step of its own is for that, for such a key is there until somebody looks.
      ['exat', mostly(9, farSeconds, oddTime)],
      ['pxat', mostly(9, farMilliseconds, oneOf('0', '-1', 'x', '9223372036854775808'))],
    ] as const)
    return [name, maker(random) as string]
  },
} as const satisfies Vocabulary

const pastInSet: StepMaker = (random) => {
  const key = commonWords.key(random)
  const set = ['set', key, 'past', random.pick(['exat', 'PXAT']), pastSeconds(random)]
  return { commands: [random.oneIn(2) ? set : ['getex', key, 'exat', pastSeconds(random)], ['exists', key]] }
}

/** Gives a life of one millisecond, waits until it is over, and looks: expired keys go when they are looked at. */
function expiring(prepare: (key: string) => readonly string[]): StepMaker {
  return (random) => {
    const key = commonWords.key(random)
    return { commands: [prepare(key), ['exists', key]], pauseBefore: 1 }
  }
}

/** EXPIRE and its relatives, and keys that do expire. */
export const expiries: Family = {
  name: 'expiries',
  weight: 2,
  vocabulary: { ...commonWords, ...expiryWords, condition: oneOf('nx', 'XX', 'gt', 'LT', 'foo') },
  commands: {
    3: [
      'expire <key> <seconds> <condition>*2',
      'pexpire <key> <milliseconds> <condition>*2',
      'expireat <key> <unixseconds> <condition>*2',
      'pexpireat <key> <unixmilliseconds> <condition>*2',
    ],
    2: ['ttl|pttl|expiretime|pexpiretime <key>', 'persist <key>'],
  },
  steps: {
    1: [
      pastInSet,
      expiring((key) => ['pexpire', key, String(SHORT_LIFE)]),
      expiring((key) => ['set', key, 'brief', 'px', String(SHORT_LIFE)]),
    ],
  },
}
