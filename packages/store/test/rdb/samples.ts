import { VALUE_TYPE_HASH, VALUE_TYPE_LIST, VALUE_TYPE_SORTED_SET } from '../../src/keyspace/value-type.ts'
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
  [
    VALUE_TYPE_SORTED_SET,
    [
      ['zadd', 'z:one', '1.5', 'member'],
      ['zadd', 'z:empty', '0', ''],
      ['zadd', 'z:bytes', '-1', 'm\xff\0\r\n', '-1', '\x80m'],
      ['zadd', 'z:scores', ...numbered(60, (i) => [`${(-3.3) ** i}`, `${7 ** i}`])],
      ['zadd', 'z:infinite', 'inf', 'a', '-inf', 'b', '0', 'c', '-0', 'd', '5e-324', 'e', '1e17', 'f', '1e300', 'g'],
      ['zadd', 'z:limit', ...numbered(128, (i) => [`${i % 7}`, `m${i}`.padEnd(64, 'm')])],
      ['zadd', 'z:many', ...numbered(129, (i) => [`${i % 7}`, `m${i}`])],
      ['zadd', 'z:long', '3.2', 'm'.repeat(65), 'inf', 'i', '-inf', 'j', '-0', 'k'],
      ['zadd', 'z:huge', '1', 'm'.repeat(20_000), '-1', 'n'.repeat(200_000)],
      ['zadd', 'z:thousands', ...numbered(5000, (i) => [`${(i * 7919) % 1000}.5`, `member ${i}`])],
      ['zremrangebyrank', 'z:thousands', '100', '1500'],
      ['pexpireat', 'z:thousands', '40000000000000'],
      ['pexpireat', 'z:one', '40000000000001'],
    ],
  ],
  [
    VALUE_TYPE_LIST,
    [
      ['rpush', 'l:one', 'item'],
      ['rpush', 'l:empty', ''],
      ['rpush', 'l:bytes', 'f\xff\0\r\n', '\x80v'],
      ['rpush', 'l:integers', ...numbered(60, (i) => [`${(-3) ** i}`, `${7 ** i}`])],
      ['rpush', 'l:limit', ...numbered(127, () => ['x'.repeat(61)])],
      ['rpush', 'l:many', ...numbered(129, () => ['x'.repeat(61)])],
      ['rpush', 'l:long', 'x'.repeat(8178)],
      ['rpush', 'l:longer', 'x'.repeat(8179), 'x'.repeat(8180), 'a', 'x'.repeat(8192), 'b', 'c'],
      ['rpush', 'l:huge', 'a', 'x'.repeat(20_000), 'y'.repeat(200_000), 'b'],
      ['rpush', 'l:thousands', ...numbered(5000, (i) => [`item ${i}`, `${i}`])],
      ['lrem', 'l:thousands', '0', '4900'],
      ['linsert', 'l:thousands', 'before', 'item 1000', 'z'.repeat(10_000)],
      ['pexpireat', 'l:thousands', '40000000000000'],
      ['pexpireat', 'l:one', '40000000000001'],
    ],
  ],
])
