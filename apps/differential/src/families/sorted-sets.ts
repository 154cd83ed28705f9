import type { Family } from '../generating/family.ts'
import type { WordMaker } from '../generating/template.ts'
import { commonWords, LEX_KEY, many, mostly, oneOf } from './words.ts'

const { float, member } = commonWords
const scoreBound: WordMaker = mostly(
  6,
  float,
  (random) => `(${float(random)}`,
  (random) => `(${float(random)}`,
  oneOf('-inf', '+inf', '(', '((1', '(-inf', '-inf', '+inf'),
)
const lexBound: WordMaker = mostly(
  4,
  (random) => random.pick(['[', '(']) + member(random),
  oneOf('-', '+'),
  oneOf('', '[', '(', 'a', '--', '-', '+'),
)

/** Sorted sets. */
export const sortedSets: Family = {
  name: 'sorted sets',
  weight: 6,
  // Another score in it would make its ranges of members a matter of encoding.
  neverMarred: LEX_KEY,
  vocabulary: {
    ...commonWords,
    readable: mostly(5, commonWords.zset, () => LEX_KEY),
    source: mostly(6, commonWords.zset, commonWords.set, () => LEX_KEY),
    scored: (random) => [float(random), member(random)] as string[],
    manyscored: many((i) => [String((i * 7) % 50), `f${i}`]),
    manyequal: many((i) => ['0', `f${i}`]),
    equal: (random) => ['0', member(random)] as string[],
    members: many((i) => [`f${i}`]),
    scores: (random) => [scoreBound(random), scoreBound(random)] as string[],
    lexes: (random) => [lexBound(random), lexBound(random)] as string[],
    ranks: (random) => [commonWords.index(random), commonWords.index(random)] as string[],
    limit: (random) => [
      'limit',
      random.pick(['0', '1', '5', '-1', 'x']),
      random.pick(['0', '1', '5', '-1', '1000', 'x']),
    ],
    addoption: oneOf('nx', 'XX', 'gt', 'LT', 'ch', 'Incr'),
    rangeoption: oneOf('rev', 'withscores', 'byscore', 'BYLEX', 'foo'),
    combination: mostly(
      4,
      oneOf('withscores'),
      (random) => ['weights', float(random), float(random)] as string[],
      (random) => ['aggregate', random.pick(['sum', 'MIN', 'max', 'foo'])],
    ),
    numkeys: mostly(
      8,
      () => '2',
      () => '1',
      () => '3',
      commonWords.count,
    ),
  },
  commands: {
    8: ['zadd <zset> <scored>+5'],
    4: [
      'zadd <zset> <addoption>*3 <scored>+3',
      'zadd lex <equal>+5',
      'zincrby <zset> <float> <member>',
      'zrem <readable> <member>+4',
    ],
    3: [
      'zrange <readable> <ranks> rev| withscores|',
      'zrange <readable> <scores> byscore rev| <limit>| withscores|',
      'zrange lex <lexes> bylex rev| <limit>|',
      'zrangebyscore|zrevrangebyscore <readable> <scores> withscores| <limit>|',
      'zrank|zrevrank|zscore <readable> <member>',
    ],
    2: [
      'zadd <zset> <manyscored>',
      'zadd lex <manyequal>',
      'zrem <zset> <members>',
      'zrange lex <ranks> <rangeoption>*2 <limit>|',
      'zrevrange <readable> <ranks> withscores|',
      'zrangebylex|zrevrangebylex lex <lexes> <limit>|',
      'zrangestore <zset> <zset> <ranks> rev|',
      'zrangestore <zset> <zset> <scores> byscore <limit>|',
      'zrangestore <zset> lex <lexes> bylex <limit>|',
      'zcount <readable> <scores>',
      'zlexcount lex <lexes>',
      'zcard <readable>',
      'zmscore <readable> <member>+4',
      'zpopmin|zpopmax <readable> <count>|',
      'zmpop <numkeys> <zset> <zset> min|max|foo',
      'zmpop <numkeys> <zset> <zset> MIN|MAX count <count>',
      'zunion|zinter|zdiff <numkeys> <source> <source> <combination>*2',
      'zunionstore|zinterstore|zdiffstore <zset> <numkeys> <source> <source> <combination>*2',
      'zunionstore|zinterstore <zset> 3 <source> <source> <source> <combination>*1',
      'zintercard <numkeys> <source> <source> <odd>*1',
      'zintercard 2 <source> <source> limit <count>',
      'zscan <readable> 0 match <pattern> count 1000',
    ],
    1: [
      'zremrangebyrank <zset> <ranks>',
      'zremrangebyscore <zset> <scores>',
      'zremrangebylex lex <lexes>',
      'zscan <readable> 0 <odd>*2 count 1000',
      'zscan <readable> <odd>',
      'zrandmember <readable>',
      'zrandmember <readable> <count> withscores|',
      'zrandmember <readable> <count> <odd>',
    ],
  },
}
