import { describeFamily } from './family-differential.ts'
import { blockingSequences, LIST_KEYS, listSequences } from './list-sequences.ts'

const inspection = LIST_KEYS.flatMap((key) => [
  ['type', key],
  ['llen', key],
  ['lrange', key, '0', '-1'],
  ['zrange', key, '0', '-1'],
  ['pexpiretime', key],
])

describeFamily({
  name: 'lists',
  sequences: listSequences(60),
  inspection,
  comparable: (_parts, reply) => reply,
})

describeFamily({
  name: 'blocking commands that cannot wait',
  sequences: blockingSequences(60),
  inspection,
  isInTransactions: true,
  comparable: (_parts, reply) => reply,
})
