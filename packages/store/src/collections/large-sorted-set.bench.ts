/**
 * What a large sorted set takes and what writing it costs, alone and while a snapshot is open.
 * Run: `node --expose-gc packages/store/src/collections/large-sorted-set.bench.ts`
 */
import { KeySpace } from '../keyspace/key-space.ts'
import { LargeSortedSet } from './large-sorted-set.ts'

const SIZE = 1_000_000
const WRITES = 200_000

const key = Buffer.from('key')
const member = Buffer.alloc(16)

function nameMember(i: number): void {
  member.write(`member:${String(i).padStart(9, '0')}`, 'latin1')
}

function report(name: string, elapsed: number, count: number): void {
  console.log(`${name.padEnd(46)} ${Math.round(count / (elapsed / 1000)).toLocaleString('en')}/s`)
}

function measure(name: string, count: number, each: (i: number) => void): void {
  const start = performance.now()
  for (let i = 0; i < count; i++) each(i)
  report(name, performance.now() - start, count)
}

const random = (limit: number) => Math.floor(Math.random() * limit)

globalThis.gc?.()
const before = process.memoryUsage()
const keySpace = new KeySpace()
let set = new LargeSortedSet(keySpace.collections)
measure('insert, scores at random', SIZE, (i) => {
  nameMember(i)
  set.insert(member, 0, 16, random(1e9))
})
keySpace.setCollection(key, 0, 3, set, 0)
globalThis.gc?.()
const after = process.memoryUsage()
const bytes = after.rss - before.rss
console.log(
  `${SIZE} members of 16 bytes: ${(bytes / SIZE).toFixed(1)} bytes each by RSS, ` +
    `${(keySpace.usedMemory / SIZE).toFixed(1)} by its own account, ${(set.bytes / SIZE).toFixed(1)} beside records`,
)

measure('score of a member', SIZE, () => {
  nameMember(random(SIZE))
  set.scoreOf(member, 0, 16)
})
measure('rank of a member', WRITES, () => {
  nameMember(random(SIZE))
  set.rankOf(member, 0, 16)
})
measure('member by rank', WRITES, () => set.moveTo(random(SIZE)))

function write(): void {
  nameMember(random(SIZE))
  const writable = keySpace.writableCollectionAt(keySpace.find(key, 0, 3))
  if (!(writable instanceof LargeSortedSet)) throw new Error('no sorted set')
  set = writable
  const score = set.scoreOf(member, 0, 16)
  set.move(member, 0, 16, score, random(1e9))
}
/** Measures single writes, and says how long the first and the longest took. */
function measureWrites(name: string): void {
  const elapsed = new Float64Array(WRITES)
  measure(name, WRITES, (i) => {
    const start = performance.now()
    write()
    elapsed[i] = performance.now() - start
  })
  const first = elapsed[0]!
  elapsed.sort().reverse()
  const slow = elapsed.filter((time) => time > 1).length
  const longest = Array.from(elapsed.subarray(0, 4), (time) => time.toFixed(2))
  console.log(`  the first took ${first.toFixed(3)} ms, the longest ${longest.join(', ')} ms, ${slow} more than 1 ms`)
}

measureWrites('move to another score')
const snapshot = keySpace.openSnapshot()
measureWrites('move to another score, with a snapshot open')

let elements = 0
let isSorted = true
snapshot.visit(1, (_bytes, _keyStart, _keyEnd, _valueStart, _valueEnd, _kind, _expiresAt, collection) => {
  const cursor = collection!.cursor()
  let previous = Number.NEGATIVE_INFINITY
  while (cursor.next()) {
    elements++
    isSorted &&= cursor.score >= previous
    previous = cursor.score
  }
})
console.log(`the snapshot shows ${elements} elements, ${isSorted ? 'in order' : 'OUT OF ORDER'}`)
snapshot.close()

let longestSlice = 0
const freeing = performance.now()
keySpace.delete(key, 0, 3)
const deleted = performance.now() - freeing
for (let more = true; more; ) {
  const start = performance.now()
  more = keySpace.compact(1)
  longestSlice = Math.max(longestSlice, performance.now() - start)
}
console.log(
  `deleting it took ${deleted.toFixed(3)} ms, freeing its memory ${(performance.now() - freeing).toFixed(0)} ms`,
)
console.log(`in slices of at most ${longestSlice.toFixed(1)} ms; ${keySpace.usedMemory} bytes are left in use`)
