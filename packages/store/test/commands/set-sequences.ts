import fc from 'fast-check'
import type { CommandParts } from './command-sequences.ts'

/** Every key that a sequence uses: `i…` are mostly sets of integers, `s` mostly a string. */
export const SET_KEYS = ['a', 'b', 'i', 'i1', 's'] as const

const integerKey = fc.constantFrom('i', 'i1')
const key = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('a', 'b') },
  { weight: 5, arbitrary: integerKey },
  fc.constant('s'),
)
const integer = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -5, max: 20 }).map(String) },
  fc.constantFrom(
    '32767',
    '32768',
    '-32769',
    '2147483648',
    '-2147483649',
    '9223372036854775807',
    '-9223372036854775808',
  ),
)
const text = fc.oneof(
  { weight: 6, arbitrary: fc.nat(12).map((n) => `f${n}`) },
  fc.constantFrom('', '01', '-0', '9223372036854775808', 'x'.repeat(64), 'x'.repeat(65), 'f\xff\0\r\n'),
)
const member = fc.oneof({ weight: 3, arbitrary: integer }, { weight: 2, arbitrary: text })
const pattern = fc.constantFrom('*', 'f*', 'f1?', '[0-9]*', '', 'nothing')
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

const memberOf = (k: string) => (k.startsWith('i') ? fc.oneof({ weight: 30, arbitrary: integer }, text) : member)
const members = (k: string) => fc.array(memberOf(k), { minLength: 1, maxLength: 6 })
/** Enough at once to make a set large, or to delete what made it so. */
const many = fc.tuple(fc.nat(100), fc.integer({ min: 60, max: 300 }))
const run = (name: string, keys: fc.Arbitrary<string>): Parts =>
  fc
    .tuple(keys, many)
    .map(([k, [from, n]]) => [
      name,
      k,
      ...Array.from({ length: n }, (_, i) => (k.startsWith('i') ? `${from + i}` : `m${from + i}`)),
    ])

const writes: Parts = fc.oneof(
  { weight: 8, arbitrary: key.chain((k) => members(k).map((all) => ['sadd', k, ...all])) },
  { weight: 4, arbitrary: key.chain((k) => members(k).map((all) => ['SREM', k, ...all])) },
  { weight: 4, arbitrary: parts('smove', key, key, member) },
  { weight: 2, arbitrary: run('sadd', key) },
  { weight: 1, arbitrary: run('srem', key) },
  { weight: 1, arbitrary: parts('rename', key, key) },
  { weight: 1, arbitrary: fc.tuple(key, key).map(([from, to]) => ['copy', from, to, 'replace']) },
  { weight: 1, arbitrary: parts('del', key) },
  { weight: 1, arbitrary: parts('set', fc.constant('s'), member) },
  { weight: 1, arbitrary: parts('pexpireat', key, fc.constant('40000000000000')) },
)

/** Pops whose choice is the server's own would part the two; these take everything, or nothing. */
const pops: Parts = fc.oneof(
  parts('spop', key, fc.constantFrom('1000', '9223372036854775807', '0', '-1', 'x')),
  parts('spop', fc.constant('missing')),
  parts('spop', key, fc.constant('1'), fc.constant('2')),
)

const keys = fc.array(key, { minLength: 1, maxLength: 4 })
const combinations: Parts = fc.oneof(
  fc.tuple(fc.constantFrom('sunion', 'SINTER', 'sdiff'), keys).map(([name, all]) => [name, ...all]),
  fc
    .tuple(fc.constantFrom('sunionstore', 'sinterstore', 'SDIFFSTORE'), key, keys)
    .map(([name, target, all]) => [name, target, ...all]),
  fc
    .tuple(
      keys,
      fc.constantFrom(0, 0, 0, 0, 1, -1),
      fc.oneof(
        { weight: 3, arbitrary: fc.constant([]) },
        parts('limit', count),
        fc.constantFrom(['LIMIT'], ['foo', '1'], ['limit', '1', 'limit', '2']),
      ),
    )
    .map(([all, error, rest]) => ['sintercard', `${all.length + error}`, ...all, ...rest]),
  parts('sintercard', fc.constantFrom('0', '-1', 'x', '9223372036854775807'), key),
)

const scanOptions: Parts = fc.oneof(
  fc.constant([]),
  parts('match', pattern),
  fc.constantFrom(['count', '1000'], ['COUNT', '0'], ['count', 'x'], ['type', 'set'], ['count'], ['foo', 'bar']),
)

const reads: Parts = fc.oneof(
  { weight: 3, arbitrary: parts('sismember', key, member) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(key, fc.array(member, { minLength: 1, maxLength: 5 }))
      .map(([k, all]) => ['smismember', k, ...all]),
  },
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom('smembers', 'SCARD', 'type'), key) },
  { weight: 2, arbitrary: fc.tuple(key, scanOptions).map(([k, rest]) => ['sscan', k, '0', ...rest, 'count', '1000']) },
  parts('sscan', key, fc.constantFrom('x', '-1x')),
  parts('srandmember', key),
  { weight: 3, arbitrary: parts('srandmember', key, count) },
  parts('srandmember', key, count, fc.constant('foo')),
  parts('get', key),
  parts('hget', key, member),
  parts('zunion', fc.constant('2'), key, key),
)

/** Now and then an argument is missing, or one is too many. */
const marred = (commands: Parts): Parts =>
  fc.oneof(
    { weight: 20, arbitrary: commands },
    commands.map((all) => (all.length > 1 ? all.slice(0, -1) : all)),
    commands.map((all) => [...all, 'foo']),
  )

/** Random pops as well: what they take is the server's own, so only effects can be compared after them. */
const randomPops: Parts = fc.oneof(parts('spop', key), parts('spop', key, fc.constantFrom('1', '2', '5', '50', '120')))

/** Random sequences over all set commands, right and wrong, and a few others that meet sets. */
export function setSequences(maxLength: number, withRandomPops: boolean): fc.Arbitrary<readonly CommandParts[]> {
  const others = fc.oneof(
    { weight: 9, arbitrary: writes },
    { weight: 3, arbitrary: combinations },
    { weight: 4, arbitrary: reads },
  )
  // Pops are not marred: one that takes everything would take one.
  const command = fc.oneof(
    { weight: 16, arbitrary: withRandomPops ? others : marred(others) },
    { weight: 1, arbitrary: withRandomPops ? randomPops : pops },
  )
  return fc.array(command, { minLength: 1, maxLength, size: 'max' })
}
