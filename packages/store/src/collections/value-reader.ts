import { INT64_TEXT_LENGTH, writeInt64 } from '../commands/integer-text.ts'
import type { Address, KeySpace } from '../keyspace/key-space.ts'
import {
  ENCODING_INTSET,
  encodingOfKind,
  isLargeKind,
  typeOfKind,
  VALUE_TYPE_HASH,
  VALUE_TYPE_SORTED_SET,
  VALUE_TYPE_STRING,
} from '../keyspace/value-type.ts'
import { parseCompactScore } from './compact-score.ts'
import { intsetAt, intsetCount } from './intset.ts'
import type { LargeCollection } from './large-collection.ts'
import { firstEntry, isListpackEnd, ListpackCursor, listpackCount, nextEntry } from './listpack.ts'
import { NO_BYTES, type ValueCursor } from './value-cursor.ts'

/**
 * The elements of any value, of the live key space or of a snapshot, with what a RecordVisitor is called with. Holds
 * for one turn, or while the snapshot is open.
 * @param collection the collection where the kind is large, else null
 */
export function openValue(
  bytes: Buffer,
  start: number,
  end: number,
  kind: number,
  collection: LargeCollection | null,
): ValueCursor {
  if (collection !== null) return collection.cursor()
  const type = typeOfKind(kind)
  if (type === VALUE_TYPE_STRING) return new StringCursor(bytes, start, end)
  if (encodingOfKind(kind) === ENCODING_INTSET) return new IntsetCursor(bytes, start)
  return new CompactCursor(bytes, start, type)
}

/** The elements of the value of a live record; holds until the next write. */
export function openValueAt(keySpace: KeySpace, address: Address): ValueCursor {
  const kind = keySpace.kindOf(address)
  const start = keySpace.valueStart(address)
  const collection = isLargeKind(kind) ? keySpace.collectionAt(address) : null
  return openValue(keySpace.bytesAt(address), start, start + keySpace.valueLength(address), kind, collection)
}

class StringCursor implements ValueCursor {
  readonly size = 1
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  readonly valueBytes = NO_BYTES
  readonly valueStart = 0
  readonly valueEnd = 0
  readonly score = 0
  #isShown = false

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes
    this.start = start
    this.end = end
  }

  next(): boolean {
    const isFirst = !this.#isShown
    this.#isShown = true
    return isFirst
  }
}

/** A listpack: items of a list, members of a set, fields and values of a hash, members and scores of a sorted set. */
class CompactCursor implements ValueCursor {
  readonly size: number
  bytes: Buffer = NO_BYTES
  start = 0
  end = 0
  valueBytes: Buffer = NO_BYTES
  valueStart = 0
  valueEnd = 0
  readonly #type: number
  readonly #block: Buffer
  #at: number
  readonly #element = new ListpackCursor()
  /** The entry after each element that belongs to it; of its own, so that the text of two integers can be shown. */
  readonly #companion: ListpackCursor | null

  constructor(block: Buffer, start: number, type: number) {
    const isPaired = type === VALUE_TYPE_HASH || type === VALUE_TYPE_SORTED_SET
    this.#type = type
    this.size = listpackCount(block, start) / (isPaired ? 2 : 1)
    this.#block = block
    this.#at = firstEntry(start)
    this.#companion = isPaired ? new ListpackCursor() : null
  }

  /** Parsed when it is asked for. */
  get score(): number {
    if (this.#type !== VALUE_TYPE_SORTED_SET) return 0
    return parseCompactScore(this.valueBytes, this.valueStart, this.valueEnd)
  }

  next(): boolean {
    const block = this.#block
    if (isListpackEnd(block, this.#at)) return false
    const element = this.#element
    element.show(block, this.#at)
    this.#at = nextEntry(block, this.#at)
    this.bytes = element.bytes
    this.start = element.start
    this.end = element.end
    const companion = this.#companion
    if (companion === null) return true
    companion.show(block, this.#at)
    this.#at = nextEntry(block, this.#at)
    this.valueBytes = companion.bytes
    this.valueStart = companion.start
    this.valueEnd = companion.end
    return true
  }
}

class IntsetCursor implements ValueCursor {
  readonly size: number
  readonly bytes = Buffer.alloc(INT64_TEXT_LENGTH)
  readonly start = 0
  end = 0
  readonly valueBytes = NO_BYTES
  readonly valueStart = 0
  readonly valueEnd = 0
  readonly score = 0
  readonly #block: Buffer
  readonly #blockStart: number
  #shown = 0

  constructor(block: Buffer, start: number) {
    this.#block = block
    this.#blockStart = start
    this.size = intsetCount(block, start)
  }

  next(): boolean {
    if (this.#shown === this.size) return false
    this.end = writeInt64(intsetAt(this.#block, this.#blockStart, this.#shown++), this.bytes, 0)
    return true
  }
}
