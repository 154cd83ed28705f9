import fc from 'fast-check'
import type { CommandParts } from './command-sequences.ts'

/** Every key that a sequence uses: `h…` are mostly hashes, `s` mostly a string. */
export const HASH_KEYS = ['h', 'h1', 'h2', 's'] as const

const key = fc.oneof({ weight: 8, arbitrary: fc.constantFrom('h', 'h1', 'h2') }, fc.constant('s'))
/** Few, so that they meet; in each form that a listpack knows. */
const field = fc.oneof(
  { weight: 6, arbitrary: fc.nat(12).map((n) => `f${n}`) },
  { weight: 3, arbitrary: fc.constantFrom('1', '-1', '127', '128', '5000', '-70000', '9223372036854775807', '01', '') },
  fc.constantFrom('x'.repeat(64), 'x'.repeat(65), 'f\xff\0\r\n'),
)
const number = fc.oneof(
  fc.integer({ min: -200, max: 200 }).map(String),
  fc.constantFrom(
    '9223372036854775807',
    '-9223372036854775808',
    '9223372036854775808',
    '8388608',
    '-32769',
    '1.5',
    '0.1',
    '3.0e5',
    'inf',
    'nan',
    ' 1',
    '',
    'x',
    '1e400',
  ),
)
const value = fc.oneof(
  number,
  fc.string({ maxLength: 10 }),
  fc.constantFrom('v'.repeat(64), 'v'.repeat(65), 'v'.repeat(5000)),
)
const pattern = fc.constantFrom('*', 'f*', 'f1?', '[0-9]*', '', '\\f1', 'nothing')
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
)

type Parts = fc.Arbitrary<readonly string[]>

function parts(name: string, ...args: readonly fc.Arbitrary<string>[]): Parts {
  return fc.tuple(...args).map((rest) => [name, ...rest])
}

const pairs = fc.array(fc.tuple(field, value), { minLength: 1, maxLength: 5 }).map((all) => all.flat())
const fields = fc.array(field, { minLength: 1, maxLength: 4 })
/** Enough at once to make a hash large, or to delete what made it so. */
const many = fc.tuple(fc.nat(300), fc.integer({ min: 60, max: 520 }))

const writes: Parts = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(key, pairs).map(([k, all]) => ['hset', k, ...all]) },
  { weight: 2, arbitrary: fc.tuple(key, pairs).map(([k, all]) => ['HMSET', k, ...all]) },
  { weight: 2, arbitrary: parts('hsetnx', key, field, value) },
  { weight: 4, arbitrary: fc.tuple(key, fields).map(([k, all]) => ['hdel', k, ...all]) },
  { weight: 4, arbitrary: parts('hincrby', key, field, number) },
  { weight: 4, arbitrary: parts('hincrbyfloat', key, field, number) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(key, many)
      .map(([k, [from, n]]) => ['hset', k, ...Array.from({ length: n }, (_, i) => [`m${from + i}`, `${i}`]).flat()]),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(key, many)
      .map(([k, [from, n]]) => ['hdel', k, ...Array.from({ length: n }, (_, i) => `m${from + i}`)]),
  },
  { weight: 1, arbitrary: parts('rename', key, key) },
  { weight: 1, arbitrary: fc.tuple(key, key).map(([from, to]) => ['copy', from, to, 'replace']) },
  { weight: 1, arbitrary: parts('del', key) },
  { weight: 1, arbitrary: parts('set', fc.constant('s'), value) },
  { weight: 1, arbitrary: parts('pexpireat', key, fc.constant('40000000000000')) },
)

const scanOptions: Parts = fc.oneof(
  fc.constant([]),
  parts('match', pattern),
  parts('COUNT', fc.constantFrom('1000', '0', 'x', '-1')),
  parts('count', fc.constant('1000')),
  fc.constantFrom(['type', 'hash'], ['count'], ['foo', 'bar']),
)

const reads: Parts = fc.oneof(
  { weight: 3, arbitrary: parts('hget', key, field) },
  { weight: 2, arbitrary: fc.tuple(key, fields).map(([k, all]) => ['hmget', k, ...all]) },
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom('hgetall', 'HKEYS', 'hvals', 'hlen', 'type'), key) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom('hexists', 'hstrlen'), key, field) },
  {
    weight: 2,
    arbitrary: fc.tuple(key, scanOptions).map(([k, rest]) => ['hscan', k, '0', ...rest, 'count', '1000']),
  },
  { weight: 1, arbitrary: fc.tuple(key, fc.constantFrom('x', '-1x')).map(([k, cursor]) => ['hscan', k, cursor]) },
  { weight: 1, arbitrary: fc.tuple(key, scanOptions).map(([k, rest]) => ['hscan', k, '0', 'count', '1000', ...rest]) },
  { weight: 1, arbitrary: parts('hrandfield', key) },
  { weight: 3, arbitrary: parts('hrandfield', key, count) },
  { weight: 2, arbitrary: parts('HRANDFIELD', key, count, fc.constantFrom('withvalues', 'WithValues', 'foo')) },
  parts('get', key),
)

/** Now and then an argument is missing, or one is too many. */
const marred = (commands: Parts): Parts =>
  fc.oneof(
    { weight: 20, arbitrary: commands },
    commands.map((all) => (all.length > 1 ? all.slice(0, -1) : all)),
    commands.map((all) => [...all, 'foo']),
  )

/** Random sequences over all hash commands, right and wrong, and a few others that meet hashes. */
export function hashSequences(maxLength: number): fc.Arbitrary<readonly CommandParts[]> {
  const command = fc.oneof({ weight: 3, arbitrary: writes }, { weight: 2, arbitrary: reads })
  return fc.array(marred(command), { minLength: 1, maxLength, size: 'max' })
}
