import type { Family, StepMaker } from '../generating/family.ts'
import { commonWords, integer, KEYS, many, mostly } from './words.ts'

/** What is popped at random is the server's own choice; how many are left is not. Then the set goes. */
const randomPop: StepMaker = (random) => {
  const key = random.pick(KEYS.set)
  const pop = random.oneIn(2) ? ['spop', key] : ['spop', key, String(random.between(1, 150))]
  return { commands: [pop, ['scard', key], ['type', key], ['del', key]] }
}

const smallInteger = integer(-10, 40)

/** Sets: of integers, of anything, and combined. */
export const sets: Family = {
  name: 'sets',
  weight: 5,
  vocabulary: {
    ...commonWords,
    intset: mostly(10, (random) => random.pick(['i0', 'i1'])),
    integer: mostly(12, smallInteger, integer(-70000, 70000), integer(-(2 ** 40), 2 ** 40), commonWords.member),
    texts: many((i) => [`f${i}`]),
    integers: many((i) => [`${i}`]),
    numkeys: mostly(
      8,
      () => '2',
      () => '1',
      () => '3',
      commonWords.count,
    ),
  },
  commands: {
    6: ['sadd <set> <member>+6', 'sadd <intset> <integer>+6'],
    4: ['srem <set> <member>+4', 'srem <intset> <integer>+4'],
    2: [
      'sadd <set> <texts>',
      'sadd <intset> <integers>',
      'srem <set> <texts>',
      'srem <set> <integers>',
      'smove <set> <set> <member>',
      'sismember <set> <member>',
      'smismember <set> <member>+4',
      'smembers|scard <set>',
      'sunion|sinter|sdiff <set>+4',
      'sunionstore|sinterstore|sdiffstore <set> <set>+4',
      'sintercard <numkeys> <set> <set>',
      'sintercard <numkeys> <set> <set> limit <count>',
      'sscan <set> 0 count 1000',
      'sscan <set> 0 match <pattern> count 1000',
      'srandmember <set> <count>',
    ],
    1: [
      'srandmember <set>',
      'spop <set> 0|1000|-1|x',
      'spop <missing> <count>',
      'sscan <set> 0 <odd>*2 count 1000',
      'sscan <set> <odd>',
    ],
  },
  steps: { 1: [randomPop] },
}
