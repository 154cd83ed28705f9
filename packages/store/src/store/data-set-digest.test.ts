import fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Store } from './store.ts'

let store: Store

beforeEach(async () => {
  store = await Store.open()
})

afterEach(async () => {
  await store.close()
})

/** Waits for the digest that is read in the beginning. */
async function runningDigest(): Promise<string> {
  for (;;) {
    const digest = store.digest
    if (digest !== null) return digest
    await new Promise(setImmediate)
  }
}

const key = fc.constantFrom('a', 'b', 'c', 'd')
const text = fc.string({ maxLength: 40 })
const position = fc.nat(200)
const member = fc.constantFrom('x', 'y', 'z')
const command = fc.oneof(
  fc.tuple(fc.constant('SET'), key, text),
  fc.tuple(fc.constant('APPEND'), key, text),
  fc.tuple(fc.constant('SETRANGE'), key, position, text),
  fc.tuple(fc.constant('SETBIT'), key, position, fc.constantFrom(0, 1)),
  fc.tuple(fc.constant('INCR'), key),
  fc.tuple(fc.constant('DEL'), key),
  fc.tuple(fc.constant('RENAME'), key, key),
  fc.tuple(fc.constant('COPY'), key, key, fc.constant('REPLACE')),
  fc.tuple(fc.constant('PEXPIREAT'), key, fc.constantFrom(2 ** 42, 2 ** 42 + 1)),
  fc.tuple(fc.constant('PERSIST'), key),
  fc.tuple(fc.constant('HSET'), key, member, text),
  fc.tuple(fc.constant('SADD'), key, member),
  fc.tuple(fc.constant('ZADD'), key, position, member),
  fc.tuple(fc.constant('RPUSH'), key, text),
  fc.tuple(fc.constant('SWAPDB'), fc.constant(0), fc.constantFrom(1, 2)),
  fc.tuple(fc.constant('MOVE'), key, fc.constant(1)),
  fc.tuple(fc.constantFrom('FLUSHDB', 'FLUSHALL')),
)
type Step = readonly (string | number)[] | 'compact' | 'snapshot' | 'keep'

it('is after any commands the digest of what memory holds', async () => {
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 20, arbitrary: command },
    { weight: 1, arbitrary: fc.constantFrom('compact', 'snapshot', 'keep') },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      store.call('FLUSHALL')
      store.limits.hashMaxListpackEntries = 2
      let kept: Disposable | null = null
      const snapshots: Disposable[] = []
      for (const each of steps) {
        if (each === 'compact') for (const [, keySpace] of store.dataSet.databases()) keySpace.compact(1)
        else if (each === 'snapshot') snapshots.push(...store.dataSet.openSnapshots())
        else if (each === 'keep') kept ??= store.keepDigest()
        else attempt(each)
      }
      kept ??= store.keepDigest()
      expect(await runningDigest()).toBe(await store.digestMemory())
      for (const snapshot of snapshots) snapshot[Symbol.dispose]()
      kept[Symbol.dispose]()
    }),
    { numRuns: 150 },
  )
})

function attempt(words: readonly (string | number)[]): void {
  try {
    store.call(...words)
  } catch {
    // A wrong type, a number that is none: nothing has changed then.
  }
}

it('is of the moment at which it was asked for, whatever is written while collections are read', async () => {
  using _kept = store.keepDigest()
  for (let i = 0; i < 5000; i++) store.call('HSET', 'large', `field-${i}`, i)
  store.set('string', 'before')
  await runningDigest()
  const memory = store.digestMemory()
  const digest = store.digest
  store.call('HSET', 'large', 'field-7', 'after')
  store.set('string', 'after')
  expect(await digest).toBe(await memory)
  expect(await runningDigest()).toBe(await store.digestMemory())
  expect(await store.digest).not.toBe(await digest)
})

it('does not see a byte that flips by itself, and the digest of memory does', async () => {
  using _kept = store.keepDigest()
  store.set('key', 'value')
  const before = await runningDigest()
  const keySpace = store.dataSet.keySpace(0)
  const address = keySpace.find(Buffer.from('key'), 0, 3)
  keySpace.bytesAt(address)[keySpace.valueStart(address)]! ^= 1
  expect(await runningDigest()).toBe(before)
  expect(await store.digestMemory()).not.toBe(before)
  // What is taken out with the next write is what is there, so that the digest is wrong from then on.
  store.set('key', 'value')
  expect(await runningDigest()).not.toBe(before)
})
