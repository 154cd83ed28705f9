import type { Address } from '../keyspace/arena.ts'
import type { KeySpace } from '../keyspace/key-space.ts'
import { isLargeKind, typeOfKind, VALUE_TYPE_STRING } from '../keyspace/value-type.ts'
import { digestCompact, updateCompact } from './compact-elements.ts'
import { Digest } from './digest.ts'
import { DIGEST_LANES } from './digest-lanes.ts'
import { ElementsCache } from './elements-cache.ts'
import { finishRecordHash, hashKey, hashStringRecord } from './record-hash.ts'

const hash = new Int32Array(DIGEST_LANES)

/**
 * The digest of the records of one key space, kept while they are written: what a write replaces is taken out and what
 * it puts in its place is added. Of a large collection the digest of the elements is known (see ElementsDigest), so it
 * costs the same whatever its size; of a compact one those elements are hashed that the write has changed.
 *
 * It may begin on a key space that is full: then it is the difference since then, until `complete` says what was there.
 */
export class RunningDigest {
  readonly #keySpace: KeySpace
  #records = new Digest()
  #isComplete: boolean
  /** A record whose value is being written where it is; it counts again when the next thing happens. */
  #pending: Address = 0
  /** Made when it is first wanted. */
  #cache: ElementsCache | null = null
  /** The digest of the elements of the collection that was removed last, or that is added next. */
  readonly #elements = new Int32Array(DIGEST_LANES)
  /** Whether it is that of the compact collection that is added next. */
  #isForeseen = false

  constructor(keySpace: KeySpace, isComplete: boolean) {
    this.#keySpace = keySpace
    this.#isComplete = isComplete
  }

  /** Whether it is of all records, and not only of those written since it began. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  /** The digest of the records up to this moment; a later write changes it. */
  get records(): Digest {
    this.settle()
    return this.#records
  }

  /** Adds what was there when it began, read from a snapshot of that moment, unless all of that has been cleared. */
  complete(records: Digest): void {
    if (this.#isComplete) return
    this.#records.addAll(records)
    this.#isComplete = true
  }

  /** Puts in a record that has been written. */
  add(address: Address): void {
    this.#hash(address)
    this.#records.addHash(hash)
    this.#isForeseen = false
  }

  /** Takes out a record (0 for none) that is about to change or to go. */
  remove(address: Address): void {
    this.settle()
    if (address === 0) return
    this.#hash(address)
    this.#records.removeHash(hash)
    this.#cache?.delete(address)
  }

  /** Takes out a record whose value is going to be the same when it is added again. */
  removeForNow(address: Address): void {
    this.remove(address)
    this.#isForeseen = this.#isCompactCollection(this.#keySpace.kindOf(address))
  }

  /** Takes out a record whose value is going to be written where it is. */
  removeWhileWritten(address: Address): void {
    this.remove(address)
    this.#pending = address
  }

  /** Takes out a record (0 for none) that value[valueStart…) of that kind is about to replace; `add` comes next. */
  removeReplaced(address: Address, kind: number, value: Uint8Array, valueStart: number): void {
    this.remove(address)
    if (!this.#isCompactCollection(kind)) return
    const block = Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.length)
    const keySpace = this.#keySpace
    if (address !== 0 && keySpace.kindOf(address) === kind) {
      updateCompact(kind, keySpace.bytesAt(address), keySpace.valueStart(address), block, valueStart, this.#elements)
    } else {
      digestCompact(kind, block, valueStart, this.#elements)
    }
    this.#isForeseen = true
  }

  /** The record at `from` has been copied to `to`, and dies. */
  relocate(from: Address, to: Address): void {
    const cache = this.#cache
    if (cache === null || !cache.read(from, this.#elements)) return
    cache.delete(from)
    cache.write(to, this.#elements)
  }

  /** What was being written is what it is now. */
  settle(): void {
    const pending = this.#pending
    if (pending === 0) return
    this.#pending = 0
    this.add(pending)
  }

  /** Forgets all records. */
  clear(): void {
    this.#records = new Digest()
    this.#isComplete = true
    this.#pending = 0
    this.#cache?.clear()
  }

  #isCompactCollection(kind: number): boolean {
    return !isLargeKind(kind) && typeOfKind(kind) !== VALUE_TYPE_STRING
  }

  /** The hash of a record into `hash`, and where it is a compact collection the digest of its elements into #elements. */
  #hash(address: Address): void {
    const keySpace = this.#keySpace
    const kind = keySpace.kindOf(address)
    const type = typeOfKind(kind)
    const bytes = keySpace.bytesAt(address)
    const start = keySpace.keyStart(address)
    const end = start + keySpace.keyLength(address)
    const expiresAt = keySpace.expiresAt(address)
    if (type === VALUE_TYPE_STRING) {
      hashStringRecord(bytes, start, end, end, end + keySpace.valueLength(address), expiresAt, hash)
      return
    }
    let elements: Int32Array = this.#elements
    if (isLargeKind(kind)) {
      elements = keySpace.collectionAt(address).knownElements
    } else {
      this.#cache ??= new ElementsCache()
      const cache = this.#cache
      if (!this.#isForeseen && !cache.read(address, elements)) digestCompact(kind, bytes, end, elements)
      cache.write(address, elements)
    }
    hashKey(bytes, start, end, type, expiresAt, hash)
    finishRecordHash(elements, hash)
  }
}
