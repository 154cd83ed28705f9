import fc from 'fast-check'

/** One command, name first. */
export type CommandParts = readonly string[]

/** Every key that a sequence uses, so that a test can look at all of them at the end. */
export const KEYS = ['k', 'k1', 'k2', 'k[3]', 'K', '', 'k\xff\0\r\n'] as const

/** A time long past and one far ahead, so that the clocks of two servers don't matter. */
const PAST_SECONDS = 1_000_000
const FUTURE_SECONDS = 40_000_000_000

const key = fc.constantFrom(...KEYS)
const smallInteger = fc.integer({ min: -20, max: 20 }).map(String)
const wideInteger = fc.oneof(
  smallInteger,
  fc.maxSafeInteger().map(String),
  fc.constantFrom(
    '9223372036854775807',
    '-9223372036854775808',
    '9223372036854775808',
    '-9223372036854775809',
    '9223372036854775800',
    '9007199254740992',
    '536870912',
    '536870000',
    '01',
    '+1',
    '-0',
    ' 1',
    '',
    'x',
    '1.5',
  ),
)
const float = fc.oneof(
  smallInteger,
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc
    .tuple(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: 0, max: 8 }))
    .map(([a, b]) => (a / 10 ** b).toFixed(b)),
  fc.constantFrom(
    '0.1',
    '1e3',
    '-0',
    '3.0e-5',
    '1e-17',
    '5e-18',
    '1e20',
    '0x1p-3',
    '1e4000',
    '9e4931',
    'inf',
    '-inf',
    'nan',
    ' 1',
    '1 ',
    '',
  ),
)
const value = fc.oneof(wideInteger, float, fc.constantFrom('', 'hello', 'a\xff\0b'), fc.string({ maxLength: 12 }))
// Beyond 2^53 - 1 milliseconds a time is not kept exactly: a difference that is meant.
const absoluteSeconds = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: FUTURE_SECONDS, max: FUTURE_SECONDS + 3 }).map(String) },
  { weight: 2, arbitrary: fc.integer({ min: PAST_SECONDS, max: PAST_SECONDS + 3 }).map(String) },
  fc.constantFrom(
    '0',
    '-1',
    '-9223372036854775',
    '-9223372036854776',
    '9223372036854776',
    '9223372036854775807',
    'x',
    '1.5',
    '',
  ),
)
const absoluteMilliseconds = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.integer({ min: FUTURE_SECONDS * 1000 - 501, max: FUTURE_SECONDS * 1000 + 501 }).map(String),
  },
  { weight: 2, arbitrary: fc.integer({ min: PAST_SECONDS, max: PAST_SECONDS + 3 }).map(String) },
  fc.constantFrom('0', '-1', '-9223372036854775808', '9223372036854775808', 'x', '1.5', ''),
)
const relativeSeconds = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1000, max: 1003 }).map(String) },
  fc.constantFrom('0', '-1', '-9223372036854775', '-9223372036854776', '9223372036854776', '9223372036854775807', 'x'),
)
const relativeMilliseconds = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1_000_000, max: 1_003_000 }).map(String) },
  fc.constantFrom('0', '-1', '-9223372036854775808', '9223372036854775807', 'x'),
)
const anyOption = fc.constantFrom(
  'nx',
  'XX',
  'Get',
  'keepttl',
  'PERSIST',
  'EX',
  'px',
  'EXAT',
  'pxat',
  'gt',
  'LT',
  'replace',
  'db',
  'foo',
  '',
  'async',
)
const pattern = fc.oneof(
  fc.constantFrom(
    '*',
    'k*',
    'k?',
    '?',
    '',
    '**',
    'k\\[3\\]',
    'k[12]',
    'k[^1]',
    '[j-l]*',
    '[k',
    'k[',
    '*\xff*',
    '*k*3*',
    'k[\\[]3]',
  ),
  fc.string({
    maxLength: 6,
    unit: fc.constantFrom('k', '1', '2', '3', '*', '?', '[', ']', '^', '-', '\\', '\xff', '\0'),
  }),
)

type Parts = fc.Arbitrary<readonly string[]>

function parts(name: string, ...args: readonly fc.Arbitrary<string>[]): Parts {
  return fc.tuple(...args).map((rest) => [name, ...rest])
}

function followed(first: Parts, ...rest: readonly Parts[]): Parts {
  return fc.tuple(first, ...rest).map((all) => all.flat())
}

function some(arbitrary: Parts, maxLength: number): Parts {
  return fc.array(arbitrary, { maxLength }).map((all) => all.flat())
}

const options = (expiry: Parts): Parts => {
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    { weight: 4, arbitrary: expiry },
    {
      weight: 4,
      arbitrary: followed(fc.constantFrom(['NX'], ['xx'], ['GET'], ['KEEPTTL'], ['PERSIST']), some(expiry, 1)),
    },
    {
      weight: 2,
      arbitrary: some(
        fc.oneof(
          expiry,
          anyOption.map((option) => [option]),
        ),
        4,
      ),
    },
  )
}

const absoluteExpiry = fc.oneof(parts('EXAT', absoluteSeconds), parts('pxat', absoluteMilliseconds))
const relativeExpiry = fc.oneof(parts('EX', relativeSeconds), parts('Px', relativeMilliseconds))
const absoluteConditions = fc.oneof(
  fc.constant([]),
  fc.subarray(['NX', 'xx', 'GT', 'lt', 'foo\xff\r\n', 'f\0oo'], { maxLength: 2 }),
)
// Whether a relative expiry is later than another may depend on the millisecond in which it was given.
const relativeConditions = fc.oneof(fc.constant([]), fc.subarray(['nx', 'XX'], { maxLength: 2 }))

