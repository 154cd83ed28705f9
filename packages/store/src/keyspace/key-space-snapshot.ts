import { type Arena, SEGMENT_SHIFT, UNIT_MASK } from './arena.ts'
import type { IndexPage } from './index-page.ts'
import type { PagedIndex } from './paged-index.ts'
import { expiryOf, keyLengthOf, keyOffsetFor, typeOf, valueLengthOf } from './record-layout.ts'
import type { LogMark, RecordLog } from './record-log.ts'

/**
 * What {@link KeySpaceSnapshot.visit} calls for each record: the ranges are of `bytes`, which must not be written and
 * stay as they are until the snapshot is closed. `expiresAt` is Unix time in milliseconds, 0 for never.
 */
export type RecordVisitor = (
  bytes: Buffer,
  keyStart: number,
  keyEnd: number,
  valueStart: number,
  valueEnd: number,
  type: number,
  expiresAt: number,
) => void

/** A key space as it was at one moment, to be read over many turns while writes go on. Its owner closes it. */
export class KeySpaceSnapshot implements Disposable {
  /** How many keys it holds. */
  readonly size: number
  /** How many of them have an expiry. */
  readonly volatileSize: number
  readonly #log: RecordLog
  readonly #arena: Arena
  readonly #mark: LogMark
  #directory: readonly IndexPage[]
  readonly #depth: number
  // How far it has been visited.
  #entry = 0
  #slot = 0

  /** Key spaces open snapshots; see {@link KeySpace.openSnapshot}. */
  constructor(log: RecordLog, index: PagedIndex) {
    const view = index.view()
    this.size = index.size
    this.volatileSize = index.volatileSize
    this.#log = log
    this.#arena = log.arena
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
      for (; slot < end && remaining > 0; slot++) {
        const address = slots[2 * slot + 1]!
        if (address === 0) continue
        remaining--
        const number = address >>> SEGMENT_SHIFT
        const segmentWords = words[number]!
        const at = (address & UNIT_MASK) << 1
        const keyLength = keyLengthOf(segmentWords, at)
        const keyStart = 4 * at + keyOffsetFor(keyLength)
        const valueStart = keyStart + keyLength
        visitor(
          buffers[number]!,
          keyStart,
          valueStart,
          valueStart,
          valueStart + valueLengthOf(segmentWords, at),
          typeOf(segmentWords, at),
          expiryOf(segmentWords, at),
        )
      }
      this.#slot = slot
      if (slot < end) return true
      this.#slot = 0
      this.#entry += 2 ** (this.#depth - page.depth)
    }
    return false
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
