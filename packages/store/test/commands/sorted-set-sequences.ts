import fc from 'fast-check'
import type { CommandParts } from './command-sequences.ts'

/**
 * Every key that a sequence uses: `z…` are mostly sorted sets, small and large; all scores in `lex` are the same; `mix`
 * stays compact, with all kinds of scores; `s` is mostly a string, `set` a set.
 */
export const SORTED_SET_KEYS = ['z', 'z1', 'z2', 'lex', 'mix', 's', 'set'] as const

type Parts = fc.Arbitrary<readonly string[]>

const target = fc.constantFrom('z', 'z1', 'z2')
const key = fc.oneof(
  { weight: 10, arbitrary: target },
  { weight: 2, arbitrary: fc.constantFrom('lex', 'mix') },
  fc.constant('s'),
)
/** Where any score and any member may go. */
const free = fc.oneof({ weight: 10, arbitrary: target }, fc.constant('s'))
/** Few, so that they meet; in each form that a listpack knows. */
const shortMember = fc.oneof(
  { weight: 6, arbitrary: fc.nat(12).map((n) => `m${n}`) },
  { weight: 3, arbitrary: fc.constantFrom('1', '-1', '127', '128', '5000', '-70000', '9223372036854775807', '01', '') },
  fc.constantFrom('m\xff\0\r\n', 'M', 'mm'),
)
const member = fc.oneof(
  { weight: 15, arbitrary: shortMember },
  fc.constantFrom('x'.repeat(40), 'x'.repeat(64), 'x'.repeat(65)),
)
const score = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -9, max: 9 }).map(String) },
  { weight: 4, arbitrary: fc.integer({ min: -90, max: 90 }).map((n) => String(n / 10)) },
  { weight: 2, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map(String) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'inf',
      '-inf',
      '+Infinity',
      '-0',
      '0',
      '1e17',
      '123456789012345678',
      '4611686018427387904',
      '4611686018427387905',
      '1e19',
      '3.0e-5',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '0x1p-3',
      '0X.8P+4',
      '.5',
      '5.',
      '1e-400',
      '1e400',
      '5e-324',
      '1125899906842624.25',
      '-9223372036854775808',
    ),
  },
  fc.constantFrom('nan', '-nan', 'x', '', ' 1', '1 ', '1e', '--1', '1\0', '(1', '0x', '1_0'),
)
const scoreBound = fc.oneof(
  { weight: 4, arbitrary: score },
  { weight: 2, arbitrary: score.map((text) => `(${text}`) },
  fc.constantFrom('-inf', '+inf', '(', '((1', ' 5', '(  5', '5\0x', '1e999'),
)
const lexBound = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(fc.constantFrom('[', '('), member).map((parts) => parts.join('')) },
  { weight: 2, arbitrary: fc.constantFrom('-', '+') },
  fc.constantFrom('', '[', '(', 'a', '--', '+\0', '12'),
)
const rank = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -12, max: 12 }).map(String) },
  { weight: 3, arbitrary: fc.constantFrom('0', '-1', '100', '-100', '130') },
  fc.constantFrom('9223372036854775807', '-9223372036854775808', '9223372036854775808', 'x', '1.0', ''),
)
const count = fc.constantFrom(
  '0',
  '1',
  '-1',
  '3',
  '-5',
  '100',
  '-100',
  'x',
  '9223372036854775807',
  '-9223372036854775808',
  '500',
)
const pattern = fc.constantFrom('*', 'm*', 'm1?', '[0-9]*', '', '\\m1', 'nothing')

function parts(name: string, ...args: readonly fc.Arbitrary<string>[]): Parts {
  return fc.tuple(...args).map((rest) => [name, ...rest])
}

function followed(...all: readonly Parts[]): Parts {
  return fc.tuple(...all).map((each) => each.flat())
}

const some = (arbitrary: Parts, maxLength: number): Parts => {
  return fc.array(arbitrary, { maxLength }).map((all) => all.flat())
}

const only = (...words: readonly string[]): Parts => fc.constant(words)

const pairsOf = (scores: fc.Arbitrary<string>, members: fc.Arbitrary<string>): Parts => {
  return fc.array(fc.tuple(scores, members), { minLength: 1, maxLength: 5 }).map((all) => all.flat())
}

