import { describeFamily } from './family-differential.ts'
import { LIST_KEYS, listSequences } from './list-sequences.ts'

describeFamily({
  name: 'lists',
  sequences: listSequences(60),
  inspection: LIST_KEYS.flatMap((key) => [
    ['type', key],
    ['llen', key],
    ['lrange', key, '0', '-1'],
    ['pexpiretime', key],
  ]),
  comparable: (_parts, reply) => reply,
})
