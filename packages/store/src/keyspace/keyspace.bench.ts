/**
 * The key space's rates and its memory on one core: `node keyspace.bench.ts [keys]`. Random keys of 16 bytes, values
 * of 100 bytes; the keys lie in one buffer, as a client's commands do.
 */
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks'
import { KeySpace } from './key-space.ts'

const KEY_BYTES = 16
const keys = Number(process.argv[2] ?? 1_000_000)
const names = Buffer.alloc(KEY_BYTES * keys)
for (let i = 0; i < keys; i++) names.write(`key:${String(i).padStart(12, '0')}`, i * KEY_BYTES, 'latin1')
const value = Buffer.alloc(100, 'x')
const keySpace = new KeySpace()

let collections = 0
let collectionTime = 0
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    collections++
    collectionTime += entry.duration
  }
}).observe({ entryTypes: ['gc'] })

/** Runs `operation` once per turn of the loop on the start of a key; a random order that is the same each time. */
async function measure(label: string, operation: (keyStart: number) => void, count = keys): Promise<void> {
  collections = 0
  collectionTime = 0
  let state = 12345
  let longest = 0
  let elapsed = 0
  for (let done = 0; done < count; ) {
    const begin = performance.now()
    for (const end = Math.min(count, done + 1000); done < end; done++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      operation(KEY_BYTES * Math.floor((state / 2 ** 32) * keys))
    }
    const time = performance.now() - begin
    elapsed += time
    longest = Math.max(longest, time)
    if (done % 100_000 === 0) await new Promise(setImmediate)
  }
  const rate = (count / elapsed / 1000).toFixed(2)
  const gc = `${collections} collections, ${collectionTime.toFixed(1)} ms`
  console.log(`${label.padEnd(34)} ${rate} M/s, longest 1000: ${longest.toFixed(2)} ms, ${gc}`)
}

const set = (at: number) => void keySpace.set(names, at, at + KEY_BYTES, value, 0, value.length, 0)
const get = (at: number) => {
  const address = keySpace.find(names, at, at + KEY_BYTES)
  if (address !== 0) checksum += keySpace.bytesAt(address)[keySpace.valueStart(address)]!
}
let checksum = 0
const delay = monitorEventLoopDelay({ resolution: 1 })
delay.enable()

await measure('set, random, from empty', set)
await measure('set, random, in place', set)
await measure('get, random', get, 2 * keys)
for (let i = 0; i < keys; i++) set(i * KEY_BYTES)
const perKey = (bytes: number) => (bytes / keySpace.size).toFixed(1)
console.log(
  `bytes for each of ${keySpace.size} keys: ${perKey(keySpace.usedMemory)} used, ${perKey(keySpace.allocatedMemory)} allocated`,
)

const begin = performance.now()
const snapshot = keySpace.openSnapshot()
console.log(`open a snapshot: ${((performance.now() - begin) * 1000).toFixed(0)} µs`)
await measure('set, random, with a snapshot open', set)
const visiting = performance.now()
let bytes = 0
while (
  snapshot.visit(
    1000,
    (_, keyStart, keyEnd, valueStart, valueEnd) => (bytes += keyEnd - keyStart + valueEnd - valueStart),
  )
);
console.log(
  `visit the snapshot: ${(snapshot.size / (performance.now() - visiting) / 1000).toFixed(2)} M records/s, ${bytes} bytes`,
)
snapshot.close()
await measure('set, random, after it is closed', set)

const expiry = Date.now() - 1
await measure('set with an expiry, random', (at) => void keySpace.set(names, at, at + KEY_BYTES, value, 0, 100, expiry))
let slices = 0
const compacting = performance.now()
while (keySpace.compact(1)) slices++
console.log(
  `compact: ${(performance.now() - compacting).toFixed(0)} ms in ${slices} slices, ${perKey(keySpace.allocatedMemory)} bytes allocated per key`,
)
const sweeping = performance.now()
let expired = 0
slices = 0
do slices++
while (
  keySpace.sweepExpired(Date.now(), 1, (address) => {
    const start = keySpace.keyStart(address)
    expired += Number(keySpace.delete(keySpace.bytesAt(address), start, start + KEY_BYTES))
  })
)
console.log(
  `sweep: ${expired} expired in ${(performance.now() - sweeping).toFixed(0)} ms in ${slices} slices, ${keySpace.size} left`,
)
await measure('delete, random', (at) => void keySpace.delete(names, at, at + KEY_BYTES))
console.log(`event loop delay: at most ${(delay.max / 1e6).toFixed(1)} ms; checksum ${checksum}`)
