import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ElementsReader } from '../digest/elements-reader.ts'
import { KeySpace } from '../keyspace/key-space.ts'
import type { KeySpaceSnapshot } from '../keyspace/key-space-snapshot.ts'
import { CompactBlock } from './compact-block.ts'
import { LargeList } from './large-list.ts'
import { EntryMatcher } from './listpack-splicing.ts'

const key = Buffer.from('list')

/** Some of which are many in a chunk, some few, and one of which is a chunk by itself. */
const item = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b', '17', 'c'.repeat(300)) },
  { weight: 3, arbitrary: fc.constantFrom('d'.repeat(2500), 'e'.repeat(4000)) },
  { weight: 1, arbitrary: fc.constant('f'.repeat(9000)) },
)
const edit = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('insert' as const), at: fc.nat(), item }) },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constantFrom('push' as const, 'unshift' as const), at: fc.nat(), item }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('replace' as const), at: fc.nat(), item }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('remove' as const), at: fc.nat(), item, count: fc.nat(12) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('pop' as const, 'shift' as const), at: fc.nat(), item }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('removeMatches' as const),
      at: fc.nat(),
      item,
      count: fc.constantFrom(1, 3, Number.POSITIVE_INFINITY),
      isFromEnd: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('append' as const), at: fc.nat(), item, count: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('snapshot' as const), at: fc.nat(), item }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('begin' as const), at: fc.nat(), item }) },
)
type Edit = typeof edit extends fc.Arbitrary<infer Value> ? Value : never

const matcher = new EntryMatcher()

function apply(list: LargeList, change: Edit): void {
  const bytes = Buffer.from(change.item)
  const { size } = list
  const at = size === 0 ? 0 : change.at % size
  const end = bytes.length
  if (change.type === 'insert') list.insert(at, bytes, 0, end)
  else if (change.type === 'push') list.insert(size, bytes, 0, end)
  else if (change.type === 'unshift') list.insert(0, bytes, 0, end)
  else if (change.type === 'replace' && size > 0) list.replace(at, bytes, 0, end)
  else if (change.type === 'remove') list.removeRange(at, Math.min(size, at + change.count))
  else if (change.type === 'pop') list.removeRange(Math.max(0, size - 2), size)
  else if (change.type === 'shift') list.removeRange(0, Math.min(size, 3))
  else if (change.type === 'removeMatches') {
    list.removeMatches(matcher.lookFor(bytes, 0, end), change.count, change.isFromEnd)
  } else if (change.type === 'append') {
    const block = new CompactBlock()
    for (let i = 0; i < change.count; i++) block.append(Buffer.from(`item-${i}`), 0, 5 + String(i).length)
    list.appendListpack(block.bytes, 0)
  }
}

/** Read from the items alone. */
function digestOf(list: LargeList): Int32Array {
  const reader = new ElementsReader(list.cursor(), list.type)
  reader.advance(Number.POSITIVE_INFINITY)
  return reader.lanes
}

function checkChunks(list: LargeList): void {
  const chunks = list.chunks()
  const fresh = new Int32Array(4)
  while (chunks.next()) {
    chunks.chunk.digestRange(0, chunks.chunk.count, fresh)
    expect(chunks.chunk.digest).toEqual(fresh)
  }
}

class Subject {
  readonly keySpace = new KeySpace()
  readonly snapshots: { snapshot: KeySpaceSnapshot; list: LargeList; digest: Int32Array }[] = []
  /** What was there when keeping began on a full list, until that is told. */
  base: { list: LargeList; digest: Int32Array } | null = null

  constructor() {
    this.keySpace.keepDigest(true)
    this.keySpace.setCollection(key, 0, key.length, new LargeList(this.keySpace.collections), 0)
  }

  get list(): LargeList {
    return this.#checked(this.keySpace.collectionAt(this.keySpace.find(key, 0, key.length)))
  }

  get writable(): LargeList {
    return this.#checked(this.keySpace.writableCollectionAt(this.keySpace.find(key, 0, key.length)))
  }

  openSnapshot(): void {
    const { list } = this
    this.snapshots.push({ snapshot: this.keySpace.openSnapshot(), list, digest: digestOf(list) })
  }

  /** Begins anew, with a list that was written when none was kept. */
  begin(): void {
    this.complete()
    this.keySpace.keepDigest(false)
    this.writable.insert(0, key, 0, key.length)
    this.keySpace.keepDigest(true)
    this.openSnapshot()
    this.base = this.snapshots.at(-1)!
  }

  complete(): void {
    if (this.base !== null) this.keySpace.collections.completeDigest(this.base.list, this.base.digest)
    this.base = null
  }

  check(): void {
    this.complete()
    expect(this.list.knownElements).toEqual(digestOf(this.list))
    checkChunks(this.list)
    for (const { snapshot, list, digest } of this.snapshots) {
      const reader = list.readElements()
      while (reader.advance(7));
      expect(reader.lanes).toEqual(digest)
      expect(digestOf(list)).toEqual(digest)
      checkChunks(list)
      snapshot.close()
    }
  }

  #checked(collection: unknown): LargeList {
    if (!(collection instanceof LargeList)) throw new Error('no list')
    return collection
  }
}

it('is after any writes that of the items, of the list, its chunks and what snapshots see of it', () => {
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 60, size: 'max' }), (edits) => {
      const subject = new Subject()
      for (const each of edits) {
        if (each.type === 'snapshot') subject.openSnapshot()
        else if (each.type === 'begin') subject.begin()
        else apply(subject.writable, each)
        // In time for some edits only, so that the digests of chunks are known or not.
        if (each.at % 8 === 0) checkChunks(subject.list)
      }
      subject.check()
    }),
    { numRuns: 300 },
  )
})
