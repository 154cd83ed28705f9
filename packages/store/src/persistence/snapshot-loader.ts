import { setImmediate } from 'node:timers/promises'
import type { CollectionBuilder } from '../collections/collection-builder.ts'
import { addItems, createBuilder } from '../collections/collection-builders.ts'
import { fitsCompact } from '../collections/compact-fit.ts'
import { openValue } from '../collections/value-reader.ts'
import type { Disk, DiskFile } from '../disk/disk.ts'
import { nodeDisk } from '../disk/node-disk.ts'
import { KeySpace } from '../keyspace/key-space.ts'
import { typeOfKind } from '../keyspace/value-type.ts'
import { RdbFormatError } from '../rdb/rdb-errors.ts'
import { REPLICATION_ID_FIELD, REPLICATION_OFFSET_FIELD, STREAM_DATABASE_FIELD } from '../rdb/rdb-file-header.ts'
import type { RdbHandler } from '../rdb/rdb-handler.ts'
import { RdbReader } from '../rdb/rdb-reader.ts'
import type { RecordTarget } from './snapshot-records.ts'

/** So much of the file is loaded in one turn of the event loop, about a millisecond's work, while the next is read. */
const PIECE_BYTES = 256 * 1024
/** Auxiliary fields beyond these are not kept: an old Redis puts every Lua script into one. */
const KEPT_AUXILIARY_FIELDS = 64
const LONGEST_KEPT_AUXILIARY_FIELD = 1024

/** How far a loader is. */
export interface LoadingProgress {
  /** Bytes of the file loaded so far, of `size`; 0 where that is not known yet. */
  readonly bytes: number
  readonly size: number
  /** Records loaded so far. */
  readonly records: number
}

/** A file that is still being received: what has arrived of it may be read. */
export interface Arrival {
  /**
   * Resolves with the number of bytes that are there as soon as it is more than `position`, or the file is complete.
   * Rejects where no more will come.
   */
  beyond(position: number): Promise<number>
  /** What came last, where that begins at `position`: it needn't be read back from the file. */
  lastFrom(position: number): Buffer | null
}

export interface LoadSnapshotOptions {
  /** Where the file is; the operating system's file system by default. */
  readonly disk?: Disk
  /**
   * The empty key space that database `database` of the file is loaded into; throws where there is to be none such.
   * Asked once for each database.
   */
  readonly keySpaceFor: (database: number) => RecordTarget
  /** For a file that is still being received. */
  readonly arrival?: Arrival
  /** Whether to compare the CRC64; false only where it has just been done, or is going to be. Default true. */
  readonly verify?: boolean
  readonly signal?: AbortSignal
  /** Called once in each turn that goes on with it. */
  readonly onProgress?: (progress: LoadingProgress) => void
}

/** What a loaded file said of itself. */
export interface LoadedSnapshot {
  /** RDB version. */
  readonly version: number
  /** From `repl-id` and `repl-offset`; null where the file has none, as a dump of a lone Redis server. */
  readonly replicationId: string | null
  readonly offset: number | null
  /** From `repl-stream-db`: the database that the stream has selected at the offset; 0 where the file doesn't say. */
  readonly streamDatabase: number
  readonly records: number
  /** The auxiliary fields, the first few and short ones. */
  readonly auxiliaryFields: ReadonlyMap<string, string>
}

/**
 * Loads an RDB file into empty key spaces, a millisecond or two at a time. Records that have expired are loaded too:
 * whether they are still there is for the master's journal to say.
 * If it fails, every key space that it has been given is empty again.
 * @throws RdbError, the file system's error, what `keySpaceFor` throws, or the signal's reason.
 */
export async function loadSnapshot(path: string, options: LoadSnapshotOptions): Promise<LoadedSnapshot> {
  const { arrival, signal } = options
  signal?.throwIfAborted()
  const file = await (options.disk ?? nodeDisk).open(path, 'read')
  const records = new LoadedRecords(options.keySpaceFor)
  try {
    const size = arrival === undefined ? await file.size() : 0
    const reader = new RdbReader(records, { ...(arrival === undefined && { size }), verify: options.verify ?? true })
    const position = await feedFile(file, arrival ?? null, reader, (bytes) => {
      signal?.throwIfAborted()
      options.onProgress?.({ bytes, size, records: records.count })
    })
    reader.finish()
    records.checkKeysAreUnique(position)
    return {
      version: reader.version,
      replicationId: replicationIdIn(records.auxiliaryFields),
      offset: offsetIn(records.auxiliaryFields),
      streamDatabase: streamDatabaseIn(records.auxiliaryFields),
      records: records.count,
      auxiliaryFields: records.auxiliaryFields,
    }
  } catch (error) {
    records.clear()
    throw error
  } finally {
    await file.close()
  }
}

/** Feeds a file to a reader, one piece a turn, and says how long it was. While one is parsed, the next is being read. */
async function feedFile(
  file: DiskFile,
  arrival: Arrival | null,
  reader: RdbReader,
  onPiece: (bytes: number) => void,
): Promise<number> {
  const read = async (target: Buffer, from: number): Promise<Buffer> => {
    let room = target
    if (arrival !== null) {
      const there = await arrival.beyond(from)
      const last = arrival.lastFrom(from)
      if (last !== null) return last
      room = target.subarray(0, there - from)
    }
    return room.length === 0 ? room : room.subarray(0, await file.read(room, from))
  }
  let present = Buffer.allocUnsafeSlow(PIECE_BYTES)
  let next = Buffer.allocUnsafeSlow(PIECE_BYTES)
  let position = 0
  let reading = read(present, 0)
  for (;;) {
    const piece = await reading
    if (piece.length === 0) return position
    position += piece.length
    const following = read(next, position)
    // It may fail before anybody waits for it.
    following.catch(() => {})
    try {
      reader.feed(piece)
      onPiece(position)
      await setImmediate()
    } catch (error) {
      // The file may be closed only when nothing is being read from it.
      await following.catch(() => {})
      throw error
    }
    reading = following
    ;[present, next] = [next, present]
  }
}

