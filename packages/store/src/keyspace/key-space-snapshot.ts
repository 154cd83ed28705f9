import type { CollectionTable } from '../collections/collection-table.ts'
import type { LargeCollection } from '../collections/large-collection.ts'
import { type Arena, SEGMENT_SHIFT, UNIT_MASK } from './arena.ts'
import type { IndexPage } from './index-page.ts'
import type { PagedIndex } from './paged-index.ts'
import { expiryOf, keyLengthOf, keyOffsetFor, kindOf, valueLengthOf } from './record-layout.ts'
import type { LogMark, RecordLog } from './record-log.ts'
import { isLargeKind } from './value-type.ts'

/**
 * In the order of the hashes every record is a miss of the cache. The records of so many slots are touched before the
 * first of them is visited, so that the processor fetches them side by side: measured to halve the time for records of
 * 16 + 100 bytes. More slots gained nothing.
 */
const SLOTS_AHEAD = 24
/** Words in a line of the cache, 64 bytes. A small record lies in two. */
const LINE_WORDS = 16

/**
 * What {@link KeySpaceSnapshot.visit} calls for each record: the ranges are of `bytes`, which must not be written and
 * stay as they are until the snapshot is closed. `kind` is the value's type and encoding (see value-type.ts),
 * `expiresAt` Unix time in milliseconds, 0 for never. `collection` is null unless the kind is large; it too stays as
 * it is until the snapshot is closed. A visitor that returns false stops the visit after this record.
 */
export type RecordVisitor = (
  bytes: Buffer,
  keyStart: number,
  keyEnd: number,
  valueStart: number,
  valueEnd: number,
  kind: number,
  expiresAt: number,
  collection: LargeCollection | null,
) => unknown

/** A key space as it was at one moment, to be read over many turns while writes go on. Its owner closes it. */
export class KeySpaceSnapshot implements Disposable {
  /** How many keys it holds. */
  readonly size: number
  /** How many of them have an expiry. */
  readonly volatileSize: number
  readonly #log: RecordLog
  readonly #arena: Arena
  readonly #collections: CollectionTable
  readonly #mark: LogMark
  #directory: readonly IndexPage[]
  readonly #depth: number
  // How far it has been visited.
  #entry = 0
  #slot = 0
  /** What was read only to have it in the cache: it has to go somewhere, or the compiler leaves the reading out. */
  #touched = 0

  /** Key spaces open snapshots; see {@link KeySpace.openSnapshot}. */
  constructor(log: RecordLog, index: PagedIndex, collections: CollectionTable) {
    const view = index.view()
    this.size = index.size
    this.volatileSize = index.volatileSize
    this.#log = log
    this.#arena = log.arena
    this.#collections = collections
    this.#directory = view.directory
    this.#depth = view.depth
    this.#mark = log.openMark()
  }

  /**
   * Visits about `count` of the next records, in the order of their hashes, as they were when the snapshot was opened.
   * A closed snapshot has none.
   * @returns whether there are more
   */
  visit(count: number, visitor: RecordVisitor): boolean {
    const directory = this.#directory
    const { buffers, words } = this.#arena
    let remaining = count
    while (this.#entry < directory.length) {
      const page = directory[this.#entry]!
      const slots = page.slots
      const end = slots.length / 2
      let slot = this.#slot
      let touchedTo = slot
      for (; slot < end && remaining > 0; slot++) {
        if (slot === touchedTo) {
          touchedTo = Math.min(end, slot + SLOTS_AHEAD)
          this.#touch(slots, slot, touchedTo)
        }
        const address = slots[2 * slot + 1]!
        if (address === 0) continue
        remaining--
        const number = address >>> SEGMENT_SHIFT
        const segmentWords = words[number]!
        const at = (address & UNIT_MASK) << 1
        const keyLength = keyLengthOf(segmentWords, at)
        const keyStart = 4 * at + keyOffsetFor(keyLength)
        const valueStart = keyStart + keyLength
        const bytes = buffers[number]!
        const kind = kindOf(segmentWords, at)
        const mayGoOn = visitor(
          bytes,
          keyStart,
          valueStart,
          valueStart,
          valueStart + valueLengthOf(segmentWords, at),
          kind,
          expiryOf(segmentWords, at),
          isLargeKind(kind) ? this.#collections.at(bytes.readUInt32LE(valueStart)) : null,
        )
        if (mayGoOn === false) remaining = 0
      }
      this.#slot = slot
      if (slot < end) return true
      this.#slot = 0
      this.#entry += 2 ** (this.#depth - page.depth)
    }
    return false
  }

  #touch(slots: Uint32Array, from: number, to: number): void {
    const { words } = this.#arena
    let touched = this.#touched
    for (let slot = from; slot < to; slot++) {
      const address = slots[2 * slot + 1]!
      if (address === 0) continue
      const segmentWords = words[address >>> SEGMENT_SHIFT]!
      const at = (address & UNIT_MASK) << 1
      touched ^= segmentWords[at]! ^ segmentWords[Math.min(at + LINE_WORDS, segmentWords.length - 1)]!
    }
    this.#touched = touched
  }

  /** Lets go of what only this snapshot keeps in memory. Closing twice is fine. */
  close(): void {
    this.#directory = []
    this.#log.closeMark(this.#mark)
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
