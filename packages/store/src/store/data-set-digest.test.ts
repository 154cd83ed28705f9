import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LargeCollection } from '../collections/large-collection.ts'
import { Store } from './store.ts'

let store: Store
/** Holds the same in other encodings. */
let other: Store

beforeEach(async () => {
  store = await Store.open()
  other = await Store.open()
})

afterEach(async () => {
  await store.close()
  await other.close()
})

const turn = () => new Promise(setImmediate)

/** Waits for the digest that is read in the beginning. */
async function runningDigest(of = store): Promise<string> {
  for (;;) {
    const { digest } = of
    if (digest !== null) return digest
    await turn()
  }
}

const FAR = 2 ** 42

/** Two keys for each type, and one that any may have. */
const keysFor = (type: string) => fc.constantFrom(type, `${type}-2`, type, `${type}-2`, 'any')
const key = fc.constantFrom('string', 'hash', 'set', 'scores', 'list', 'hash-2', 'set-2', 'scores-2', 'list-2', 'any')
const [string, hash, set, scores, list] = [
  keysFor('string'),
  keysFor('hash'),
  keysFor('set'),
  keysFor('scores'),
  keysFor('list'),
]
const text = fc.oneof(fc.string({ maxLength: 40 }), fc.integer({ min: -300, max: 300 }).map(String))
const position = fc.integer({ min: -6, max: 6 })
/** Integers, which may be an intset, short strings, and one that is too long for a listpack. */
const member = fc.constantFrom('1', '2', '-70000', '3000000000', 'x', 'y', 'z'.repeat(70))
/** Several of which are more than a chunk of a list, and one of which is more than a chunk by itself. */
const item = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('p', 'q', '7', '-12345') },
  { weight: 2, arbitrary: fc.constantFrom('r'.repeat(3000), 's'.repeat(3000)) },
  { weight: 1, arbitrary: fc.constant('t'.repeat(9000)) },
)
const score = fc.constantFrom(0, '-0', 1, 2, 2.5, -1e300, 'inf', '-inf')
const end = fc.constantFrom('LEFT', 'RIGHT')
type Command = readonly (string | number)[]
/** A command of the name that `begin` has last, with arguments. */
const named = (name: string, ...parts: fc.Arbitrary<string | number>[]): fc.Arbitrary<Command> =>
  fc.tuple(fc.constant(name), ...parts)
const many = (name: string, ...parts: fc.Arbitrary<string | number>[]): fc.Arbitrary<Command> =>
  fc
    .tuple(key, fc.array(fc.tuple(...parts), { minLength: 1, maxLength: 6 }))
    .map(([k, all]) => [name, k, ...all.flat()])

const command: fc.Arbitrary<Command> = fc.oneof(
  named('SET', string, text),
  named('APPEND', string, text),
  named('SETRANGE', string, fc.nat(200), text),
  named('SETBIT', string, fc.nat(200), fc.constantFrom(0, 1)),
  named('INCR', string),
  named('DEL', key),
  named('UNLINK', key),
  named('RENAME', key, key),
  named('RENAMENX', key, key),
  named('COPY', key, key, fc.constant('REPLACE')),
  named('COPY', key, key, fc.constant('DB'), fc.constantFrom(0, 1), fc.constant('REPLACE')),
  named('PEXPIREAT', key, fc.constantFrom(FAR, FAR + 1, 1)),
  named('PERSIST', key),
  many('HSET', hash, member, text),
  many('HDEL', hash, member),
  named('HINCRBY', hash, member, position),
  many('SADD', set, member),
  many('SREM', set, member),
  named('SMOVE', set, set, member),
  named('SUNIONSTORE', key, set, set),
  many('ZADD', scores, score, member),
  many('ZREM', scores, member),
  named('ZINCRBY', scores, fc.constantFrom(1, -1), member),
  named('ZPOPMIN', scores),
  named('ZREMRANGEBYRANK', scores, position, position),
  named('ZUNIONSTORE', key, fc.constant(2), scores, set),
  many('RPUSH', list, item),
  many('LPUSH', list, item),
  named('LPOP', list, fc.nat(3)),
  named('RPOP', list, fc.nat(3)),
  named('LSET', list, position, item),
  named('LINSERT', list, fc.constantFrom('BEFORE', 'AFTER'), item, item),
  named('LREM', list, fc.constantFrom(-2, -1, 0, 1, 2), item),
  named('LTRIM', list, position, position),
  named('LMOVE', list, list, end, end),
  named('SORT', list, fc.constantFrom('ALPHA'), fc.constant('STORE'), key),
  named('SWAPDB', fc.constant(0), fc.constantFrom(1, 2)),
  named('MOVE', key, fc.constant(1)),
)
const rare: fc.Arbitrary<Command> = fc.oneof(named('FLUSHDB'), named('FLUSHALL'))
type Step = Command | 'compact' | 'snapshot' | 'release' | 'keep' | 'drop' | 'turn' | 'expire' | 'check'
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 30, arbitrary: command },
  { weight: 1, arbitrary: rare },
  {
    weight: 5,
    arbitrary: fc.constantFrom('compact', 'snapshot', 'release', 'keep', 'drop', 'turn', 'expire', 'check'),
  },
)

