import type { Family } from '../generating/family.ts'
import { commonWords, integer, mostly, oneOf } from './words.ts'

const offset = mostly(
  10,
  integer(0, 200),
  integer(0, 5000),
  oneOf('-1', 'x', '4294967296', '9223372036854775807', '01', '#1'),
)
const fieldType = mostly(
  8,
  (random) => random.pick(['i', 'u']) + random.between(1, 63),
  oneOf('i64', 'u64', 'i65', 'i0', 'x8', '', 'u08'),
)
const fieldOffset = mostly(
  8,
  integer(0, 60),
  integer(0, 60),
  (random) => `#${random.below(8)}`,
  oneOf('#', '#-1', '-1', 'x'),
)
const operand = mostly(
  3,
  integer(-300, 300),
  oneOf('9223372036854775807', '-9223372036854775808', '9223372036854775808', 'x'),
)

/** Bits of strings. */
export const bits: Family = {
  name: 'bits',
  weight: 2,
  vocabulary: {
    ...commonWords,
    offset,
    bit: mostly(12, oneOf('0', '1'), oneOf('2', '-1', 'x')),
    unit: oneOf('bit', 'BYTE', 'foo'),
    field: (random) => [fieldType(random), fieldOffset(random)] as string[],
    operation: (random) => {
      const type = fieldType(random) as string
      const at = fieldOffset(random) as string
      return random.pick([
        ['get', type, at],
        ['SET', type, at, operand(random) as string],
        ['incrby', type, at, operand(random) as string],
        ['overflow', random.pick(['wrap', 'SAT', 'fail', 'fail', 'foo'])],
      ])
    },
  },
  commands: {
    3: ['setbit <string> <offset> <bit>', 'bitfield <string> <operation>+4'],
    2: [
      'getbit <string> <offset>',
      'bitop and|OR|xor|not <string> <string>+3',
      'bitcount <string> <index> <index> <unit>|',
    ],
    1: [
      'bitcount <string>',
      'bitpos <string> <bit> <index>|',
      'bitpos <string> <bit> <index> <index> <unit>|',
      'bitfield_ro <string> get <field>',
      'bitfield_ro <string> <operation>+2',
      'bitop not <string> <string>',
    ],
  },
}
