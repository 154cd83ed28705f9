import fc from 'fast-check'
import type { CommandParts } from './command-sequences.ts'

/** Every key that a sequence uses: lists, sets and sorted sets of numbers (`n…`) and of texts (`t…`), weights, others. */
export const SORT_KEYS = ['nl', 'ns', 'nz', 'tl', 'ts', 'tz', 'out', 'h'] as const

const key = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('nl', 'ns', 'nz', 'tl', 'ts', 'tz', 'out') },
  fc.constant('h'),
)
const number = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: -5, max: 15 }).map(String) },
  { weight: 2, arbitrary: fc.constantFrom('1.5', ' 2', '0x10', 'inf', '1e3', '') },
)
// No number that is out of range: Redis keeps C's errno of it, and refuses what it sorts next.
const text = fc.oneof(
  { weight: 8, arbitrary: fc.nat(9).map((n) => `m${n}`) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 9 }).map(String) },
  fc.constantFrom('', 'M1', 'x\xff', 'nan'),
)
const elementFor = (k: string) => (k.startsWith('n') ? number : text)
const elements = (k: string) => fc.array(elementFor(k), { minLength: 1, maxLength: 6 })

type Parts = fc.Arbitrary<readonly string[]>

function parts(name: string, ...args: readonly fc.Arbitrary<string>[]): Parts {
  return fc.tuple(...args).map((rest) => [name, ...rest])
}

const fill: Parts = fc.oneof(
  fc.constantFrom('nl', 'tl').chain((k) => elements(k).map((all) => ['rpush', k, ...all])),
  fc.constantFrom('ns', 'ts').chain((k) => elements(k).map((all) => ['sadd', k, ...all])),
  fc
    .constantFrom('nz', 'tz')
    .chain((k) => elements(k).map((all) => ['zadd', k, ...all.flatMap((each, i) => [String((i * 7) % 4), each])])),
  fc.tuple(fc.nat(15), number).map(([n, weight]) => ['set', `w_${n}`, weight]),
  fc.tuple(fc.nat(9), text).map(([n, weight]) => ['set', `w_m${n}`, weight]),
  fc
    .tuple(fc.nat(15), fc.constantFrom('f', 'g'), number)
    .map(([n, field, weight]) => ['hset', `h_${n}`, field, weight]),
  parts('hset', fc.constant('h'), fc.constant('f'), number),
)

const pattern = fc.constantFrom('w_*', 'w_*', 'h_*->f', 'h_*->g', 'h_*->', 'no', '#', '*', 'w_*x', 'h->*', '')
/** What is the same for two elements leaves their order to chance, unless their own bytes decide. */
const numericBy = parts('by', fc.constantFrom('w_*', 'h_*->f', 'nosort', 'missing_*', 'nosort'))
const limit = parts(
  'LIMIT',
  fc.constantFrom('0', '1', '2', '-1', '100', 'x'),
  fc.constantFrom('0', '1', '3', '-1', '100', '-5'),
)
const gets = fc.array(parts('get', pattern), { maxLength: 3 }).map((all) => all.flat())
const order = fc.constantFrom([], [], ['desc'], ['ASC'], ['desc', 'asc'])

const options: Parts = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(order, fc.oneof(fc.constant([]), limit), gets).map((all) => all.flat()) },
  { weight: 3, arbitrary: fc.tuple(numericBy, order, fc.oneof(fc.constant([]), limit), gets).map((all) => all.flat()) },
  {
    weight: 4,
    arbitrary: fc.tuple(fc.constant(['alpha']), order, fc.oneof(fc.constant([]), limit), gets).map((all) => all.flat()),
  },
  { weight: 1, arbitrary: fc.constantFrom(['foo'], ['limit', '1'], ['by'], ['get'], ['store']) },
)
const target = fc.oneof(
  { weight: 2, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: parts('store', fc.constantFrom('out', 'tl')) },
)

const sorts: Parts = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(key, options, target).map(([k, rest, store]) => ['sort', k, ...rest, ...store]) },
  { weight: 2, arbitrary: fc.tuple(key, options).map(([k, rest]) => ['SORT_RO', k, ...rest]) },
  { weight: 1, arbitrary: fc.tuple(key, target).map(([k, store]) => ['sort_ro', k, ...store]) },
  { weight: 1, arbitrary: parts('del', key) },
)

/** Random sequences of SORT over lists, sets and sorted sets, right and wrong. */
export function sortSequences(maxLength: number): fc.Arbitrary<readonly CommandParts[]> {
  const command = fc.oneof({ weight: 2, arbitrary: fill }, { weight: 3, arbitrary: sorts })
  return fc
    .tuple(
      fc.array(fill, { minLength: 5, maxLength: 30, size: 'max' }),
      fc.array(command, { minLength: 1, maxLength, size: 'max' }),
    )
    .map(([before, all]) => [...before, ...all])
}
