import { addLanes, DIGEST_LANES } from '../digest/digest-lanes.ts'
import type { ElementsReading } from '../digest/elements-reader.ts'
import { addItems, shiftItems } from '../digest/list-polynomial.ts'
import type { ListChunkCursor } from './list-cursors.ts'

/** Reads a large list for its digest, and leaves the digest of each chunk with the chunk. */
export class ListChunksReader implements ElementsReading {
  readonly lanes = new Int32Array(DIGEST_LANES)
  readonly #chunks: ListChunkCursor
  #read = 0

  constructor(chunks: ListChunkCursor) {
    this.#chunks = chunks
  }

  advance(count: number): boolean {
    for (const end = this.#read + count; this.#read < end; ) {
      if (!this.#chunks.next()) return false
      const { chunk } = this.#chunks
      addItems(this.lanes, chunk.digest, this.#read)
      this.#read += chunk.count
    }
    return true
  }
}

/** The digests, before and after, of the part of a large list that is gone through from one end, chunk by chunk. */
export class ListScan {
  readonly old = new Int32Array(DIGEST_LANES)
  readonly new = new Int32Array(DIGEST_LANES)
  oldCount = 0
  newCount = 0
  readonly #isFromEnd: boolean

  constructor(isFromEnd: boolean) {
    this.#isFromEnd = isFromEnd
  }

  /** Takes in a chunk as it was. */
  passOld(digest: Int32Array, count: number): void {
    this.#pass(this.old, this.oldCount, digest, count)
    this.oldCount += count
  }

  /** Takes in what has become of it; not to be called for nothing. */
  passNew(digest: Int32Array, count: number): void {
    this.#pass(this.new, this.newCount, digest, count)
    this.newCount += count
  }

  #pass(lanes: Int32Array, passed: number, digest: Int32Array, count: number): void {
    if (this.#isFromEnd) {
      shiftItems(lanes, count)
      addLanes(lanes, digest)
    } else {
      addItems(lanes, digest, passed)
    }
  }
}

/**
 * The digest of a large list's items before `index`, which is at most the list's size; null for none. Reads the items of
 * one chunk at most whose digests are known, and takes as many steps as there are chunks before: whoever asks has gone
 * through all of those items.
 */
export function digestBefore(chunks: ListChunkCursor, index: number): Int32Array | null {
  if (index === 0) return null
  const before = new Int32Array(DIGEST_LANES)
  const part = new Int32Array(DIGEST_LANES)
  for (let passed = 0; passed < index && chunks.next(); passed += chunks.chunk.count) {
    const { chunk } = chunks
    if (passed + chunk.count <= index) {
      addItems(before, chunk.digest, passed)
    } else {
      chunk.digestRange(0, index - passed, part)
      addItems(before, part, passed)
    }
  }
  return before
}