/** What steps do to a store, beside commands. */
class Subject {
  readonly store: Store
  kept: Disposable | null = null
  readonly #snapshots: Disposable[] = []

  constructor(store: Store) {
    this.store = store
    store.call('FLUSHALL')
  }

  call(command: Command): void {
    try {
      this.store.call(...command)
    } catch {
      // A wrong type, a number that is none: nothing has changed then.
    }
  }

  take(step: Exclude<Step, Command>): void {
    const { store } = this
    if (step === 'snapshot') this.#snapshots.push(...store.dataSet.openSnapshots())
    else if (step === 'release') for (const snapshot of this.#snapshots.splice(0)) snapshot[Symbol.dispose]()
    else if (step === 'keep') this.kept ??= store.keepDigest()
    else if (step === 'drop') this.drop()
    else if (step === 'compact') for (const [, keySpace] of store.dataSet.databases()) keySpace.compact(1)
    else if (step === 'expire') this.#expire()
  }

  drop(): void {
    this.kept?.[Symbol.dispose]()
    this.kept = null
  }

  /** What expires at FAR does. */
  #expire(): void {
    for (const [, keySpace] of this.store.dataSet.databases()) {
      const sweep = () =>
        keySpace.sweepExpired(FAR + 1, 1, (address) => {
          const start = keySpace.keyStart(address)
          keySpace.delete(keySpace.bytesAt(address), start, start + keySpace.keyLength(address))
        })
      while (sweep());
    }
  }

  [Symbol.dispose](): void {
    this.drop()
    this.take('release')
  }
}

it('is after any commands the digest of what memory holds, in any encoding', async () => {
  Object.assign(store.limits, { hashMaxListpackEntries: 2, zsetMaxListpackEntries: 2, setMaxIntsetEntries: 2 })
  store.limits.listMaxListpackSize = 3
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 150, size: 'max' }), async (steps) => {
      using subject = new Subject(store)
      using second = new Subject(other)
      second.take('keep')
      for (const each of steps) {
        if (each === 'turn') await turn()
        else if (each === 'check') {
          if (store.digest !== null) expect(store.digest).toBe(await store.digestMemory())
        } else if (typeof each === 'string') {
          subject.take(each)
          if (each !== 'keep' && each !== 'drop') second.take(each)
        } else {
          subject.call(each)
          second.call(each)
        }
      }
      subject.take('keep')
      expect(await runningDigest()).toBe(await store.digestMemory())
      expect(await runningDigest(other)).toBe(await other.digestMemory())
      expect(store.digest).toBe(other.digest)
    }),
    { numRuns: 300 },
  )
})

