/**
 * A hash of many fields: its rates, and how long a write takes while a snapshot is open: `node large-hash.bench.ts
 * [fields]`.
 */
import { KeySpace } from '../keyspace/key-space.ts'
import { HashBuilder } from './hash-builder.ts'
import { LargeHash } from './large-hash.ts'

const FIELD_BYTES = 16
const fields = Number(process.argv[2] ?? 1_000_000)
const names = Buffer.alloc(FIELD_BYTES * fields)
for (let i = 0; i < fields; i++) names.write(`fld:${String(i).padStart(12, '0')}`, i * FIELD_BYTES, 'latin1')
const value = Buffer.alloc(100, 'x')
const other = Buffer.alloc(120, 'y')
const key = Buffer.from('hash')
const keySpace = new KeySpace()

function timed<Result>(label: string, run: () => Result): Result {
  const begin = performance.now()
  const result = run()
  console.log(`${label}: ${(performance.now() - begin).toFixed(2)} ms`)
  return result
}

/** Operations on random fields, each timed alone. */
function measure(label: string, operation: (at: number) => void, count = fields): void {
  let state = 12345
  let longest = 0
  let over1 = 0
  const begin = performance.now()
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const start = performance.now()
    operation(FIELD_BYTES * Math.floor((state / 2 ** 32) * fields))
    const time = performance.now() - start
    if (time > longest) longest = time
    if (time > 1) over1++
  }
  const rate = (count / (performance.now() - begin) / 1000).toFixed(2)
  console.log(`${label}: ${rate} M/s, the longest took ${longest.toFixed(2)} ms, ${over1} took more than 1 ms`)
}

function writable(): LargeHash {
  const address = keySpace.find(key, 0, key.length)
  const collection = keySpace.writableCollectionAt(address)
  if (!(collection instanceof LargeHash)) throw new Error('no hash')
  return collection
}

timed(`build ${fields} fields`, () => {
  const builder = new HashBuilder(keySpace.collections)
  for (let at = 0; at < names.length; at += FIELD_BYTES) builder.add(names, at, at + FIELD_BYTES, value, 0, 100)
  builder.store(keySpace, key, 0, key.length, 0)
})
console.log(`${(keySpace.usedMemory / fields).toFixed(1)} bytes for each field`)
const set = (bytes: Buffer) => (at: number) =>
  void writable().fields.set(names, at, at + FIELD_BYTES, bytes, 0, bytes.length)
measure('set, in place', set(value))
measure('get', (at) => void writable().fields.find(names, at, at + FIELD_BYTES))
const snapshot = timed('open a snapshot', () => keySpace.openSnapshot())
timed('the first write after it', () => set(other)(0))
measure('set, another length, with the snapshot open', set(other))
const second = timed('open a second snapshot', () => keySpace.openSnapshot())
measure('delete and set, with both open', (at) => {
  const { fields } = writable()
  fields.delete(names, at, at + FIELD_BYTES)
  fields.set(names, at, at + FIELD_BYTES, value, 0, 100)
})
let seen = 0
let sum = 0
timed('visit the first snapshot', () =>
  snapshot.visit(10, (_bytes, _keyStart, _keyEnd, _valueStart, _valueEnd, _kind, _expiresAt, collection) => {
    const cursor = collection!.cursor()
    while (cursor.next()) {
      seen++
      sum += cursor.valueEnd - cursor.valueStart
    }
  }),
)
if (seen !== fields || sum !== 100 * fields) throw new Error(`the snapshot shows ${seen} fields of ${sum} bytes`)
snapshot.close()
second.close()
timed('delete the hash', () => keySpace.delete(key, 0, key.length))
let slices = 0
let longest = 0
const begin = performance.now()
for (let hasMore = true; hasMore; slices++) {
  const start = performance.now()
  hasMore = keySpace.compact(1)
  longest = Math.max(longest, performance.now() - start)
}
console.log(
  `free it: ${(performance.now() - begin).toFixed(0)} ms in ${slices} slices, the longest ${longest.toFixed(2)} ms, ` +
    `${keySpace.usedMemory} bytes used, ${keySpace.allocatedMemory} allocated`,
)
