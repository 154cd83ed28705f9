import { describe, expect, it } from 'vitest'
import { StandaloneContext } from '../../test/commands/standalone-context.ts'
import { KeySpace } from '../keyspace/key-space.ts'
import { Digest } from './digest.ts'
import { digestSnapshot } from './snapshot-digest.ts'

const ZEROS = '0'.repeat(32)

function keySpaceOf(keys: readonly number[], hashKey: Uint32Array): KeySpace {
  const keySpace = new KeySpace({ hashKey })
  for (const key of keys) {
    const name = Buffer.from(`key-${key}`)
    keySpace.set(name, 0, name.length, Buffer.from(`value-${key}`), 0, 7, key % 2 === 0 ? 0 : 1000 + key)
  }
  return keySpace
}

async function digestOf(keySpace: KeySpace): Promise<string> {
  using snapshot = keySpace.openSnapshot()
  return (await digestSnapshot(snapshot)).toString()
}

it('is equal for equal data, whatever its order, its place in memory and the hash key', async () => {
  const keys = Array.from({ length: 5000 }, (_, i) => i)
  const one = keySpaceOf(keys, Uint32Array.of(1, 2))
  const other = keySpaceOf(keys.toReversed(), Uint32Array.of(3, 4))
  expect(await digestOf(one)).toBe(await digestOf(other))
  expect(await digestOf(one)).not.toBe(ZEROS)
  other.setExpiry(other.find(Buffer.from('key-7'), 0, 5), 1008)
  expect(await digestOf(one)).not.toBe(await digestOf(other))
  other.setExpiry(other.find(Buffer.from('key-7'), 0, 5), 1007)
  expect(await digestOf(one)).toBe(await digestOf(other))
})

it('depends on every bit of key, value and expiry, and on where key and value part', () => {
  const digestFor = (text: string, keyEnd: number, expiresAt: number) => {
    const digest = new Digest()
    digest.add(Buffer.from(text), 0, keyEnd, keyEnd, text.length, 0, expiresAt)
    return digest.toString()
  }
  const digests = [
    digestFor('keyvalue', 3, 0),
    digestFor('keyvalue', 4, 0),
    digestFor('keyvalue', 8, 0),
    digestFor('keyvalud', 3, 0),
    digestFor('kexvalue', 3, 0),
    digestFor('keyvalue', 3, 1),
    digestFor('keyvalue', 3, 2 ** 40),
    digestFor('', 0, 0),
  ]
  expect(new Set(digests).size).toBe(digests.length)
})

it('takes out what was put in', () => {
  const digest = new Digest()
  const [one, other] = [Int32Array.of(1, -2, 3, -4), Int32Array.of(2 ** 31 - 1, -(2 ** 31), 5, 6)]
  digest.addHash(one)
  const before = digest.toString()
  digest.addHash(other)
  digest.removeHash(other)
  expect(digest.toString()).toBe(before)
  digest.removeHash(one)
  expect(digest.toString()).toBe(ZEROS)
})

describe('a collection', () => {
  const NOW = 1_800_000_000_000
  const digestAfter = (maxEntries: number, ...calls: readonly string[]) => {
    const context = new StandaloneContext(NOW)
    context.keySpace.collections.limits.hashMaxListpackEntries = maxEntries
    for (const call of calls) context.call(...call.split(' '))
    return digestOf(context.keySpace)
  }

  it('has the digest of its content, whatever its encoding and the order of what is unordered', async () => {
    const fields = Array.from({ length: 3000 }, (_, i) => `f${i} ${i}`)
    const compact = await digestAfter(10_000, `hset h ${fields.join(' ')}`)
    expect(await digestAfter(1, `hset h ${fields.toReversed().join(' ')}`)).toBe(compact)
    expect(await digestAfter(1, `hset h ${fields.join(' ')}`, 'hset h f7 8')).not.toBe(compact)
    expect(await digestAfter(1, `hset h ${fields.join(' ')}`, 'hset h f7 8', 'hset h f7 7')).toBe(compact)
    expect(await digestAfter(1, `hset h ${fields.join(' ')}`, 'hdel h f7')).not.toBe(compact)
    expect(await digestAfter(1, `hset i ${fields.join(' ')}`)).not.toBe(compact)
    expect(await digestAfter(1, `hset h ${fields.join(' ')}`, 'pexpireat h 1900000000000')).not.toBe(compact)
  })

  it('depends on where a field and its value part', async () => {
    const digests = await Promise.all(
      ['ab c', 'a bc', 'abc d', 'a b c d', 'a d c b'].map((pairs) => digestAfter(9, `hset h ${pairs}`)),
    )
    expect(new Set(digests).size).toBe(digests.length)
  })
})
