/**
 * The key space's rates and memory on one core: `node keyspace.bench.ts [keys]`. Keys of 16 bytes in random order,
 * values of 100 bytes; the keys lie in one buffer, as a client's commands do.
 */
import { PerformanceObserver } from 'node:perf_hooks'
import { Digest } from '../digest/digest.ts'
import { KeySpace } from './key-space.ts'

const KEY_BYTES = 16
const OPERATIONS_PER_SLICE = 1000
const keys = Number(process.argv[2] ?? 1_000_000)
const names = Buffer.alloc(KEY_BYTES * keys)
/** Where each key begins in `names`, shuffled. */
const order = new Uint32Array(keys)
for (let i = 0; i < keys; i++) {
  names.write(`key:${String(i).padStart(12, '0')}`, i * KEY_BYTES, 'latin1')
  const j = Math.floor(Math.random() * (i + 1))
  order[i] = order[j]!
  order[j] = i * KEY_BYTES
}
const value = Buffer.alloc(100, 'x')
const expired = Date.now() - 1
const keySpace = new KeySpace()

let collections: number[] = []
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) collections.push(entry.duration)
}).observe({ entryTypes: ['gc'] })

/** Calls `operation` with the start of each key in turn. */
async function measure(label: string, operation: (keyStart: number) => void): Promise<void> {
  collections = []
  let elapsed = 0
  let longest = 0
  for (let done = 0; done < keys; ) {
    const begin = performance.now()
    for (const end = Math.min(keys, done + OPERATIONS_PER_SLICE); done < end; done++) operation(order[done]!)
    const time = performance.now() - begin
    elapsed += time
    longest = Math.max(longest, time)
    await new Promise(setImmediate)
  }
  const gc = `${collections.length} collections, the longest ${Math.max(0, ...collections).toFixed(1)} ms`
  const rate = (keys / elapsed / 1000).toFixed(2)
  console.log(`${label.padEnd(32)} ${rate} M/s; the slowest thousand ${longest.toFixed(1)} ms; ${gc}`)
}

/** Runs `slice` until it has nothing more to do. */
function measureSlices(label: string, slice: () => boolean): void {
  const begin = performance.now()
  let longest = 0
  for (let more = true; more; ) {
    const sliceBegin = performance.now()
    more = slice()
    longest = Math.max(longest, performance.now() - sliceBegin)
  }
  const elapsed = performance.now() - begin
  console.log(`${label.padEnd(32)} ${elapsed.toFixed(0)} ms; the longest slice ${longest.toFixed(1)} ms`)
}

function reportMemory(): void {
  const perKey = (bytes: number) => (bytes / keySpace.size).toFixed(1)
  const { usedMemory, allocatedMemory, size } = keySpace
  console.log(`${size} keys, bytes for each: ${perKey(usedMemory)} used, ${perKey(allocatedMemory)} allocated`)
}

const set = (at: number) => {
  keySpace.set(names, at, at + KEY_BYTES, value, 0, value.length, 0)
}
let checksum = 0
const get = (at: number) => {
  const address = keySpace.find(names, at, at + KEY_BYTES)
  checksum += keySpace.bytesAt(address)[keySpace.valueStart(address)]!
}

await measure('set, new keys', set)
reportMemory()
await measure('set, in place', set)
await measure('get', get)
for (const name of ['first', 'second']) {
  const begin = performance.now()
  const snapshot = keySpace.openSnapshot()
  console.log(`open the ${name} snapshot`.padEnd(32), ((performance.now() - begin) * 1000).toFixed(0), 'µs')
  await measure('set, a snapshot open', set)
  await measure('set again, a snapshot open', set)
  const digest = new Digest()
  if (name === 'first') measureSlices('digest the snapshot', () => snapshot.visit(1000, digest.add.bind(digest)))
  else measureSlices('visit the snapshot', () => snapshot.visit(1000, (bytes, start) => (checksum += bytes[start]!)))
  snapshot.close()
}
let turn = 0
await measure('set, with an expiry for some', (at) => {
  keySpace.set(names, at, at + KEY_BYTES, value, 0, value.length, turn++ % 3 === 0 ? expired : 0)
})
reportMemory()
measureSlices('compact', () => keySpace.compact(1))
reportMemory()
measureSlices('sweep a third of all keys', () =>
  keySpace.sweepExpired(Date.now(), 1, (address) => {
    const start = keySpace.keyStart(address)
    keySpace.delete(keySpace.bytesAt(address), start, start + KEY_BYTES)
  }),
)
measureSlices('compact', () => keySpace.compact(1))
reportMemory()
await measure('delete, two thirds are there', (at) => {
  keySpace.delete(names, at, at + KEY_BYTES)
})
if (keySpace.size !== 0 || checksum === 0) throw new Error(`${keySpace.size} keys are left`)
