import type { Family, StepMaker } from '../generating/family.ts'
import { commonWords, KEYS, mostly, oneOf } from './words.ts'

/** Sorts a copy, and drops it: SORT gives a sorted set Redis's large encoding, whatever its size. */
const sortedCopy: StepMaker = (random) => {
  const options = random.pick([
    [],
    ['alpha'],
    ['by', 'nosort'],
    ['by', 'nosort', 'desc', 'limit', '1', '3'],
    ['get', '#', 'alpha'],
  ])
  const source = random.pick(KEYS.sortedSet)
  return {
    commands: [
      ['copy', source, 'copied', 'replace'],
      ['sort', 'copied', ...options],
      ['del', 'copied'],
    ],
  }
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
    sortable: oneOf(...KEYS.list, ...KEYS.set, ...KEYS.list, ...KEYS.set, ...KEYS.hash, 's0', 'missing'),
    sortoption: mostly(
      8,
      oneOf('asc', 'DESC'),
      oneOf('alpha'),
      oneOf('alpha'),
      (random) => ['limit', random.pick(['0', '1', '-1', '2', 'x']), random.pick(['0', '2', '-1', '100'])],
      (random) => ['by', random.pick(['s*', 'h*->f1', 'h0->*', 's0', '*->', 'weight'])],
      (random) => ['get', random.pick(['#', 's*', 'h*->f1', 'h0->f*', 'nothing'])],
    ),
    type: oneOf('string', 'LIST', 'set', 'zset', 'hash', 'stream', 'foo'),
    object: oneOf('encoding', 'ENCODING', 'refcount', 'idletime', 'freq', 'foo', 'help'),
  },
  commands: {
    4: ['type <key>', 'object encoding <key>', 'exists|touch <key>+3'],
    3: [
      'rename <key> <key>',
      'copy <key> <key> replace',
      'copy <key> <key> <copyoption>*2',
      'sort <sortable> <sortoption>*3',
    ],
    2: [
      'del|unlink <key>+2',
      'renamenx <key> <key>',
      'sort_ro <sortable> <sortoption>*2',
      'sort <sortable> <sortoption>*2 store <key>',
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
      'scan <odd>',
      'scan 0 <odd>*2',
      'restore <key> <index> <odd> replace|absttl|foo|',
      'flushdb async|sync|foo|',
      'flushall async|sync|',
      'wait 0 0',
    ],
  },
  steps: { 2: [sortedCopy] },
}
