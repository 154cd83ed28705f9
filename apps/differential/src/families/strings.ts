import type { Family } from '../generating/family.ts'
import { expiryWords } from './expiries.ts'
import { commonWords, integer, mostly, oneOf } from './words.ts'

/** Strings: values, counters, ranges, common subsequences. */
export const strings: Family = {
  name: 'strings',
  weight: 5,
  vocabulary: {
    ...commonWords,
    ...expiryWords,
    // Never a length that both accept and that would take long.
    offset: mostly(8, integer(0, 90), oneOf('-1', '536870912', '9223372036854775807', 'x')),
    setoption: oneOf('nx', 'XX', 'get', 'keepttl', 'KEEPTTL', 'GET', 'persist', 'foo'),
    lcsoption: mostly(3, oneOf('len', 'idx', 'withmatchlen'), (random) => [
      'minmatchlen',
      String(random.between(-1, 4)),
    ]),
  },
  commands: {
    6: ['set <string> <value>', 'get <string>'],
    4: [
      'set <string> <value> <setoption> <expiry>|',
      'set <string> <value> <expiry> <setoption>|',
      'set <string> <value> <setoption>*3 <expiry>|',
      'append <string> <value>',
      'incr|decr <string>',
      'incrby|decrby <string> <int>',
      'incrbyfloat <string> <float>',
      'mget <key>+4',
    ],
    2: [
      'getset <string> <value>',
      'setnx <string> <value>',
      'strlen <string>',
      'getdel <string>',
      'getex <string> <expiry>|persist|',
      'getex <string> <setoption>*1 <expiry>|',
      'setrange <string> <offset> <value>',
      'getrange|substr <string> <index> <index>',
      'setex <string> <seconds> <value>',
      'psetex <string> <milliseconds> <value>',
      'mset <string> <value> <string> <value>',
      'msetnx <string> <value> <key> <value>',
      'lcs <string> <string> <lcsoption>*3',
      'set <hash> <value> xx|nx|',
    ],
  },
}
