import type { LargeCollection } from '../collections/large-collection.ts'
import type { ValueCursor } from '../collections/value-cursor.ts'
import { openValue } from '../collections/value-reader.ts'
import type { KeySpaceSnapshot } from './key-space-snapshot.ts'
import { murmur3 } from './murmur3.ts'
import { typeOfKind, VALUE_TYPE_HASH, VALUE_TYPE_LIST, VALUE_TYPE_SORTED_SET, VALUE_TYPE_STRING } from './value-type.ts'

const DIGEST_LANES = 4
/** Records that are digested at a time: at most some 300 µs where they are small. */
const RECORDS_PER_SLICE = 1000
/** Elements of a large collection that are digested at a time. */
const ELEMENTS_PER_SLICE = 1000

/** The hash of the record that is being added or removed. */
const recordLanes = new Int32Array(DIGEST_LANES)
/** The hash of one of its elements. */
const elementLanes = new Int32Array(DIGEST_LANES)
/** What of a record is a number: its type, its key's length (where key and value part) and its expiry. */
const numbers = new Float64Array(3)
const numberBytes = new Uint8Array(numbers.buffer)

/**
 * The beginning of a record's digest into `lanes`: Murmur3 of type, expiry and key. Not keyed, so that it is the same
 * on every node: it finds errors, and not an attacker who looks for collisions.
 */
function digestHead(
  bytes: Uint8Array,
  keyStart: number,
  keyEnd: number,
  kind: number,
  expiresAt: number,
  lanes: Int32Array,
): void {
  // The type alone: how a value is encoded is each node's own affair.
  numbers[0] = typeOfKind(kind)
  numbers[1] = expiresAt
  numbers[2] = keyEnd - keyStart
  lanes.fill(0)
  murmur3(numberBytes, 0, numberBytes.length, lanes)
  murmur3(bytes, keyStart, keyEnd, lanes)
}

/** The digest of the elements of one collection, a slice at a time: the same for the same content in any encoding. */
class ElementsDigest {
  readonly #cursor: ValueCursor
  readonly #type: number
  /** For a list the hash of the items so far, which their order changes; else the sum of the elements' hashes. */
  readonly #lanes = new Int32Array(DIGEST_LANES)

  constructor(cursor: ValueCursor, type: number) {
    this.#cursor = cursor
    this.#type = type
  }

  /** Digests about `count` elements more; false at the end. */
  advance(count: number): boolean {
    const cursor = this.#cursor
    const lanes = this.#lanes
    const isOrdered = this.#type === VALUE_TYPE_LIST
    for (let i = 0; i < count; i++) {
      if (!cursor.next()) return false
      numbers[0] = cursor.end - cursor.start
      // 0 and -0 are the same score.
      numbers[1] = this.#type === VALUE_TYPE_SORTED_SET ? cursor.score + 0 : 0
      numbers[2] = 0
      const target = isOrdered ? lanes : elementLanes
      if (!isOrdered) elementLanes.fill(0)
      murmur3(numberBytes, 0, numberBytes.length, target)
      murmur3(cursor.bytes, cursor.start, cursor.end, target)
      if (this.#type === VALUE_TYPE_HASH) murmur3(cursor.valueBytes, cursor.valueStart, cursor.valueEnd, target)
      if (!isOrdered) for (let lane = 0; lane < DIGEST_LANES; lane++) lanes[lane]! += elementLanes[lane]!
    }
    return true
  }

  get lanes(): Int32Array<ArrayBuffer> {
    return this.#lanes
  }
}

/** Completes the digest of a record whose head has been digested into `lanes` by that of its elements. */
function finishRecord(elements: Int32Array<ArrayBuffer>, lanes: Int32Array): void {
  const bytes = new Uint8Array(elements.buffer)
  murmur3(bytes, 0, bytes.length, lanes)
}

/** The digest of one record into recordLanes. */
function digestRecord(
  bytes: Buffer,
  keyStart: number,
  keyEnd: number,
  valueStart: number,
  valueEnd: number,
  kind: number,
  expiresAt: number,
  collection: LargeCollection | null,
): void {
  digestHead(bytes, keyStart, keyEnd, kind, expiresAt, recordLanes)
  const type = typeOfKind(kind)
  if (type === VALUE_TYPE_STRING) {
    murmur3(bytes, valueStart, valueEnd, recordLanes)
    return
  }
  const elements = new ElementsDigest(openValue(bytes, valueStart, valueEnd, kind, collection), type)
  while (elements.advance(ELEMENTS_PER_SLICE));
  finishRecord(elements.lanes, recordLanes)
}

/**
 * A digest of 128 bits of any number of records, in whatever order they come: the sum of their hashes, in each of
 * four lanes. So a record that changes is taken out and put in again, in constant time.
 */
export class Digest {
  readonly #lanes = new Int32Array(DIGEST_LANES)

