import type { Family } from '../generating/family.ts'
import { commonWords, many } from './words.ts'

/** Hashes. */
export const hashes: Family = {
  name: 'hashes',
  weight: 5,
  vocabulary: {
    ...commonWords,
    pair: (random) => [commonWords.member(random), commonWords.value(random)] as string[],
    pairs: many((i) => [`f${i}`, String(i)]),
    fields: many((i) => [`f${i}`]),
  },
  commands: {
    6: ['hset <hash> <pair>+5', 'hdel <hash> <member>+4'],
    3: [
      'hget <hash> <member>',
      'hincrby <hash> <member> <int>',
      'hincrbyfloat <hash> <member> <float>',
      'hgetall <hash>',
    ],
    2: [
      'hmset <hash> <pair>+3',
      'hsetnx <hash> <member> <value>',
      'hmget <hash> <member>+4',
      'hexists|hstrlen <hash> <member>',
      'hlen|hkeys|hvals <hash>',
      'hscan <hash> 0 count 1000',
      'hscan <hash> 0 match <pattern> COUNT 1000',
      'hrandfield <hash> <count> withvalues|',
      'hset <hash> <pairs>',
      'hdel <hash> <fields>',
    ],
    1: [
      'hscan <hash> 0 <odd>*2 count 1000',
      'hscan <hash> <odd>',
      'hrandfield <hash>',
      'hrandfield <hash> <count> <odd>',
    ],
  },
}