const keysOnly = fc.constantFrom('DEL', 'unlink', 'exists', 'TOUCH', 'mget')
const ofOneKey = fc.constantFrom(
  'get',
  'GETDEL',
  'strlen',
  'type',
  'persist',
  'ttl',
  'pttl',
  'expiretime',
  'pexpiretime',
  'incr',
  'decr',
)

const subsequenceOption = fc.oneof(
  fc.constantFrom(['idx'], ['IDX', 'withmatchlen'], ['LEN']),
  parts('minmatchlen', smallInteger),
)

const reads: Parts = fc.oneof(
  {
    weight: 6,
    arbitrary: followed(
      ofOneKey.map((name) => [name]),
      key.map((k) => [k]),
    ),
  },
  {
    weight: 3,
    arbitrary: followed(
      keysOnly.map((name) => [name]),
      some(
        key.map((k) => [k]),
        3,
      ),
    ),
  },
  {
    weight: 2,
    arbitrary: followed(fc.constantFrom(['getrange'], ['substr']), fc.tuple(key, wideInteger, wideInteger)),
  },
  { weight: 2, arbitrary: parts('keys', pattern) },
  {
    weight: 2,
    arbitrary: followed(fc.constant(['SCAN', '0']), some(scanOption(), 2), fc.constant(['count', '1000'])),
  },
  followed(parts('lcs', key, key), some(subsequenceOption, 2)),
  parts('scan', fc.constantFrom('x', '-', ' 0', '18446744073709551616', '0x', '1.0')),
  fc.constantFrom(['dbsize'], ['randomkey']),
)

function scanOption(): Parts {
  return fc.oneof(
    parts('MATCH', pattern),
    fc.constantFrom(['type', 'String'], ['TYPE', 'list'], ['count', '0'], ['COUNT', 'x'], ['foo', 'bar'], ['match']),
  )
}

const copyOption = fc.constantFrom(
  ['REPLACE'],
  ['db', '0'],
  ['DB', '1'],
  ['db', '-1'],
  ['db', 'x'],
  ['db', '4294967296'],
  ['db'],
)

const writes: Parts = fc.oneof(
  { weight: 4, arbitrary: parts('set', key, value) },
  parts('getset', key, value),
  parts('setnx', key, value),
  followed(fc.constantFrom(['mset'], ['msetnx']), some(fc.tuple(key, value), 3)),
  { weight: 2, arbitrary: followed(fc.constantFrom(['incrby'], ['DECRBY']), fc.tuple(key, wideInteger)) },
  { weight: 3, arbitrary: parts('incrbyfloat', key, float) },
  parts('append', key, value),
  // Never a length that both accept and that would take long.
  parts('setrange', key, fc.oneof(smallInteger, fc.constantFrom('536870912', '9223372036854775807', 'x')), value),
  parts('rename', key, key),
  parts('renamenx', key, key),
  { weight: 2, arbitrary: followed(parts('copy', key, key), some(copyOption, 2)) },
)

const flushes: Parts = fc.constantFrom(
  ['flushall'],
  ['FLUSHDB', 'async'],
  ['flushall', 'SYNC'],
  ['flushdb', 'foo'],
  ['flushdb', 'sync', 'async'],
)

const unknown: Parts = fc.oneof(
  fc.constantFrom(
    ['foo', 'bar', 'b\r\nz'],
    ['foo', 'x'.repeat(130), 'y'],
    ['y'.repeat(140)],
    ['f\0oo', 'b\0ar', '\xff'],
    [''],
  ),
  parts('foo', fc.string({ maxLength: 70 }), fc.string({ maxLength: 70 }), fc.string({ maxLength: 70 })),
)

function timed(isRelative: boolean): Parts {
  const expiry = isRelative ? relativeExpiry : absoluteExpiry
  const conditions = isRelative ? relativeConditions : absoluteConditions
  const suffix = isRelative ? '' : 'at'
  const seconds = isRelative ? relativeSeconds : absoluteSeconds
  const milliseconds = isRelative ? relativeMilliseconds : absoluteMilliseconds
  return fc.oneof(
    { weight: 4, arbitrary: followed(parts('set', key, value), options(expiry)) },
    { weight: 3, arbitrary: followed(parts('getex', key), options(expiry)) },
    { weight: 2, arbitrary: followed(parts(`expire${suffix}`, key, seconds), conditions) },
    { weight: 2, arbitrary: followed(parts(`pexpire${suffix}`, key, milliseconds), conditions) },
    // The time is relative in these two, so only a refused one is the same on two servers.
    parts('setex', key, isRelative ? relativeSeconds : fc.constantFrom('0', '-1', 'x'), value),
    parts('psetex', key, isRelative ? relativeMilliseconds : fc.constantFrom('0', '-1', 'x'), value),
  )
}

/** Now and then an argument is missing, or one is too many. */
function marred(commands: Parts): Parts {
  return fc.oneof(
    { weight: 20, arbitrary: commands },
    commands.map((all) => (all.length > 1 ? all.slice(0, -1) : all)),
    fc.tuple(commands, anyOption).map(([all, option]) => [...all, option]),
  )
}

/**
 * Random sequences over all of the store's commands, right and wrong. Expiries are either all relative (long ones) or
 * all absolute (far ahead or long past).
 */
export function commandSequences(isRelative: boolean, maxLength: number): fc.Arbitrary<readonly CommandParts[]> {
  const command = fc.oneof(
    { weight: 30, arbitrary: reads },
    { weight: 30, arbitrary: writes },
    { weight: 30, arbitrary: timed(isRelative) },
    { weight: 1, arbitrary: flushes },
    { weight: 1, arbitrary: unknown },
  )
  return fc.array(marred(command), { minLength: 1, maxLength, size: 'max' })
}
