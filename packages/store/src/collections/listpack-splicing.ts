import { type Int64, parseInt64 } from '../commands/integer-text.ts'
import {
  entryInteger,
  entryStringLength,
  entryStringStart,
  firstEntry,
  isIntegerEntry,
  isListpackEnd,
  LISTPACK_HEADER_BYTES,
  listpackBytes,
  listpackCount,
  nextEntry,
} from './listpack.ts'
import { NO_BYTES } from './value-cursor.ts'

// What lists do with many entries of a listpack at once. As in listpack.ts, the block begins at `start`.

/** The number of entries that a header has no room for; it is counted by going through them. */
const UNCOUNTED = 0xffff
const END_MARK = 0xff

/** Compares entries with one string. Used again and again, for one search at a time. */
export class EntryMatcher {
  #bytes: Uint8Array = NO_BYTES
  #start = 0
  #end = 0
  #integer: Int64 | null = null

  /** Looks for bytes[start, end), which must stay as they are meanwhile. */
  lookFor(bytes: Uint8Array, start: number, end: number): this {
    this.#bytes = bytes
    this.#start = start
    this.#end = end
    this.#integer = parseInt64(bytes, start, end)
    return this
  }

  /** Whether the entry at `at` is that string. */
  matches(block: Buffer, at: number): boolean {
    // What can be stored as an integer always is.
    if (isIntegerEntry(block, at)) return this.#integer !== null && entryInteger(block, at) === this.#integer
    if (this.#integer !== null) return false
    const from = entryStringStart(block, at)
    return this.equals(block, from, from + entryStringLength(block, at))
  }

  /** Whether bytes[start, end) is that string. */
  equals(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start !== this.#end - this.#start) return false
    const mine = this.#bytes
    let at = this.#start
    for (let i = start; i < end; i++) if (bytes[i] !== mine[at++]) return false
    return true
  }
}

/** How many entries match. */
export function countMatches(block: Buffer, start: number, matcher: EntryMatcher): number {
  let count = 0
  for (let at = firstEntry(start); !isListpackEnd(block, at); at = nextEntry(block, at)) {
    if (matcher.matches(block, at)) count++
  }
  return count
}

/** Deletes `count` of the entries that match, behind the first `skipped` of them; there are as many. */
export function deleteMatches(
  block: Buffer,
  start: number,
  matcher: EntryMatcher,
  skipped: number,
  count: number,
): void {
  const end = start + listpackBytes(block, start)
  const entries = listpackCount(block, start)
  let matches = 0
  let to = firstEntry(start)
  // What is kept: from here on up to the next entry that goes.
  let kept = to
  for (let at = to; matches < skipped + count; ) {
    const next = nextEntry(block, at)
    if (matcher.matches(block, at) && ++matches > skipped) {
      if (to !== kept) block.copyWithin(to, kept, at)
      to += at - kept
      kept = next
    }
    at = next
  }
  block.copyWithin(to, kept, end)
  writeHeader(block, start, to + end - kept, entries - count)
}

/** Adds all entries of another listpack; there is room for them. Returns where the block ends. */
export function joinListpacks(block: Buffer, start: number, other: Buffer, otherStart: number): number {
  const endMark = start + listpackBytes(block, start) - 1
  const count = listpackCount(block, start) + listpackCount(other, otherStart)
  const from = firstEntry(otherStart)
  const to = otherStart + listpackBytes(other, otherStart)
  other.copy(block, endMark, from, to)
  const end = endMark + to - from
  writeHeader(block, start, end, count)
  return end
}

/** How long the listpack is that `cutListpack` makes. */
export function cutBytes(block: Buffer, start: number, at: number): number {
  return LISTPACK_HEADER_BYTES + start + listpackBytes(block, start) - at
}

/** Takes the last `count` entries, which begin at `at`, out, and writes them as a listpack at the beginning of `target`. */
export function cutListpack(block: Buffer, start: number, at: number, count: number, target: Buffer): void {
  const entries = listpackCount(block, start)
  const end = start + listpackBytes(block, start)
  block.copy(target, LISTPACK_HEADER_BYTES, at, end)
  writeHeader(target, 0, LISTPACK_HEADER_BYTES + end - at, count)
  block[at] = END_MARK
  writeHeader(block, start, at + 1, entries - count)
}

function writeHeader(block: Buffer, start: number, end: number, count: number): void {
  block.writeUInt32LE(end - start, start)
  block.writeUInt16LE(Math.min(count, UNCOUNTED), start + 4)
}
