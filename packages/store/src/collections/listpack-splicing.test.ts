import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CompactBlock } from './compact-block.ts'
import { entryAt, isListpack, ListpackCursor } from './listpack.ts'
import { countMatches, cutBytes, cutListpack, deleteMatches, EntryMatcher } from './listpack-splicing.ts'

const item = fc.constantFrom('', 'a', 'b', '1', '-1', '127', '5000', '9223372036854775807', '01', 'x'.repeat(70))
const items = fc.array(item, { maxLength: 60, size: 'max' })

function blockOf(texts: readonly string[]): Buffer {
  const block = new CompactBlock()
  for (const text of texts) block.append(Buffer.from(text), 0, text.length)
  return block.bytes
}

function textsOf(block: Buffer): string[] {
  const length = block.readUInt32LE(0)
  expect(isListpack(block, 0, length)).toBe(true)
  const texts: string[] = []
  const cursor = new ListpackCursor().open(block, 0)
  while (cursor.next()) texts.push(cursor.bytes.toString('latin1', cursor.start, cursor.end))
  return texts
}

test('counts and deletes what matches', () => {
  const property = fc.property(items, item, fc.nat(20), fc.nat(20), (texts, text, skip, most) => {
    const block = blockOf(texts)
    const matcher = new EntryMatcher().lookFor(Buffer.from(text), 0, text.length)
    const places = [...texts.keys()].filter((i) => texts[i] === text)
    expect(countMatches(block, 0, matcher)).toBe(places.length)
    const going = places.slice(skip, skip + most)
    if (going.length === 0) return
    deleteMatches(block, 0, matcher, skip, going.length)
    expect(textsOf(block)).toEqual(texts.filter((_, i) => !going.includes(i)))
  })
  fc.assert(property)
})

test('cuts and joins', () => {
  const property = fc.property(items, items, fc.nat(60), (texts, others, place) => {
    const joined = new CompactBlock()
    joined.join(blockOf(texts), 0)
    joined.join(blockOf(others), 0)
    const all = [...texts, ...others]
    expect(textsOf(joined.bytes)).toEqual(all)
    const index = place % (all.length + 1)
    if (index === all.length) return
    const at = entryAt(joined.bytes, 0, index)
    const upper = Buffer.alloc(cutBytes(joined.bytes, 0, at))
    cutListpack(joined.bytes, 0, at, all.length - index, upper)
    expect([textsOf(joined.bytes), textsOf(upper)]).toEqual([all.slice(0, index), all.slice(index)])
  })
  fc.assert(property)
})
