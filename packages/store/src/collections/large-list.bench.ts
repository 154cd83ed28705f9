/**
 * A list of many items: its rates, and how long a write takes while a snapshot is open: `node large-list.bench.ts
 * [items]`.
 */

import { KeySpace } from '../keyspace/key-space.ts'
import { LargeList } from './large-list.ts'
import { ListBuilder } from './list-builder.ts'
import { EntryMatcher } from './listpack-splicing.ts'

const ITEM_BYTES = 16
const items = Number(process.argv[2] ?? 1_000_000)
const texts = Buffer.alloc(ITEM_BYTES * items)
for (let i = 0; i < items; i++) texts.write(`itm:${String(i).padStart(12, '0')}`, i * ITEM_BYTES, 'latin1')
const other = Buffer.alloc(40, 'y')
const key = Buffer.from('list')
const keySpace = new KeySpace()

function timed<Result>(label: string, run: () => Result): Result {
  const begin = performance.now()
  const result = run()
  console.log(`${label}: ${(performance.now() - begin).toFixed(2)} ms`)
  return result
}

/** Operations at random places, each timed alone. */
function measure(label: string, operation: (place: number) => void, count = items): void {
  let state = 12345
  let longest = 0
  let over1 = 0
  const begin = performance.now()
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const start = performance.now()
    operation(state / 2 ** 32)
    const time = performance.now() - start
    if (time > longest) longest = time
    if (time > 1) over1++
  }
  const rate = (count / (performance.now() - begin) / 1000).toFixed(2)
  console.log(`${label}: ${rate} M/s, the longest took ${longest.toFixed(2)} ms, ${over1} took more than 1 ms`)
}

function writable(): LargeList {
  const collection = keySpace.writableCollectionAt(keySpace.find(key, 0, key.length))
  if (!(collection instanceof LargeList)) throw new Error('no list')
  return collection
}

const at = (place: number) => ITEM_BYTES * Math.floor(place * items)
const push = (isLeft: boolean) => (place: number) => {
  const list = writable()
  const start = at(place)
  list.insert(isLeft ? 0 : list.size, texts, start, start + ITEM_BYTES)
}
const pop = (isLeft: boolean) => () => {
  const list = writable()
  const index = isLeft ? 0 : list.size - 1
  list.moveTo(index)
  if (list.item.end === list.item.start) throw new Error('an item without text')
  list.removeRange(index, index + 1)
}
const set = (place: number) => {
  const list = writable()
  list.replace(Math.floor(place * list.size), other, 0, other.length)
}
const insert = (place: number) => {
  const list = writable()
  list.insert(Math.floor(place * list.size), other, 0, other.length)
}

timed(`build ${items} items`, () => {
  const builder = new ListBuilder(keySpace.collections)
  for (let from = 0; from < texts.length; from += ITEM_BYTES) builder.add(texts, from, from + ITEM_BYTES)
  builder.store(keySpace, key, 0, key.length, 0)
})
console.log(`${(keySpace.usedMemory / items).toFixed(1)} bytes for each item`)
measure('push right', push(false))
measure('push left', push(true))
measure('pop left', pop(true))
measure('pop right', pop(false))
measure('get by index', (place) => {
  const list = writable()
  list.moveTo(Math.floor(place * list.size))
  if (list.item.end === 0) throw new Error('an item without text')
})
const matcher = new EntryMatcher().lookFor(other, 0, other.length)
timed('look for what is not there, from one end to the other', () => {
  const list = writable()
  list.moveTo(0)
  do if (list.isMatch(matcher)) throw new Error('found')
  while (list.next())
})
const snapshot = timed('open a snapshot', () => keySpace.openSnapshot())
timed('the first write after it', () => set(0.5))
measure('set by index, with the snapshot open', set)
measure('insert by index, with the snapshot open', insert)
const second = timed('open a second snapshot', () => keySpace.openSnapshot())
measure('push left, with both open', push(true))
measure('pop right, with both open', pop(false))
let seen = 0
let sum = 0
timed('visit the first snapshot', () =>
  snapshot.visit(10, (_bytes, _keyStart, _keyEnd, _valueStart, _valueEnd, _kind, _expiresAt, collection) => {
    const cursor = collection!.cursor()
    while (cursor.next()) {
      seen++
      sum += cursor.end - cursor.start
    }
  }),
)
if (seen !== items || sum !== ITEM_BYTES * items) throw new Error(`the snapshot shows ${seen} items of ${sum} bytes`)
snapshot.close()
second.close()
timed('remove all that are equal', () => console.log(writable().removeMatches(matcher, Infinity, false), 'items'))
console.log(`${(keySpace.usedMemory / writable().size).toFixed(1)} bytes for each item that is left`)
timed('trim to ten items', () => writable().removeRange(10, writable().size))
timed('delete the list', () => keySpace.delete(key, 0, key.length))
console.log(`${keySpace.usedMemory} bytes used`)