describe('on a data set that is full', () => {
  const COUNT = 4000

  beforeEach(() => {
    const words = Array.from({ length: COUNT }, (_, i) => `element-${i}`)
    for (const [i, word] of words.entries()) {
      store.call('HSET', 'hash', word, i)
      store.call('SADD', 'set', word)
      store.call('ZADD', 'scores', i, word)
      store.call('RPUSH', 'list', word)
      store.call('HSET', `small-${i}`, word, i)
    }
    // Together more than one slice, each less than one.
    for (let i = 0; i < 20; i++) store.call('SADD', `middle-${i}`, ...words.slice(0, 500))
  })

  const snapshots: Disposable[] = []
  afterEach(() => {
    for (const snapshot of snapshots.splice(0)) snapshot[Symbol.dispose]()
  })

  /** Writes of every kind to what is there already. */
  function write(round: number): void {
    store.call('HSET', 'hash', `element-${round * 7}`, 'changed', `field-${round}`, 'new')
    store.call('SREM', 'set', `element-${round}`)
    store.call('ZADD', 'scores', -round, `element-${round * 3}`, round, `member-${round}`)
    store.call('LPUSH', 'list', `left-${round}`)
    store.call('RPUSH', 'list', `right-${round}`)
    store.call('LSET', 'list', round * 11, 'set')
    if (round % 3 === 0) store.call('LPOP', 'list', 2)
    if (round % 4 === 0) store.call('RPOP', 'list', 3)
    if (round % 5 === 0) store.call('LREM', 'list', 1, `element-${round * 20 + 500}`)
    if (round % 5 === 1) store.call('LREM', 'list', -1, `element-${COUNT - round * 20 - 100}`)
    if (round % 7 === 0) store.call('LINSERT', 'list', 'BEFORE', `element-${round * 20 + 300}`, 'between')
    if (round === 9) store.call('LTRIM', 'list', 100, -100)
    store.call('HSET', `small-${round}`, 'more', round)
    store.call('SADD', `middle-${round % 20}`, round)
    if (round % 6 === 2) snapshots.push(...store.dataSet.openSnapshots())
    if (round === 4) store.call('RENAME', 'hash', 'renamed')
    if (round === 5) store.call('COPY', 'renamed', 'hash')
    if (round === 6) store.call('DEL', 'middle-3')
    if (round === 7) store.call('MOVE', 'middle-4', 1)
  }

  it('reads what is there while writes go on', async () => {
    using _kept = store.keepDigest()
    expect(store.digest).toBeNull()
    let round = 0
    for (; store.digest === null; round++) {
      write(round)
      await turn()
    }
    expect(round).toBeGreaterThan(20)
    expect(store.digest).toBe(await store.digestMemory())
    write(round)
    expect(store.digest).toBe(await store.digestMemory())
  })

  it('is complete at once when all is flushed meanwhile', async () => {
    using _kept = store.keepDigest()
    await turn()
    write(0)
    store.call('FLUSHALL')
    await turn()
    await turn()
    store.call('RPUSH', 'list', 'first')
    expect(store.digest).toBe(await store.digestMemory())
  })

  it('takes nothing of a collection that is gone for another one in its place', async () => {
    const words = Array.from({ length: 20_000 }, (_, i) => `word-${i}`)
    store.call('FLUSHALL')
    store.call('SADD', 'set', ...words)
    const keySpace = store.dataSet.keySpace(0)
    const ownerOfSet = () => keySpace.collectionAt(keySpace.find(Buffer.from('set'), 0, 3)).owner
    const owner = ownerOfSet()
    using _kept = store.keepDigest()
    await turn()
    await turn()
    store.call('DEL', 'set')
    while (keySpace.compact(1));
    store.call('SADD', 'set', ...words.slice(0, 200))
    expect(ownerOfSet()).toBe(owner)
    expect(await runningDigest()).toBe(await store.digestMemory())
  })

  it('begins anew when it was given up in the middle', async () => {
    for (let stop = 1; stop <= 24; stop += 4) {
      {
        using _given = store.keepDigest()
        for (let i = 0; i < stop; i++) {
          write(stop + i)
          await turn()
        }
        expect(store.digest).toBeNull()
      }
      write(stop)
    }
    using _kept = store.keepDigest()
    write(2)
    expect(await runningDigest()).toBe(await store.digestMemory())
  })

  it('reads those large collections no more that nothing was written to when none was kept', async () => {
    {
      using _kept = store.keepDigest()
      await runningDigest()
    }
    store.call('SADD', 'set', 'written')
    const digestsOf = (name: string) => {
      const keySpace = store.dataSet.keySpace(0)
      return (keySpace.collectionAt(keySpace.find(Buffer.from(name), 0, name.length)) satisfies LargeCollection).digest
    }
    expect(digestsOf('hash')?.isComplete).toBe(true)
    expect(digestsOf('set')).toBeNull()
    using _kept = store.keepDigest()
    expect(await runningDigest()).toBe(await store.digestMemory())
  })
})

it('is of the moment at which it is asked for', async () => {
  using _kept = store.keepDigest()
  for (let i = 0; i < 5000; i++) store.call('HSET', 'large', `field-${i}`, i)
  store.set('string', 'before')
  await runningDigest()
  const memory = store.digestMemory()
  const { digest } = store
  store.call('HSET', 'large', 'field-7', 'after')
  store.set('string', 'after')
  expect(digest).toBe(await memory)
  expect(store.digest).toBe(await store.digestMemory())
  expect(store.digest).not.toBe(digest)
})

it('tells the order of a list, wherever its items lie', async () => {
  using _kept = store.keepDigest()
  await runningDigest()
  const seen = new Set<string | null>()
  for (const limit of [-2, 1]) {
    store.limits.listMaxListpackSize = limit
    for (const order of ['a b c', 'a c b', 'c b a', 'b a c', 'a b', 'a b c c']) {
      store.call('DEL', 'list')
      store.call('RPUSH', 'list', ...order.split(' '))
      seen.add(store.digest)
    }
  }
  // The same in both encodings.
  expect(seen.size).toBe(6)
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