/** The collection whose elements are being read. */
interface BegunCollection {
  readonly keySpace: KeySpace
  readonly builder: CollectionBuilder
  readonly key: Buffer
  readonly expiresAt: number
}

/** Puts what a reader finds into key spaces. */
class LoadedRecords implements RdbHandler {
  readonly auxiliaryFields = new Map<string, string>()
  /** How many records there were. */
  count = 0
  readonly #keySpaceFor: (database: number) => RecordTarget
  readonly #keySpaces = new Map<number, RecordTarget>()
  #keySpace: RecordTarget | null = null
  #begun: BegunCollection | null = null

  constructor(keySpaceFor: (database: number) => RecordTarget) {
    this.#keySpaceFor = keySpaceFor
  }

  onSelectDatabase(database: number): void {
    this.#keySpace = this.#select(database)
  }

  onAuxiliaryField(name: string, value: string): void {
    if (this.auxiliaryFields.size >= KEPT_AUXILIARY_FIELDS) return
    if (name.length + value.length > LONGEST_KEPT_AUXILIARY_FIELD) return
    this.auxiliaryFields.set(name, value)
  }

  onString(
    key: Buffer,
    keyStart: number,
    keyEnd: number,
    value: Buffer,
    valueStart: number,
    valueEnd: number,
    expiresAt: number,
  ): void {
    this.#keySpace ??= this.#select(0)
    this.#keySpace.set(key, keyStart, keyEnd, value, valueStart, valueEnd, expiresAt)
    this.count++
  }

  onCompact(
    key: Buffer,
    keyStart: number,
    keyEnd: number,
    value: Buffer,
    valueStart: number,
    valueEnd: number,
    kind: number,
    expiresAt: number,
  ): void {
    const keySpace = this.#collections()
    if (fitsCompact(kind, value, valueStart, keySpace.collections.limits)) {
      keySpace.set(key, keyStart, keyEnd, value, valueStart, valueEnd, expiresAt, kind)
      this.count++
      return
    }
    const cursor = openValue(value, valueStart, valueEnd, kind, null)
    this.onCollectionStart(key, keyStart, keyEnd, typeOfKind(kind), cursor.size, expiresAt)
    while (cursor.next()) {
      const { bytes, start, end } = cursor
      this.onElement(bytes, start, end, cursor.valueBytes, cursor.valueStart, cursor.valueEnd, cursor.score)
    }
    this.onCollectionEnd()
  }

  onCollectionStart(
    key: Buffer,
    keyStart: number,
    keyEnd: number,
    type: number,
    _size: number,
    expiresAt: number,
  ): void {
    const keySpace = this.#collections()
    const builder = createBuilder(keySpace, type)
    this.#begun = { keySpace, builder, key: Buffer.from(key.subarray(keyStart, keyEnd)), expiresAt }
  }

  onElement(
    bytes: Buffer,
    start: number,
    end: number,
    valueBytes: Buffer,
    valueStart: number,
    valueEnd: number,
    score: number,
  ): boolean {
    return this.#begun!.builder.add(bytes, start, end, valueBytes, valueStart, valueEnd, score)
  }

  onItems(bytes: Buffer, start: number): void {
    addItems(this.#begun!.builder, bytes, start)
  }

  onCollectionEnd(): void {
    const { keySpace, builder, key, expiresAt } = this.#begun!
    this.#begun = null
    builder.store(keySpace, key, 0, key.length, expiresAt)
    this.count++
  }

  /** A key that is there twice is damage that no checksum shows. @throws RdbFormatError */
  checkKeysAreUnique(filePosition: number): void {
    let keys = 0
    for (const keySpace of this.#keySpaces.values()) keys += keySpace.size
    if (keys === this.count) return
    throw new RdbFormatError(`${this.count} records have only ${keys} different keys`, filePosition)
  }

  clear(): void {
    this.#begun = null
    for (const keySpace of this.#keySpaces.values()) keySpace.clear()
  }

  #collections(): KeySpace {
    this.#keySpace ??= this.#select(0)
    if (this.#keySpace instanceof KeySpace) return this.#keySpace
    throw new TypeError('collections are loaded into a key space only')
  }

  #select(database: number): RecordTarget {
    let keySpace = this.#keySpaces.get(database)
    if (keySpace === undefined) {
      keySpace = this.#keySpaceFor(database)
      if (keySpace.size !== 0) throw new TypeError(`the key space for database ${database} is not empty`)
      this.#keySpaces.set(database, keySpace)
    }
    return keySpace
  }
}

function replicationIdIn(fields: ReadonlyMap<string, string>): string | null {
  const text = fields.get(REPLICATION_ID_FIELD)
  return text !== undefined && /^[0-9a-f]{40}$/.test(text) ? text : null
}

function streamDatabaseIn(fields: ReadonlyMap<string, string>): number {
  const text = fields.get(STREAM_DATABASE_FIELD)
  return text !== undefined && /^\d{1,4}$/.test(text) ? Number(text) : 0
}

function offsetIn(fields: ReadonlyMap<string, string>): number | null {
  const text = fields.get(REPLICATION_OFFSET_FIELD)
  if (text === undefined || !/^\d{1,16}$/.test(text)) return null
  return Number.isSafeInteger(Number(text)) ? Number(text) : null
}
