import fc from 'fast-check'
import type { CommandParts } from './command-sequences.ts'

/** How many clients take part. */
export const CLIENTS = 5

/** What one of several clients does. */
export type BlockingStep =
  | { readonly kind: 'command'; readonly client: number; readonly parts: CommandParts }
  | { readonly kind: 'transaction'; readonly client: number; readonly commands: readonly CommandParts[] }
  | { readonly kind: 'unblock'; readonly client: number; readonly isError: boolean }
  | { readonly kind: 'leave'; readonly client: number }

const key = fc.constantFrom('a', 'b', 'c')
const sortedSet = fc.constantFrom('z', 'y')
/** Now and then a key has the other type. */
const listKey = fc.oneof({ weight: 12, arbitrary: key }, sortedSet)
const sortedSetKey = fc.oneof({ weight: 12, arbitrary: sortedSet }, key)
const item = fc.constantFrom('1', '2', 'three', 'four', '')
const end = fc.constantFrom('left', 'right')
const count: fc.Arbitrary<string[]> = fc.constantFrom<string[][]>([], ['count', '1'], ['count', '2'], ['count', '10'])

type Parts = fc.Arbitrary<string[]>

function parts(...all: readonly fc.Arbitrary<string | string[]>[]): Parts {
  return fc.tuple(...all).map((each) => each.flat())
}

const only = (...words: readonly string[]) => fc.constantFrom(...words)
const some = (arbitrary: fc.Arbitrary<string>) => fc.array(arbitrary, { minLength: 1, maxLength: 3 })
const counted = (arbitrary: fc.Arbitrary<string>) => some(arbitrary).map((all) => [String(all.length), ...all])

const waiting: Parts = fc.oneof(
  { weight: 6, arbitrary: parts(only('blpop', 'brpop'), some(listKey), only('0')) },
  { weight: 4, arbitrary: parts(only('blmove'), listKey, listKey, end, end, only('0')) },
  { weight: 2, arbitrary: parts(only('brpoplpush'), listKey, listKey, only('0')) },
  { weight: 4, arbitrary: parts(only('blmpop'), only('0'), counted(listKey), end, count) },
  { weight: 4, arbitrary: parts(only('bzpopmin', 'bzpopmax'), some(sortedSetKey), only('0')) },
  { weight: 3, arbitrary: parts(only('bzmpop'), only('0'), counted(sortedSetKey), only('min', 'max'), count) },
)

// Not ZUNIONSTORE and the like: in the place of a value of another type Redis's serves nobody, ours those who wait.
const writing: Parts = fc.oneof(
  { weight: 8, arbitrary: parts(only('lpush', 'rpush'), listKey, some(item)) },
  { weight: 2, arbitrary: parts(only('lpushx', 'rpushx'), listKey, some(item)) },
  { weight: 5, arbitrary: parts(only('zadd'), sortedSetKey, only('1', '2'), item, only('3'), item) },
  { weight: 2, arbitrary: parts(only('lmove'), listKey, listKey, end, end) },
  { weight: 2, arbitrary: parts(only('del'), some(fc.oneof(key, sortedSet))) },
  { weight: 2, arbitrary: parts(only('rename'), fc.oneof(key, sortedSet), fc.oneof(key, sortedSet)) },
  { weight: 1, arbitrary: parts(only('copy'), fc.oneof(key, sortedSet), fc.oneof(key, sortedSet), only('replace')) },
  { weight: 1, arbitrary: parts(only('hset'), fc.oneof(key, sortedSet), only('f'), only('v')) },
  { weight: 1, arbitrary: parts(only('lpop', 'rpop', 'zpopmin'), fc.oneof(key, sortedSet)) },
  { weight: 1, arbitrary: parts(only('pexpireat'), fc.oneof(key, sortedSet), only('1')) },
)

const client = fc.nat(CLIENTS - 1)

/** Several clients that wait for lists and sorted sets, feed each other, give up and leave. */
export function blockingSteps(maxLength: number): fc.Arbitrary<readonly BlockingStep[]> {
  const step: fc.Arbitrary<BlockingStep> = fc.oneof(
    { weight: 10, arbitrary: fc.record({ kind: fc.constant('command' as const), client, parts: waiting }) },
    { weight: 10, arbitrary: fc.record({ kind: fc.constant('command' as const), client, parts: writing }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('transaction' as const),
        client,
        commands: fc.array(fc.oneof({ weight: 3, arbitrary: writing }, waiting), { minLength: 1, maxLength: 4 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('unblock' as const), client, isError: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), client }) },
  )
  return fc.array(step, { minLength: 1, maxLength, size: 'max' })
}
