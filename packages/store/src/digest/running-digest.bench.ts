/**
 * What the running digest costs: each command on a store without and on one with it, taking turns; beginning it on a
 * full data set; and taking it: `node running-digest.bench.ts [elements]`. Commands come from the application itself
 * and go to a journal in memory. Times of commands are those of the fastest fifth of many short rounds.
 */
import { Store } from '../store/store.ts'

const elements = Number(process.argv[2] ?? 1_000_000)
const ROUNDS = 60
const OPERATIONS = 2000
const SMALL_HASHES = 100_000

const numbered = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, i) => Buffer.from(`${prefix}${String(i).padStart(10, '0')}`))
const members = numbered('member', elements)
const keys = numbered('key', 10_000)
const values = numbered('value', 1000)
const long = Buffer.alloc(100, 'x')
let state = 12345
const random = (count: number) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return Math.floor((state / 2 ** 32) * count)
}
const one = (all: readonly Buffer[]) => all[random(all.length)]!
/** Lets the journal have its turn. */
const turn = () => new Promise(setImmediate)
type Operation = (store: Store, i: number) => unknown
const operations: readonly [label: string, operation: Operation][] = [
  ['SET, 100 bytes, random key', (store) => store.call('SET', one(keys), long)],
  ['HSET, compact, 10 fields', (store) => store.call('HSET', 'hash-10', members[random(10)]!, one(values))],
  ['HSET, compact, 128 fields', (store) => store.call('HSET', 'hash-128', members[random(128)]!, one(values))],
  [
    'HSET, compact, one of 100,000',
    (store) => store.call('HSET', random(SMALL_HASHES), members[random(10)]!, one(values)),
  ],
  ['HSET, large', (store) => store.call('HSET', 'hash', one(members), one(values))],
  ['SADD and SREM, large', (store, i) => store.call(i % 2 === 0 ? 'SREM' : 'SADD', 'set', members[i >>> 1]!)],
  ['ZADD, compact, 100 members', (store) => store.call('ZADD', 'scores-100', random(1000), members[random(100)]!)],
  ['ZADD, large', (store) => store.call('ZADD', 'scores', random(1000), one(members))],
  [
    'RPUSH and LPOP, compact, 100 items',
    (store, i) => (i % 2 === 0 ? store.call('RPUSH', 'list-100', one(members)) : store.call('LPOP', 'list-100')),
  ],
  ['LPUSH, large', (store) => store.call('LPUSH', 'list', one(members))],
  ['RPOP, large', (store) => store.call('RPOP', 'list')],
  ['LSET, large, anywhere', (store) => store.call('LSET', 'list', random(elements >>> 1), one(members))],
]

/** Nanoseconds for each. */
async function time(store: Store, operation: Operation): Promise<number> {
  const begin = performance.now()
  for (let i = 0; i < OPERATIONS; i++) operation(store, i)
  const elapsed = performance.now() - begin
  await turn()
  return (elapsed * 1e6) / OPERATIONS
}

const fastest = (times: number[]) => times.sort((a, b) => a - b)[Math.floor(times.length / 5)]!

async function filled(): Promise<Store> {
  const store = await Store.open()
  for (const key of keys) store.call('SET', key, long)
  const pairs = members.slice(0, 128).flatMap((member) => [member, values[1]!])
  store.call('HSET', 'hash-10', ...pairs.slice(0, 20))
  store.call('HSET', 'hash-128', ...pairs)
  store.call('ZADD', 'scores-100', ...members.slice(0, 100).flatMap((member, i) => [i, member]))
  store.call('RPUSH', 'list-100', ...members.slice(0, 100))
  for (let i = 0; i < SMALL_HASHES; i++) {
    store.call('HSET', i, ...pairs.slice(0, 20))
    if (i % 1000 === 0) await turn()
  }
  for (let i = 0; i < elements; i += 500) {
    const some = members.slice(i, i + 500)
    store.call('HSET', 'hash', ...some.flatMap((member) => [member, values[1]!]))
    store.call('SADD', 'set', ...some)
    store.call('ZADD', 'scores', ...some.flatMap((member, place) => [place, member]))
    store.call('RPUSH', 'list', ...some)
    await turn()
  }
  return store
}

const without = await filled()
const store = await filled()
console.log(`large: ${elements} elements of 16 bytes; compact: ${SMALL_HASHES} hashes of 10 fields`)
const slices: number[] = []
const begin = performance.now()
const kept = store.keepDigest()
while (store.digest === null) {
  const last = performance.now()
  await turn()
  slices.push(performance.now() - last)
}
slices.sort((a, b) => a - b)
const share = (part: number) => slices[Math.floor((slices.length - 1) * part)]!.toFixed(1)
console.log(
  `begin: ${(performance.now() - begin).toFixed(0)} ms in ${slices.length} turns, 99 % of them within ${share(0.99)} ms, the longest ${share(1)} ms`,
)

for (const [label, operation] of operations) {
  const times: [without: number[], kept: number[]] = [[], []]
  for (let round = 0; round < ROUNDS; round++) {
    times[0].push(await time(without, operation))
    times[1].push(await time(store, operation))
  }
  const [before, after] = [fastest(times[0]), fastest(times[1])]
  const more = (after - before).toFixed(0)
  console.log(`${label.padEnd(36)} ${before.toFixed(0)} ns without, ${after.toFixed(0)} ns with: ${more} ns more`)
}
console.log(`take the digest: ${(await time(store, () => store.digest)).toFixed(0)} ns`)

/** Commands whose work is in proportion to what they go through. */
function compare(label: string, command: (store: Store) => readonly (string | number | Buffer)[]): void {
  const [before, after] = [without, store].map((each) => {
    const words = command(each)
    const start = performance.now()
    each.call(...words)
    return performance.now() - start
  })
  console.log(`${label.padEnd(36)} ${before!.toFixed(2)} ms without, ${after!.toFixed(2)} ms with`)
}
const middle = (from: Store) => from.call('LINDEX', 'list', elements >>> 1) as Buffer
compare('LREM, one item in the middle', (each) => ['LREM', 'list', 1, middle(each)])
compare('LINSERT in the middle', (each) => ['LINSERT', 'list', 'BEFORE', middle(each), 'x'])
compare('LTRIM to the middle half', () => ['LTRIM', 'list', elements >>> 2, -(elements >>> 2)])
compare('RENAME of the large hash', () => ['RENAME', 'hash', 'renamed'])
compare('DEL of the large hash', () => ['DEL', 'renamed'])
const start = performance.now()
const isEqual = (await store.digestMemory()) === store.digest
console.log(`read memory instead: ${(performance.now() - start).toFixed(0)} ms`)
if (!isEqual) throw new Error('the running digest is not that of memory')
kept[Symbol.dispose]()
await store.close()
await without.close()