const addOptions = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  fc.subarray(['nx', 'XX', 'gt', 'LT', 'ch', 'Incr'], { maxLength: 3 }),
)
/** Enough at once to make a sorted set large, or to delete what made it so. */
const many = fc.tuple(fc.nat(100), fc.integer({ min: 60, max: 200 }))
const manyMembers = (from: number, n: number, each: (i: number) => string[]) =>
  Array.from({ length: n }, (_, i) => each(from + i)).flat()

const scoreRange = fc.tuple(scoreBound, scoreBound)
const lexRange = fc.tuple(lexBound, lexBound)
const rankRange = fc.tuple(rank, rank)
// Where scores differ, Redis skips what LIMIT says without a look at the range.
const lexKey = fc.constantFrom('lex', 'mix')

const adds: Parts = fc.oneof(
  { weight: 8, arbitrary: followed(parts('zadd', free), addOptions, pairsOf(score, member)) },
  { weight: 3, arbitrary: followed(only('ZADD', 'lex'), pairsOf(fc.constantFrom('0', '-0', '0.0'), member)) },
  { weight: 4, arbitrary: followed(only('zadd', 'mix'), addOptions, pairsOf(score, shortMember)) },
  { weight: 4, arbitrary: parts('zincrby', free, score, member) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(target, many, fc.constantFrom(1, 3, 50))
      .map(([k, [from, n], spread]) => [
        'zadd',
        k,
        ...manyMembers(from, n, (i) => [String((i * 7) % spread), `a${i}`]),
      ]),
  },
  {
    weight: 1,
    arbitrary: many.map(([from, n]) => ['zadd', 'lex', ...manyMembers(from, n, (i) => ['0', `a${i}`])]),
  },
)

const removals: Parts = fc.oneof(
  { weight: 3, arbitrary: followed(parts('zrem', key), fc.array(member, { minLength: 1, maxLength: 4 })) },
  {
    weight: 1,
    arbitrary: fc.tuple(key, many).map(([k, [from, n]]) => ['zrem', k, ...manyMembers(from, n, (i) => [`a${i}`])]),
  },
  { weight: 1, arbitrary: followed(parts('zremrangebyrank', key), rankRange) },
  { weight: 1, arbitrary: followed(parts('zremrangebyscore', key), scoreRange) },
  { weight: 1, arbitrary: followed(parts('zremrangebylex', lexKey), lexRange) },
  { weight: 2, arbitrary: parts('zpopmin', key) },
  { weight: 2, arbitrary: parts('ZPOPMAX', key, count) },
  {
    weight: 3,
    arbitrary: followed(
      only('zmpop'),
      fc.oneof(
        { weight: 6, arbitrary: fc.tuple(fc.constant('2'), key, key) },
        fc.tuple(fc.constantFrom('0', '1', 'x', '9223372036854775807'), key),
      ),
      fc.constantFrom(['min'], ['MAX'], ['foo'], []),
      fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, parts('count', count), only('count', '2', 'count', '2')),
    ),
  },
)

const limit = fc.tuple(
  fc.constant('limit'),
  fc.constantFrom('0', '1', '5', '-1', '1000', 'x'),
  fc.constantFrom('0', '1', '5', '-1', '1000', 'x'),
)
const withScores = fc.oneof(fc.constant([]), only('withscores'))
const limitOrNot = fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, limit)
const rangeOptions = some(
  fc.oneof(only('rev'), only('withscores'), limit, only('byscore'), only('BYLEX'), only('foo')),
  2,
)

const ranges: Parts = fc.oneof(
  followed(parts('zrange', key), rankRange, withScores, fc.oneof(fc.constant([]), only('REV'))),
  followed(parts('zrange', key), scoreRange, only('ByScore'), limitOrNot, withScores, some(only('rev'), 1)),
  followed(parts('zrange', lexKey), lexRange, only('bylex'), some(only('rev'), 1)),
  followed(only('zrange', 'lex'), lexRange, only('bylex'), limit, some(only('rev'), 1)),
  followed(only('zrange', 'lex'), fc.oneof(rankRange, scoreRange, lexRange), rangeOptions),
  followed(parts('zrevrange', key), rankRange, withScores),
  followed(parts('zrangebyscore', key), scoreRange, withScores, limitOrNot),
  followed(parts('ZREVRANGEBYSCORE', key), scoreRange, limitOrNot, withScores),
  followed(parts('zrangebylex', lexKey), lexRange, some(only('withscores'), 1)),
  followed(only('zrangebylex', 'lex'), lexRange, limit),
  followed(parts('zrevrangebylex', lexKey), lexRange),
  followed(only('zrevrangebylex', 'lex'), lexRange, limit),
  followed(parts('zcount', key), scoreRange),
  followed(parts('zlexcount', lexKey), lexRange),
)

