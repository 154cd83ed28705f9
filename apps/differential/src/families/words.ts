import type { Random } from '../generating/random.ts'
import type { Vocabulary, WordMaker } from '../generating/template.ts'

/** The keys that hold each type most of the time. One key's name is a glob pattern, one is no text. */
export const KEYS = {
  string: ['s0', 's1', 's2', 's[3]', ''],
  list: ['l0', 'l1', 'l2'],
  set: ['m0', 'm1', 'm2', 'i0', 'i1'],
  sortedSet: ['z0', 'z1', 'z2'],
  hash: ['h0', 'h1', 'h\xff\0\r\n'],
} as const

/** A sorted set whose members all have the same score: of others, Redis doesn't say what ranges of members are. */
export const LEX_KEY = 'lex'

/** Every key that sequences change at will. */
export const ALL_KEYS: readonly string[] = Object.values(KEYS).flat()

/** One command of so many goes to a key that mostly holds another type. */
const STRAY = 14

/** A key of one type, and now and then any. */
export function keyOf(type: keyof typeof KEYS): WordMaker {
  const own = KEYS[type]
  return (random) => random.pick(random.oneIn(STRAY) ? ALL_KEYS : own)
}

/** One of these, all equally likely. */
export function oneOf(...choices: readonly string[]): WordMaker {
  return (random) => random.pick(choices)
}

/** Mostly the first of the makers, each of the others in one of `n` cases. */
export function mostly(n: number, usual: WordMaker, ...others: readonly WordMaker[]): WordMaker {
  return (random) => {
    const chosen = random.below(n)
    return (others[chosen] ?? usual)(random)
  }
}

/** A whole number from `least` to `most`. */
export function integer(least: number, most: number): WordMaker {
  return (random) => String(random.between(least, most))
}

/** Bytes that are no text, for where every byte must come back. */
function bytes(random: Random): string {
  return String.fromCharCode(...Array.from({ length: random.below(24) }, () => random.below(256)))
}

const wideIntegers = oneOf(
  ...['9223372036854775807', '-9223372036854775808', '9223372036854775808', '-9223372036854775809'],
  ...['9223372036854775800', '9007199254740993', '2147483648', '-32769', '127', '128', '65536', '4096'],
)
const oddIntegers = oneOf('01', '+1', '-0', ' 1', '', 'x', '1.5', '0x10', '1e3')
const wideFloats = oneOf(
  ...['0.1', '1e3', '-0', '3.0e-5', '1e-17', '1e20', '0x1p-3', 'inf', '-inf', '1.7976931348623157e308'],
  ...['1e17', '123456789012345678', '4611686018427387905', '.5', '5.', '1125899906842624.25'],
)
const oddFloats = oneOf('nan', 'x', '', ' 1', '1 ', '1e', '--1', '0x', '1_0')
const plainFloat: WordMaker = (random) => (random.between(-9000, 9000) / 10 ** random.below(5)).toString()

/** Words that most families need. */
export const commonWords = {
  key: (random) => random.pick(ALL_KEYS),
  string: keyOf('string'),
  list: keyOf('list'),
  set: keyOf('set'),
  zset: keyOf('sortedSet'),
  hash: keyOf('hash'),
  missing: () => 'missing',
  int: mostly(12, integer(-20, 20), wideIntegers, oddIntegers),
  float: mostly(8, plainFloat, integer(-9, 9), integer(-9, 9), wideFloats, oddFloats),
  value: mostly(
    12,
    integer(-300, 300),
    bytes,
    bytes,
    wideIntegers,
    plainFloat,
    oddFloats,
    oneOf('', 'hello', 'world'),
    (random) => 'v'.repeat(random.pick([20, 44, 45, 63, 64, 65, 300, 9000])),
  ),
  /** Few, so that they meet; in each form that a listpack knows. */
  member: mostly(
    16,
    (random) => `f${random.below(14)}`,
    integer(-5, 20),
    integer(-5, 20),
    integer(-70000, 70000),
    wideIntegers,
    oddIntegers,
    (random) => 'x'.repeat(random.pick([40, 63, 64, 65])),
    oneOf('f\xff\0\r\n', 'F', 'ff', ''),
  ),
  /** Rank, index or count. */
  index: mostly(
    10,
    integer(-12, 12),
    oneOf('0', '-1'),
    oneOf('100', '-100', '130'),
    oneOf('9223372036854775807', '-9223372036854775808', 'x', '1.0', ''),
  ),
  /** How many of something; never a negative number that makes a reply endless. */
  count: mostly(
    8,
    integer(0, 6),
    oneOf('0', '1', '-1', '-5', '100', '-100', '500'),
    oneOf('9223372036854775807', 'x', ''),
  ),
  pattern: mostly(
    2,
    oneOf(
      '*',
      'f*',
      'f1?',
      '[0-9]*',
      '',
      '\\f1',
      'nothing',
      '?',
      's*',
      '[a-m]*',
      '*[^0]',
      's\\[3\\]',
      '*\xff*',
      '[',
      'm[0-',
    ),
    (random) => Array.from({ length: random.below(6) }, () => random.pick([...'fsm013*?[]^-\\'])).join(''),
  ),
  odd: oneOf('', 'foo', 'x', '-1', '1.5', 'f\r\noo', 'f\0o'),
} as const satisfies Vocabulary

/** So many words in a row that a collection grows past a limit of its compact form, or shrinks below it. */
export function many(each: (i: number, random: Random) => readonly string[]): WordMaker {
  return (random) => {
    const from = random.below(100)
    const length = random.between(40, 180)
    return Array.from({ length }, (_, i) => each(from + i, random)).flat()
  }
}
