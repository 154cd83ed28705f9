import fc from 'fast-check'
import type { CommandParts } from './command-sequences.ts'

/** Every key that a sequence uses: `l…` are mostly lists, `s` mostly a string, `z` mostly a sorted set. */
export const LIST_KEYS = ['l', 'l1', 'l2', 's', 'z'] as const

const key = fc.oneof({ weight: 12, arbitrary: fc.constantFrom('l', 'l1', 'l2') }, fc.constantFrom('s', 'z'))
/** Few, so that they meet; in each form that a listpack knows, and longer than a chunk. */
const item = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'c', 'd', 'some item', '') },
  {
    weight: 3,
    arbitrary: fc.constantFrom('1', '-1', '127', '128', '5000', '-70000', '9000000', '9223372036854775807', '01', '+1'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('x'.repeat(63), 'y'.repeat(64), 'z'.repeat(4096), 'u'.repeat(9000), 'f\xff\0\r\n'),
  },
)
const index = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -12, max: 12 }).map(String) },
  { weight: 3, arbitrary: fc.integer({ min: -1500, max: 1500 }).map(String) },
  fc.constantFrom('9223372036854775807', '-9223372036854775808', '9223372036854775808', '1.5', ' 1', '', 'x'),
)
const count = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -3, max: 5 }).map(String) },
  { weight: 1, arbitrary: fc.integer({ min: -900, max: 900 }).map(String) },
  fc.constantFrom('9223372036854775807', '-9223372036854775807', 'x', ''),
)
const end = fc.oneof({ weight: 10, arbitrary: fc.constantFrom('left', 'right', 'LEFT', 'Right') }, fc.constant('up'))
const timeout = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('0', '0.01', '1', '100', '1e3', '0x10') },
  fc.constantFrom('-1', '-0.0001', 'inf', '-inf', 'nan', '9223372036854775', '1e16', '1e400', '1e-400', 'x', '', ' 1'),
)

type Parts = fc.Arbitrary<readonly string[]>

function parts(name: string, ...args: readonly fc.Arbitrary<string>[]): Parts {
  return fc.tuple(...args).map((rest) => [name, ...rest])
}

function followed(...all: readonly Parts[]): Parts {
  return fc.tuple(...all).map((each) => each.flat())
}

const items = fc.array(item, { minLength: 1, maxLength: 6 })
/** Enough at once to make a list of several chunks. */
const many = fc
  .tuple(fc.integer({ min: 100, max: 900 }), fc.constantFrom('number-', '', 'a long item of a long list, number '))
  .map(([n, text]) => Array.from({ length: n }, (_, i) => `${text}${i % 97}`))
const pushing = fc.constantFrom('lpush', 'RPUSH', 'rpush', 'lpushx', 'rpushx')
const keys = fc.array(key, { minLength: 1, maxLength: 3 })
const counted = keys.map((all) => [String(all.length), ...all])
const miscounted = fc
  .tuple(fc.constantFrom('0', '-1', 'x', '2', '5', '9223372036854775807'), keys)
  .map(([n, all]) => [n, ...all])
const countOption: Parts = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  { weight: 3, arbitrary: parts('count', count) },
  fc.constantFrom(['count'], ['foo', '1'], ['count', '1', 'count', '1']),
)
const numbered = fc.oneof({ weight: 6, arbitrary: counted }, miscounted)

const writes: Parts = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(pushing, key, items).map(([name, k, all]) => [name, k, ...all]) },
  { weight: 3, arbitrary: fc.tuple(pushing, key, many).map(([name, k, all]) => [name, k, ...all]) },
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom('lpop', 'rpop'), key) },
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom('lpop', 'rpop'), key, count) },
  { weight: 4, arbitrary: parts('lset', key, index, item) },
  { weight: 4, arbitrary: parts('linsert', key, fc.constantFrom('before', 'AFTER', 'after', 'in'), item, item) },
  { weight: 4, arbitrary: parts('lrem', key, count, item) },
  { weight: 1, arbitrary: parts('lrem', key, count, fc.constantFrom('number-7', '7', '12')) },
  {
    weight: 1,
    arbitrary: parts('linsert', key, fc.constantFrom('before', 'after'), fc.constantFrom('number-7', '7'), item),
  },
  { weight: 2, arbitrary: parts('ltrim', key, index, index) },
  { weight: 3, arbitrary: parts('lmove', key, key, end, end) },
  { weight: 2, arbitrary: parts('rpoplpush', key, key) },
  {
    weight: 2,
    arbitrary: followed(
      fc.constant(['lmpop']),
      numbered,
      parts('', end).map((all) => all.slice(1)),
      countOption,
    ),
  },
  { weight: 1, arbitrary: parts('rename', key, key) },
  { weight: 1, arbitrary: fc.tuple(key, key).map(([from, to]) => ['copy', from, to, 'replace']) },
  { weight: 1, arbitrary: parts('del', key) },
  { weight: 1, arbitrary: parts('set', fc.constant('s'), item) },
  { weight: 1, arbitrary: parts('zadd', fc.constant('z'), fc.constant('1'), item) },
  { weight: 1, arbitrary: parts('pexpireat', key, fc.constant('40000000000000')) },
)

/** In a transaction they do what they do when they can't wait. */
const blocking: Parts = fc.oneof(
  followed(
    fc.constantFrom(['blpop'], ['brpop'], ['bzpopmin'], ['bzpopmax']),
    keys,
    timeout.map((text) => [text]),
  ),
  parts('blmove', key, key, end, end, timeout),
  parts('brpoplpush', key, key, timeout),
  followed(
    parts('blmpop', timeout),
    numbered,
    parts('', end).map((all) => all.slice(1)),
    countOption,
  ),
  followed(parts('bzmpop', timeout), numbered, fc.constantFrom(['min'], ['max'], ['up']), countOption),
)

const positionOptions = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: parts('rank', index) },
      { weight: 3, arbitrary: parts('COUNT', count) },
      { weight: 3, arbitrary: parts('maxlen', count) },
      fc.constantFrom(['rank'], ['foo', '1']),
    ),
    { maxLength: 3 },
  )
  .map((all) => all.flat())

const reads: Parts = fc.oneof(
  { weight: 4, arbitrary: parts('lrange', key, index, index) },
  { weight: 3, arbitrary: parts('lindex', key, index) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom('llen', 'type'), key) },
  { weight: 2, arbitrary: parts('lpos', key, item) },
  { weight: 3, arbitrary: followed(parts('lpos', key, item), positionOptions) },
  { weight: 1, arbitrary: parts('object', fc.constant('encoding'), key) },
)

/** Now and then an argument is missing, or one is too many. */
const marred = (commands: Parts): Parts =>
  fc.oneof(
    { weight: 20, arbitrary: commands },
    commands.map((all) => (all.length > 1 ? all.slice(0, -1) : all)),
    commands.map((all) => [...all, 'foo']),
  )

/** Random sequences over all list commands, right and wrong, and a few others that meet lists. */
export function listSequences(maxLength: number): fc.Arbitrary<readonly CommandParts[]> {
  const command = fc.oneof({ weight: 3, arbitrary: writes }, { weight: 2, arbitrary: reads })
  return fc.array(marred(command), { minLength: 1, maxLength, size: 'max' })
}

/** The same with blocking commands among them; for a context in which nobody waits. */
export function blockingSequences(maxLength: number): fc.Arbitrary<readonly CommandParts[]> {
  const command = fc.oneof({ weight: 2, arbitrary: marred(blocking) }, { weight: 2, arbitrary: writes })
  return fc.array(command, { minLength: 1, maxLength, size: 'max' })
}