  /** Puts a record in: what a {@link RecordVisitor} is called with. */
  add(
    bytes: Buffer,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
    kind: number,
    expiresAt: number,
    collection: LargeCollection | null = null,
  ): void {
    digestRecord(bytes, keyStart, keyEnd, valueStart, valueEnd, kind, expiresAt, collection)
    this.addHash(recordLanes)
  }

  /** Takes a record out that was put in. */
  remove(
    bytes: Buffer,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
    kind: number,
    expiresAt: number,
    collection: LargeCollection | null = null,
  ): void {
    digestRecord(bytes, keyStart, keyEnd, valueStart, valueEnd, kind, expiresAt, collection)
    for (let lane = 0; lane < DIGEST_LANES; lane++) this.#lanes[lane]! -= recordLanes[lane]!
  }

  /** Puts a record in whose hash is known. */
  addHash(lanes: Int32Array): void {
    for (let lane = 0; lane < DIGEST_LANES; lane++) this.#lanes[lane]! += lanes[lane]!
  }

  /** Puts in whatever another digest is of. */
  addAll(other: Digest): void {
    this.addHash(other.#lanes)
  }

  /** 32 hexadecimal digits; zeros for no records. */
  toString(): string {
    return Array.from(this.#lanes, (lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('')
  }
}

/** Which records of a snapshot a digest is of. */
export interface DigestedRecords {
  readonly strings: boolean
  readonly collections: boolean
  /**
   * Whether what was worked out for a large collection before is believed, as long as no command has written to it.
   * Without, every element is read again: only that finds memory that has changed by itself.
   */
  readonly trustsKeptDigests: boolean
}

const EVERY_RECORD: DigestedRecords = { strings: true, collections: true, trustsKeptDigests: false }

/** Digests what remains to be visited of a snapshot, in slices, one for each turn of the event loop. */
export async function digestSnapshot(snapshot: KeySpaceSnapshot): Promise<Digest> {
  return (await digestRecords(snapshot, EVERY_RECORD)).digest
}

/**
 * The same for some of the records; also counts the collections, whether they are digested or not.
 * @param isGivenUp asked after each slice: nobody wants the result any more
 */
export async function digestRecords(
  snapshot: KeySpaceSnapshot,
  { strings, collections, trustsKeptDigests }: DigestedRecords,
  isGivenUp: () => boolean = () => false,
): Promise<{ digest: Digest; collections: number }> {
  const digest = new Digest()
  const largeLanes = new Int32Array(DIGEST_LANES)
  /** The large collection at which the visit was stopped. */
  let large: LargeCollection | null = null
  let count = 0
  let hasMore = true
  while (hasMore && !isGivenUp()) {
    let elements = 0
    hasMore = snapshot.visit(
      RECORDS_PER_SLICE,
      (bytes, keyStart, keyEnd, valueStart, valueEnd, kind, expiresAt, collection) => {
        if (typeOfKind(kind) === VALUE_TYPE_STRING) {
          if (strings) digest.add(bytes, keyStart, keyEnd, valueStart, valueEnd, kind, expiresAt)
          return true
        }
        count++
        if (!collections) return true
        if (collection === null || collection.size <= ELEMENTS_PER_SLICE) {
          digest.add(bytes, keyStart, keyEnd, valueStart, valueEnd, kind, expiresAt, collection)
          // About as long as so many elements take.
          elements += collection?.size ?? (valueEnd - valueStart) >>> 4
          return elements < ELEMENTS_PER_SLICE
        }
        digestHead(bytes, keyStart, keyEnd, kind, expiresAt, largeLanes)
        large = collection
        return false
      },
    )
    await digestLarge(large, largeLanes, digest, trustsKeptDigests)
    large = null
    await new Promise(setImmediate)
  }
  return { digest, collections: count }
}

async function digestLarge(
  collection: LargeCollection | null,
  lanes: Int32Array,
  digest: Digest,
  trustsKeptDigests: boolean,
): Promise<void> {
  if (collection === null) return
  let elements = trustsKeptDigests ? collection.keptDigest : null
  if (elements === null) {
    const large = new ElementsDigest(collection.cursor(), collection.type)
    while (large.advance(ELEMENTS_PER_SLICE)) await new Promise(setImmediate)
    elements = large.lanes
    collection.keptDigest = elements
  }
  finishRecord(elements, lanes)
  digest.addHash(lanes)
}
