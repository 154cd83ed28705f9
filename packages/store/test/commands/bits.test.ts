import { BIT_KEYS, bitSequences } from './bit-sequences.ts'
import { describeFamily } from './family-differential.ts'

describeFamily({
  name: 'bits',
  sequences: bitSequences(60),
  inspection: BIT_KEYS.flatMap((key) => [
    ['get', key],
    ['pexpiretime', key],
  ]),
  comparable: (_, reply) => reply,
})
