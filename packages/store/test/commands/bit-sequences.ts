import fc from 'fast-check'
import type { CommandParts } from './command-sequences.ts'

/** Every key that a sequence uses: `l` is mostly no string. */
export const BIT_KEYS = ['a', 'b', 'c', 'l'] as const

const key = fc.oneof({ weight: 12, arbitrary: fc.constantFrom('a', 'b', 'c') }, fc.constant('l'))
const offset = fc.oneof(
  { weight: 8, arbitrary: fc.nat(120).map(String) },
  { weight: 1, arbitrary: fc.nat(5000).map(String) },
  fc.constantFrom('-1', 'x', '', '4294967296', '9223372036854775807', '01', '#1'),
)
const fieldOffset = fc.oneof(
  { weight: 5, arbitrary: offset },
  { weight: 3, arbitrary: fc.nat(20).map((n) => `#${n}`) },
  fc.constantFrom('#', '#-1', '#x', '#9223372036854775807'),
)
const place = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -40, max: 40 }).map(String) },
  fc.constantFrom('0', '-1', '200', '-200', '9223372036854775807', '-9223372036854775808', 'x'),
)
const bit = fc.oneof({ weight: 10, arbitrary: fc.constantFrom('0', '1') }, fc.constantFrom('2', '-1', 'x', ''))
const unit = fc.constantFrom('bit', 'BYTE', 'Bit', 'byte', 'foo')
const value = fc.oneof(
  fc.string({ maxLength: 10, unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) }),
  fc.constantFrom('', '\0\0\0', '\xff\xff\xff', '\x00\xff\xf0', '\xff'.repeat(40)),
)
const fieldType = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(fc.constantFrom('i', 'u'), fc.integer({ min: 1, max: 63 })).map(([a, b]) => a + b),
  },
  fc.constantFrom('i64', 'i8', 'u8', 'u16', 'u1', 'i1', 'u64', 'i65', 'i0', 'x8', '', 'i', 'u08', 'I8'),
)
const number = fc.oneof(
  fc.integer({ min: -300, max: 300 }).map(String),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  fc.constantFrom('9223372036854775807', '-9223372036854775808', '9223372036854775808', 'x'),
)

type Parts = fc.Arbitrary<readonly string[]>

function parts(name: string, ...args: readonly fc.Arbitrary<string>[]): Parts {
  return fc.tuple(...args).map((rest) => [name, ...rest])
}

const fieldOperation: Parts = fc.oneof(
  { weight: 3, arbitrary: parts('get', fieldType, fieldOffset) },
  { weight: 4, arbitrary: parts('SET', fieldType, fieldOffset, number) },
  { weight: 4, arbitrary: parts('incrby', fieldType, fieldOffset, number) },
  { weight: 3, arbitrary: parts('overflow', fc.constantFrom('wrap', 'SAT', 'fail', 'fail', 'foo')) },
)
const fieldOperations = fc.array(fieldOperation, { maxLength: 5 }).map((all) => all.flat())
/** All of one string's own, so that an error is rare. */
const plainFieldOperation: Parts = fc
  .tuple(fc.constantFrom('i', 'u'), fc.integer({ min: 1, max: 63 }), fc.nat(60), number)
  .chain(([kind, width, at, operand]) =>
    fc.constantFrom(
      ['get', kind + width, `${at}`],
      ['set', kind + width, `${at}`, operand],
      ['incrby', kind + width, `#${at % 5}`, operand],
    ),
  )
const plainFieldOperations = fc
  .array(
    fc.tuple(fc.constantFrom([], ['overflow', 'sat'], ['overflow', 'fail'], ['overflow', 'wrap']), plainFieldOperation),
    { minLength: 1, maxLength: 5 },
  )
  .map((all) => all.flat(2))

const command: Parts = fc.oneof(
  { weight: 5, arbitrary: parts('setbit', key, offset, bit) },
  { weight: 2, arbitrary: parts('GETBIT', key, offset) },
  { weight: 1, arbitrary: parts('bitcount', key) },
  { weight: 2, arbitrary: parts('bitcount', key, place, place) },
  { weight: 2, arbitrary: parts('bitcount', key, place, place, unit) },
  { weight: 1, arbitrary: parts('bitpos', key, bit) },
  { weight: 2, arbitrary: parts('bitpos', key, bit, place) },
  { weight: 2, arbitrary: parts('bitpos', key, bit, place, place) },
  { weight: 3, arbitrary: parts('bitpos', key, bit, place, place, unit) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom('and', 'OR', 'xor', 'not', 'foo'), key, fc.array(key, { minLength: 1, maxLength: 3 }))
      .map(([name, target, sources]) => ['bitop', name, target, ...sources]),
  },
  { weight: 3, arbitrary: parts('set', fc.constantFrom('a', 'b', 'c'), value) },
  { weight: 1, arbitrary: parts('del', key) },
  { weight: 1, arbitrary: parts('sadd', fc.constant('l'), fc.constant('1')) },
  { weight: 1, arbitrary: parts('pexpireat', key, fc.constant('40000000000000')) },
  { weight: 3, arbitrary: fc.tuple(key, fieldOperations).map(([k, rest]) => ['bitfield', k, ...rest]) },
  { weight: 5, arbitrary: fc.tuple(key, plainFieldOperations).map(([k, rest]) => ['BITFIELD', k, ...rest]) },
  { weight: 2, arbitrary: fc.tuple(key, fieldOperations).map(([k, rest]) => ['bitfield_ro', k, ...rest]) },
)

/** Now and then an argument is missing, or one is too many. */
const marred = (commands: Parts): Parts =>
  fc.oneof(
    { weight: 20, arbitrary: commands },
    commands.map((all) => (all.length > 1 ? all.slice(0, -1) : all)),
    commands.map((all) => [...all, 'foo']),
  )

/** Random sequences over all commands on bits, right and wrong. */
export function bitSequences(maxLength: number): fc.Arbitrary<readonly CommandParts[]> {
  return fc.array(marred(command), { minLength: 1, maxLength, size: 'max' })
}
