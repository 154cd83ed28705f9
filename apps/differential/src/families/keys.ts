import type { Family, StepMaker } from '../generating/family.ts'
import { compileTemplate, type WordMaker } from '../generating/template.ts'
import { ALL_KEYS, commonWords, KEYS, mostly, oneOf } from './words.ts'

const limit: WordMaker = (random) => [
  'limit',
  random.pick(['0', '1', '-1', '2', 'x']),
  random.pick(['0', '2', '-1', '100']),
]
const get: WordMaker = (random) => ['get', random.pick(['#', 's*', 'h*->f1', 'h0->f*', 'nothing'])]
const by: WordMaker = (random) => ['by', random.pick(['s*', 'h*->f1', 'h0->*', 's0', '*->', 'weight'])]
const direction = oneOf('asc', 'DESC')
const alpha = oneOf('alpha', 'ALPHA')

const sortTemplates = [
  'sort copied',
  'sort copied alpha|',
  'sort|sort_ro copied <option>*3',
  'sort copied <option>*2 <odd>',
  // By texts that are equal or missing, in the order of a table: what is stored would differ.
  'sort copied <numeric>*3 store <key>',
  'sort copied alpha <direction>*1 <limit>*1 store <key>',
].map((template) =>
  compileTemplate(template, {
    ...commonWords,
    direction,
    limit,
    option: mostly(6, direction, alpha, alpha, limit, by, get),
    numeric: mostly(4, direction, limit, by, get),
  }),
)

/** Sorts a copy, and drops it: SORT gives a sorted set Redis's large encoding, whatever its size. */
const sortedCopy: StepMaker = (random) => {
  const source = random.pick([...KEYS.list, ...KEYS.set, ...KEYS.sortedSet, ...ALL_KEYS])
  return { commands: [['copy', source, 'copied', 'replace'], random.pick(sortTemplates)(random), ['del', 'copied']] }
}

/** Commands for keys of any type. */
export const keys: Family = {
  name: 'keys',
  weight: 4,
  vocabulary: {
    ...commonWords,
    copyoption: mostly(2, oneOf('replace', 'REPLACE'), (random) => [
      'db',
      random.pick(['0', '1', '2', '-1', 'x', '16', '15']),
    ]),
    type: oneOf('string', 'LIST', 'set', 'zset', 'hash', 'stream', 'foo'),
    object: oneOf('encoding', 'ENCODING', 'refcount', 'idletime', 'freq', 'foo', 'help'),
  },
  commands: {
    4: ['type <key>', 'object encoding <key>', 'exists|touch <key>+3'],
    3: ['rename <key> <key>', 'copy <key> <key> replace', 'copy <key> <key> <copyoption>*2'],
    2: [
      'del|unlink <key>+2',
      'renamenx <key> <key>',
      'dbsize',
      'keys <pattern>',
      'scan 0 count 1000',
      'scan 0 match <pattern> count 1000',
      'scan 0 type <type> COUNT 1000',
      'randomkey',
      'object <object> <key>',
      'dump <key>',
      'memory usage <key>',
    ],
    1: [
      'sort|sort_ro missing <odd>*3',
      'scan <odd>',
      'scan 0 <odd>*2',
      'restore <key> <index> <odd> replace|absttl|foo|',
      'flushdb async|sync|foo|',
      'flushall async|sync|',
      'wait 0 0',
    ],
  },
  steps: { 6: [sortedCopy] },
}
