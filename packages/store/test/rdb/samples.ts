import { VALUE_TYPE_HASH } from '../../src/keyspace/value-type.ts'
import type { CommandParts } from '../commands/command-sequences.ts'

const numbered = (n: number, part: (i: number) => readonly string[]) =>
  Array.from({ length: n }, (_, i) => part(i)).flat()

/** For each type, commands that make values of it in every encoding and at the limits between them. */
export const samples: ReadonlyMap<number, readonly CommandParts[]> = new Map([
  [
    VALUE_TYPE_HASH,
    [
      ['hset', 'h:one', 'field', 'value'],
      ['hset', 'h:empty', '', ''],
      ['hset', 'h:bytes', 'f\xff\0\r\n', '\x80v'],
      ['hset', 'h:integers', ...numbered(60, (i) => [`${(-3) ** i}`, `${7 ** i}`])],
      ['hset', 'h:limit', ...numbered(128, (i) => [`f${i}`, 'v'.repeat(64)])],
      ['hset', 'h:many', ...numbered(129, (i) => [`f${i}`, `${i}`])],
      ['hset', 'h:long', 'f', 'v'.repeat(65)],
      ['hset', 'h:huge', 'f'.repeat(20_000), 'v'.repeat(200_000), 'g', '1'],
      ['hset', 'h:thousands', ...numbered(5000, (i) => [`f${i}`, `value ${i}`])],
      ['pexpireat', 'h:thousands', '40000000000000'],
      ['pexpireat', 'h:one', '40000000000001'],
      ['hset', 'k'.repeat(70_000), 'f', 'v'],
    ],
  ],
])
