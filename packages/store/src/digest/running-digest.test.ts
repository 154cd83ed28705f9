import { expect, it } from 'vitest'
import { StandaloneContext } from '../../test/commands/standalone-context.ts'
import { Digest } from './digest.ts'

const NOW = 1_800_000_000_000

/** Of all that is there, read from memory. */
function digestOf({ keySpace }: StandaloneContext): string {
  const digest = new Digest()
  using snapshot = keySpace.openSnapshot()
  while (snapshot.visit(1000, digest.add.bind(digest)));
  return digest.toString()
}

function kept(): StandaloneContext {
  const context = new StandaloneContext(NOW)
  context.keySpace.keepDigest(true)
  return context
}

it('takes no record for another one that was at its address before', () => {
  const context = kept()
  const { keySpace } = context
  // More small collections than digests of them are remembered, moved again and again to where others have been.
  const names = Array.from({ length: 20_000 }, (_, i) => `key-${i}`)
  const long = 'x'.repeat(60)
  for (const name of names) context.call('hset', name, name, long, 'second', long, 'third', long)
  let left = names
  for (let step = 0; step < 4; step++) {
    for (const [i, name] of left.entries()) if (i % 3 === 0) context.call('del', name)
    left = left.filter((_, i) => i % 3 !== 0)
    while (keySpace.compact(1));
  }
  for (const name of left) context.call('hset', name, 'more', 1)
  expect(keySpace.digest?.records.toString()).toBe(digestOf(context))
})

it('knows a value that is written where it is when its record is moved', () => {
  const context = kept()
  const { keySpace } = context
  const filler = 'x'.repeat(1000)
  context.call('set', 'string', '0'.repeat(100))
  for (let i = 0; i < 2000; i++) context.call('set', `filler-${i}`, filler)
  for (let i = 0; i < 2000; i++) if (i % 50 !== 0) context.call('del', `filler-${i}`)
  const before = keySpace.find(Buffer.from('string'), 0, 6)
  context.call('setbit', 'string', 7, 1)
  while (keySpace.compact(1));
  expect(keySpace.find(Buffer.from('string'), 0, 6)).not.toBe(before)
  context.call('setbit', 'string', 5, 1)
  expect(keySpace.digest?.records.toString()).toBe(digestOf(context))
})
