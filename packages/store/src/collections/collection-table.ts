import { ElementsDigest } from '../digest/elements-digest.ts'
import { halfSipHash13 } from '../keyspace/half-sip-hash.ts'
import type { RecordLog } from '../keyspace/record-log.ts'
import type { CompactLimits } from './compact-limits.ts'
import type { LargeCollection } from './large-collection.ts'

/** Elements that are freed between two looks at the clock: some 20 µs. */
const FREED_PER_LOOK = 256

/**
 * The large collections of one key space. A key's record holds a collection's *handle*; an element's record holds the
 * *owner*, which stays the same when a collection is forked. So a snapshot finds by a handle what it saw, and
 * compaction finds by an owner the one collection that may be written.
 */
export class CollectionTable {
  readonly log: RecordLog
  /** Up to where collections stay compact. */
  readonly limits: CompactLimits
  readonly #hashKey0: number
  readonly #hashKey1: number
  /** By handle, those that only snapshots see among them. Handle 0 is none. */
  readonly #byHandle: (LargeCollection | undefined)[] = [undefined]
  readonly #freeHandles: number[] = []
  /** By owner, those that are being freed among them. Owner 0 is none. */
  readonly #byOwner: (LargeCollection | undefined)[] = [undefined]
  readonly #freeOwners: number[] = []
  /** No longer in the key space, with elements that are still to be freed. */
  #dying: LargeCollection[] = []
  #keepsDigests = false
  /** Counts how often keeping has begun. */
  #digestGeneration = 0

  constructor(log: RecordLog, hashKey0: number, hashKey1: number, limits: CompactLimits) {
    this.log = log
    this.#hashKey0 = hashKey0
    this.#hashKey1 = hashKey1
    this.limits = limits
  }

  /** The hash of an element's key, as its index takes it. */
  hash(bytes: Uint8Array, start: number, end: number): number {
    return halfSipHash13(this.#hashKey0, this.#hashKey1, bytes, start, end)
  }

  /** The collection that a handle in a record stands for. */
  at(handle: number): LargeCollection {
    const collection = this.#byHandle[handle]
    if (collection === undefined) throw new Error(`no collection has the handle ${handle}`)
    return collection
  }

  /** The collection that an element with this owner belongs to. */
  ownedBy(owner: number): LargeCollection {
    const collection = this.#byOwner[owner]
    if (collection === undefined) throw new Error(`no collection is the owner ${owner}`)
    return collection
  }

  /** Bytes of all collections beside their records. */
  get bytes(): number {
    return this.#byOwner.reduce((sum, collection) => sum + (collection?.bytes ?? 0), 0)
  }

  /** Whether an open snapshot may see the collection, so that it must not be written. */
  isSealed(collection: LargeCollection): boolean {
    return collection.epoch <= this.log.sealedEpoch
  }

  /** Begins to keep the digests of all collections, or ends it. Those that nothing is written to stay known. */
  keepDigests(areKept: boolean): void {
    this.#keepsDigests = areKept
    if (areKept) this.#digestGeneration++
  }

  get keepsDigests(): boolean {
    return this.#keepsDigests
  }

  /** Only for LargeCollection: the digest that one without elements begins with. */
  digestOfNone(): ElementsDigest | null {
    return this.#keepsDigests ? new ElementsDigest(this.#digestGeneration, true) : null
  }

  /** Only for KeySpace: the collection, which is sealed no more, is about to be written. */
  beginWrite(collection: LargeCollection): void {
    if (!this.#keepsDigests) collection.digest = null
    else if (!this.#hasPresentDigest(collection)) {
      collection.digest = new ElementsDigest(this.#digestGeneration, false)
    }
  }

  /**
   * Whether digests are kept and that of a collection is not known: for one that a snapshot sees, that of what it has
   * become since.
   */
  lacksDigest(seen: LargeCollection): boolean {
    const present = this.#byOwner[seen.owner]
    return this.#keepsDigests && present !== undefined && present.digest?.isComplete !== true
  }

  /** The digest of a collection that lacks it, as a snapshot sees it that was opened when keeping began. */
  completeDigest(seen: LargeCollection, elements: Int32Array): void {
    if (!this.lacksDigest(seen)) return
    const present = this.ownedBy(seen.owner)
    if (!this.#hasPresentDigest(present)) present.digest = new ElementsDigest(this.#digestGeneration, false)
    present.digest?.complete(elements)
  }

  /** Only for LargeCollection: an owner for a new collection, or that of its origin, which it takes over. */
  claim(collection: LargeCollection, origin: LargeCollection | null): number {
    const owner = origin?.owner ?? this.#freeOwners.pop() ?? this.#byOwner.length
    this.#byOwner[owner] = collection
    return owner
  }

  /** Only for KeySpace: a handle for a collection that a record is about to hold. */
  enter(collection: LargeCollection): number {
    collection.handle = this.#freeHandles.pop() ?? this.#byHandle.length
    this.#byHandle[collection.handle] = collection
    return collection.handle
  }

  /**
   * Only for KeySpace: no live record holds the handle any more. Snapshots may still. Unless a fork has taken its place, the collection's
   * elements are freed by and by.
   */
  drop(handle: number): void {
    const collection = this.at(handle)
    this.#retire(handle, collection)
    if (this.#byOwner[collection.owner] === collection) this.discard(collection)
  }

  /** Frees by and by a collection that is in no record: its making was given up, or it has been dropped. */
  discard(collection: LargeCollection): void {
    // Compaction may still write to it, so the one that snapshots see stays apart.
    this.#dying.push(this.isSealed(collection) ? collection.fork() : collection)
  }

  /** Only for KeySpace: forgets all collections, whose records have all died at once. */
  clear(): void {
    for (let handle = 1; handle < this.#byHandle.length; handle++) {
      const collection = this.#byHandle[handle]
      // Those whose owner is another one have been retired before.
      if (collection !== undefined && this.#byOwner[collection.owner] === collection) this.#retire(handle, collection)
    }
    this.#byOwner.length = 1
    this.#freeOwners.length = 0
    this.#dying = []
  }

  /**
   * Frees elements of dropped collections until `deadline` (a value of performance.now()).
   * @returns whether there is more to do
   */
  freeUntil(deadline: number): boolean {
    for (;;) {
      const collection = this.#dying.at(-1)
      if (collection === undefined) return false
      while (collection.free(FREED_PER_LOOK)) if (performance.now() >= deadline) return true
      this.#dying.pop()
      this.#byOwner[collection.owner] = undefined
      this.#freeOwners.push(collection.owner)
    }
  }

  /** One that was left incomplete is of no use in the next keeping. */
  #hasPresentDigest({ digest }: LargeCollection): boolean {
    return digest !== null && (digest.isComplete || digest.generation === this.#digestGeneration)
  }

  #retire(handle: number, collection: LargeCollection): void {
    this.log.whenUnseen(collection.epoch, () => {
      this.#byHandle[handle] = undefined
      this.#freeHandles.push(handle)
    })
  }
}
