import fc from 'fast-check'
import type { CommandParts } from './command-sequences.ts'

/** Every key that a sequence uses. */
export const DATABASE_KEYS = ['k', 'k1', 'set', 'hash'] as const
/** The databases that are used. */
export const USED_DATABASES = ['0', '1', '15'] as const

const key = fc.constantFrom(...DATABASE_KEYS)
const database = fc.constantFrom(...USED_DATABASES)
const index = fc.oneof({ weight: 12, arbitrary: database }, fc.constantFrom('-1', '16', 'x', '4294967296', ''))

type Parts = fc.Arbitrary<readonly string[]>

function parts(name: string, ...args: readonly fc.Arbitrary<string>[]): Parts {
  return fc.tuple(...args).map((rest) => [name, ...rest])
}

const many = (name: string, k: string, step: (i: number) => string[]) => [
  name,
  k,
  ...Array.from({ length: 200 }, (_, i) => step(i)).flat(),
]

const command: Parts = fc.oneof(
  { weight: 6, arbitrary: parts('select', database) },
  { weight: 4, arbitrary: parts('set', fc.constantFrom('k', 'k1'), fc.string({ maxLength: 5 })) },
  { weight: 2, arbitrary: parts('sadd', fc.constant('set'), fc.nat(9).map(String)) },
  { weight: 1, arbitrary: fc.constant(many('sadd', 'set', (i) => [`m${i}`])) },
  { weight: 1, arbitrary: fc.constant(many('hset', 'hash', (i) => [`f${i}`, `v${i}`])) },
  { weight: 5, arbitrary: parts('move', key, index) },
  { weight: 2, arbitrary: parts('SWAPDB', index, index) },
  { weight: 3, arbitrary: parts('copy', key, key, fc.constant('db'), index) },
  { weight: 2, arbitrary: parts('copy', key, key, fc.constant('DB'), index, fc.constantFrom('replace', 'foo')) },
  { weight: 1, arbitrary: fc.constantFrom(['flushdb'], ['dbsize'], ['keys', '*']) },
  { weight: 1, arbitrary: parts('del', key) },
  { weight: 1, arbitrary: parts('pexpireat', key, fc.constant('40000000000000')) },
  { weight: 1, arbitrary: fc.constantFrom(['flushall'], ['move', 'k'], ['swapdb', '0']) },
)

/** Random sequences of commands that copy and move between databases, right and wrong. */
export function databaseSequences(maxLength: number): fc.Arbitrary<readonly CommandParts[]> {
  return fc.array(command, { minLength: 1, maxLength, size: 'max' })
}
