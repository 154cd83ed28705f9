import { expect, test } from 'vitest'
import { KeySpace } from '../keyspace/key-space.ts'
import { ENCODING_COMPACT, ENCODING_LARGE } from '../keyspace/value-type.ts'
import { CompactBlock } from './compact-block.ts'
import { LargeList } from './large-list.ts'
import { ListBuilder } from './list-builder.ts'
import { openValueAt } from './value-reader.ts'

const key = Buffer.from('list')

/** What becomes of a list: its encoding, its chunks and its items. */
function built(make: (builder: ListBuilder) => void, listMaxListpackSize = -2) {
  const keySpace = new KeySpace()
  keySpace.collections.limits.listMaxListpackSize = listMaxListpackSize
  const builder = new ListBuilder(keySpace.collections)
  make(builder)
  const { size } = builder
  const address = builder.store(keySpace, key, 0, key.length, 0)
  const items: string[] = []
  const cursor = openValueAt(keySpace, address)
  while (cursor.next()) items.push(cursor.bytes.toString('latin1', cursor.start, cursor.end))
  expect([size, cursor.size]).toEqual([items.length, items.length])
  const encoding = keySpace.encodingOf(address)
  const list = encoding === ENCODING_LARGE ? keySpace.collectionAt(address) : null
  return { encoding, chunks: list instanceof LargeList ? list.chunkCount : 0, items }
}

const adding = (texts: readonly string[]) => (builder: ListBuilder) => {
  for (const text of texts) builder.add(Buffer.from(text), 0, text.length)
}

const numbered = (count: number, length: number) =>
  Array.from({ length: count }, (_, i) => `item ${i}`.padEnd(length, '.'))

function listpackOf(texts: readonly string[]): Buffer {
  const block = new CompactBlock()
  for (const text of texts) block.append(Buffer.from(text), 0, text.length)
  return block.bytes
}

test('a list is compact as long as it is no longer than a chunk', () => {
  // 127 entries of 64 bytes, and the frame of 7.
  const most = numbered(127, 62)
  expect(built(adding(most))).toEqual({ encoding: ENCODING_COMPACT, chunks: 0, items: most })
  const more = numbered(129, 62)
  expect(built(adding(more))).toEqual({ encoding: ENCODING_LARGE, chunks: 2, items: more })
})

test('the limit may be a number of items', () => {
  const items = numbered(10, 20)
  expect(built(adding(items), 10)).toEqual({ encoding: ENCODING_COMPACT, chunks: 0, items })
  expect(built(adding(items), 9)).toEqual({ encoding: ENCODING_LARGE, chunks: 1, items })
})

test('an item that is too long for a chunk is one of its own', () => {
  const items = ['a', 'x'.repeat(9000), 'b', 'c', 'y'.repeat(100_000)]
  expect(built(adding(items))).toEqual({ encoding: ENCODING_LARGE, chunks: 4, items })
})

test('whole listpacks are taken, small ones together', () => {
  const small = numbered(10, 20)
  const full = numbered(100, 70)
  const huge = numbered(1000, 70)
  const listpacks = [small, small, full, small, huge, small].map(listpackOf)
  const result = built((builder) => {
    for (const listpack of listpacks) builder.addListpack(listpack, 0)
  })
  expect(result.items).toEqual([small, small, full, small, huge, small].flat())
  expect(result.encoding).toBe(ENCODING_LARGE)
  expect(result.chunks).toBeLessThanOrEqual(12)
  const one = built((builder) => builder.addListpack(listpacks[0]!, 0))
  expect(one).toEqual({ encoding: ENCODING_COMPACT, chunks: 0, items: small })
})

test('one that is given up leaves nothing behind', () => {
  const keySpace = new KeySpace()
  const builder = new ListBuilder(keySpace.collections)
  adding(numbered(1000, 50))(builder)
  builder.discard()
  while (keySpace.compact(1));
  expect(keySpace.collections.bytes).toBe(0)
})
