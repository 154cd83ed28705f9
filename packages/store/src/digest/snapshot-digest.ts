import type { KeySpace } from '../keyspace/key-space.ts'
import type { KeySpaceSnapshot, RecordVisitor } from '../keyspace/key-space-snapshot.ts'
import { typeOfKind, VALUE_TYPE_STRING } from '../keyspace/value-type.ts'
import { Digest } from './digest.ts'
import { DIGEST_LANES } from './digest-lanes.ts'
import { ElementsReader, type ElementsReading } from './elements-reader.ts'
import { finishRecordHash, hashKey } from './record-hash.ts'

/** Records that are visited at a time: at most some 300 µs where they are small. */
const RECORDS_PER_SLICE = 1000
/** Elements of collections that are read at a time. */
const ELEMENTS_PER_SLICE = 1000
/** About what an element of a compact collection takes, from which is guessed how many there are. */
const COMPACT_ELEMENT_BYTES = 16

const NEVER = () => false

/** Reading a large collection, which takes more than one slice. */
interface LargeReading {
  readonly elements: ElementsReading
  /** Called with the digest of its elements. */
  onRead(elements: Int32Array): void
}

/** Returns how many elements have been read for a record, or what is to be read before the next one. */
type Reader = (...record: Parameters<RecordVisitor>) => number | LargeReading

/** The digest of what remains to be visited of a snapshot: every byte is read, a slice in each turn of the event loop. */
export async function digestSnapshot(snapshot: KeySpaceSnapshot): Promise<Digest> {
  const digest = new Digest()
  await readInSlices(snapshot, NEVER, (bytes, keyStart, keyEnd, valueStart, valueEnd, kind, expiresAt, collection) => {
    if (collection === null || collection.size <= ELEMENTS_PER_SLICE) {
      digest.add(bytes, keyStart, keyEnd, valueStart, valueEnd, kind, expiresAt, collection)
      return collection?.size ?? compactElements(kind, valueEnd - valueStart)
    }
    const hash = new Int32Array(DIGEST_LANES)
    hashKey(bytes, keyStart, keyEnd, collection.type, expiresAt, hash)
    return {
      // What the collection itself says of its elements is not believed.
      elements: new ElementsReader(collection.cursor(), collection.type),
      onRead(elements) {
        finishRecordHash(elements, hash)
        digest.addHash(hash)
      },
    }
  })
  return digest
}

/**
 * Begins to keep the digest of a key space, and reads what is there, a slice in each turn of the event loop, while
 * writes go on: first the elements of large collections that are not known, so that the hash of every record is known
 * at once from then on, and then the records. Settles when the digest is complete, or nobody wants it any more.
 * @param isGivenUp asked after each slice
 */
export async function beginDigest(keySpace: KeySpace, isGivenUp: () => boolean): Promise<void> {
  keySpace.keepDigest(true)
  // There was nothing, or all of it has been cleared.
  const isComplete = () => isGivenUp() || keySpace.digest !== null
  if (isComplete()) return
  await withSnapshot(keySpace, (snapshot) => readCollections(keySpace, snapshot, isComplete))
  if (isComplete()) return
  const digest = keySpace.countRecords()
  const isOver = () => isGivenUp() || digest.isComplete
  await withSnapshot(keySpace, async (snapshot) => {
    const records = new Digest()
    if (await digestKnown(snapshot, records, isOver)) digest.complete(records)
  })
}

async function withSnapshot<Result>(
  keySpace: KeySpace,
  use: (snapshot: KeySpaceSnapshot) => Promise<Result>,
): Promise<Result> {
  using snapshot = keySpace.openSnapshot()
  return await use(snapshot)
}

/** Completes the digests of large collections; whether to the end. */
function readCollections(
  { collections }: KeySpace,
  snapshot: KeySpaceSnapshot,
  isOver: () => boolean,
): Promise<boolean> {
  return readInSlices(snapshot, isOver, (_bytes, _keyStart, _keyEnd, _start, _end, _kind, _expiresAt, collection) => {
    if (collection === null || !collections.lacksDigest(collection)) return 0
    const elements = collection.readElements()
    if (collection.size > ELEMENTS_PER_SLICE) {
      return { elements, onRead: (lanes) => collections.completeDigest(collection, lanes) }
    }
    elements.advance(Number.POSITIVE_INFINITY)
    collections.completeDigest(collection, elements.lanes)
    return collection.size
  })
}

/** Adds all records; large collections with what is known of their elements. Whether to the end. */
function digestKnown(snapshot: KeySpaceSnapshot, digest: Digest, isOver: () => boolean): Promise<boolean> {
  const hash = new Int32Array(DIGEST_LANES)
  return readInSlices(
    snapshot,
    isOver,
    (bytes, keyStart, keyEnd, valueStart, valueEnd, kind, expiresAt, collection) => {
      if (collection === null) {
        digest.add(bytes, keyStart, keyEnd, valueStart, valueEnd, kind, expiresAt)
        return compactElements(kind, valueEnd - valueStart)
      }
      hashKey(bytes, keyStart, keyEnd, collection.type, expiresAt, hash)
      finishRecordHash(collection.knownElements, hash)
      digest.addHash(hash)
      return 1
    },
  )
}

function compactElements(kind: number, bytes: number): number {
  return typeOfKind(kind) === VALUE_TYPE_STRING ? 0 : Math.ceil(bytes / COMPACT_ELEMENT_BYTES)
}

/** Shows all records of a snapshot to `read`; false where that was over before the end. */
async function readInSlices(snapshot: KeySpaceSnapshot, isOver: () => boolean, read: Reader): Promise<boolean> {
  for (let hasMore = true; hasMore; ) {
    let rest = ELEMENTS_PER_SLICE
    const stopped: LargeReading[] = []
    hasMore = snapshot.visit(
      RECORDS_PER_SLICE,
      (bytes, keyStart, keyEnd, valueStart, valueEnd, kind, expiresAt, collection) => {
        const work = read(bytes, keyStart, keyEnd, valueStart, valueEnd, kind, expiresAt, collection)
        if (typeof work === 'number') rest -= work
        else stopped.push(work)
        return rest > 0 && stopped.length === 0
      },
    )
    for (const { elements, onRead } of stopped) {
      while (elements.advance(ELEMENTS_PER_SLICE)) {
        await new Promise(setImmediate)
        if (isOver()) return false
      }
      onRead(elements.lanes)
    }
    await new Promise(setImmediate)
    if (isOver()) return false
  }
  return true
}