const rangeStores: Parts = fc.oneof(
  followed(parts('zrangestore', target, key), rankRange, some(only('rev'), 1)),
  followed(parts('zrangestore', target, key), scoreRange, only('byscore'), limitOrNot),
  followed(only('zrangestore', 'z', 'lex'), fc.oneof(rankRange, scoreRange, lexRange), rangeOptions),
)

const aggregate = parts('aggregate', fc.constantFrom('sum', 'MIN', 'max', 'foo'))
const source = fc.oneof({ weight: 4, arbitrary: key }, fc.constant('set'))
const sources: Parts = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constant('2'), source, source) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('3'), source, source, source) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('1'), source) },
  fc.tuple(fc.constantFrom('0', '-1', '5', 'x', '9223372036854775807'), key, key),
)
const combinationOptions = some(
  fc.oneof(
    { weight: 3, arbitrary: parts('weights', score, score) },
    { weight: 2, arbitrary: parts('WEIGHTS', score, score, score) },
    { weight: 3, arbitrary: aggregate },
    { weight: 3, arbitrary: only('withscores') },
    parts('limit', count),
  ),
  2,
)
const combinations: Parts = fc.oneof(
  { weight: 2, arbitrary: followed(fc.constantFrom(['zunion'], ['ZINTER'], ['zdiff']), sources, combinationOptions) },
  {
    weight: 2,
    arbitrary: followed(
      fc.constantFrom(['zunionstore'], ['zinterstore'], ['zdiffstore']),
      fc.tuple(target),
      sources,
      combinationOptions,
    ),
  },
  followed(only('zintercard'), sources, some(parts('limit', count), 1)),
)

const scanOptions: Parts = fc.oneof(
  fc.constant([]),
  parts('match', pattern),
  fc.constantFrom(['count', '1000'], ['count', '0'], ['type', 'zset'], ['count'], ['foo', 'bar']),
)

const reads: Parts = fc.oneof(
  { weight: 2, arbitrary: parts('zscore', key, member) },
  { weight: 2, arbitrary: followed(parts('zmscore', key), fc.array(member, { minLength: 1, maxLength: 3 })) },
  parts('zcard', key),
  parts('type', key),
  parts('zrank', key, member),
  parts('zrevrank', key, member),
  followed(parts('zscan', key), only('0'), scanOptions, only('count', '1000')),
  parts('zscan', key, fc.constantFrom('x', '-1x')),
  parts('zrandmember', key),
  parts('ZRANDMEMBER', key, count),
  parts('zrandmember', key, count, fc.constantFrom('withscores', 'WithScores', 'foo')),
  parts('get', key),
)

const others: Parts = fc.oneof(
  { weight: 3, arbitrary: followed(only('sadd', 'set'), fc.array(member, { minLength: 1, maxLength: 8 })) },
  many.map(([from, n]) => ['sadd', 'set', ...manyMembers(from, n, (i) => [`a${i}`])]),
  fc.constant(['sadd', 'set', '1', '127', '5000', '9223372036854775807']),
  parts('rename', target, target),
  fc.tuple(target, target).map(([from, to]) => ['copy', from, to, 'replace']),
  parts('del', key),
  parts('set', fc.constant('s'), score),
  parts('pexpireat', key, fc.constant('40000000000000')),
)

/** Now and then an argument is missing, or one is too many. */
const marred = (commands: Parts): Parts =>
  fc.oneof(
    { weight: 20, arbitrary: commands },
    commands.map((all) => (all.length > 1 ? all.slice(0, -1) : all)),
    commands.map((all) => [...all, 'foo']),
  )

/** Random sequences over all sorted set commands, right and wrong, and a few others that meet sorted sets. */
export function sortedSetSequences(maxLength: number): fc.Arbitrary<readonly CommandParts[]> {
  const command = fc.oneof(
    { weight: 9, arbitrary: adds },
    { weight: 4, arbitrary: removals },
    { weight: 5, arbitrary: ranges },
    { weight: 1, arbitrary: rangeStores },
    { weight: 3, arbitrary: combinations },
    { weight: 3, arbitrary: reads },
    { weight: 2, arbitrary: others },
  )
  return fc.array(marred(command), { minLength: 1, maxLength, size: 'max' })
}
