import { compactScoreAt } from '../collections/compact-score.ts'
import { INTSET_HEADER_BYTES, intsetAt, intsetCount, intsetWidth } from '../collections/intset.ts'
import {
  firstEntry,
  isListpackEnd,
  ListpackCursor,
  listpackBytes,
  listpackCount,
  nextEntry,
  previousEntry,
} from '../collections/listpack.ts'
import { INT64_TEXT_LENGTH, writeInt64 } from '../commands/integer-text.ts'
import {
  ENCODING_INTSET,
  encodingOfKind,
  typeOfKind,
  VALUE_TYPE_HASH,
  VALUE_TYPE_LIST,
  VALUE_TYPE_SET,
  VALUE_TYPE_SORTED_SET,
} from '../keyspace/value-type.ts'
import { commonPrefix, commonSuffix, isEqual } from './common-bytes.ts'
import { addLanes, DIGEST_LANES, subtractLanes } from './digest-lanes.ts'
import { hashElement, hashFieldValue, hashScore } from './element-hash.ts'
import * as polynomial from './list-polynomial.ts'

const hash = new Int32Array(DIGEST_LANES)
const part = new Int32Array(DIGEST_LANES)
const entry = new ListpackCursor()
const companion = new ListpackCursor()
const integerText = Buffer.alloc(INT64_TEXT_LENGTH)

/** The digest of the elements of a compact collection, a listpack or an intset at block[start…), into `lanes`. */
export function digestCompact(kind: number, block: Buffer, start: number, lanes: Int32Array): void {
  lanes.fill(0)
  if (encodingOfKind(kind) === ENCODING_INTSET) {
    addIntegers(block, start, 0, intsetCount(block, start), lanes)
  } else if (typeOfKind(kind) === VALUE_TYPE_LIST) {
    digestItems(block, firstEntry(start), endMark(block, start), lanes)
  } else {
    addEntries(typeOfKind(kind), block, firstEntry(start), endMark(block, start), lanes)
  }
}

/** The digest of the items whose entries are block[at, end), the first of them at index 0, into `lanes`. */
export function digestItems(block: Buffer, at: number, end: number, lanes: Int32Array): void {
  lanes.fill(0)
  let index = 0
  for (let next = at; next < end; next = nextEntry(block, next)) {
    entry.show(block, next)
    hashElement(entry.bytes, entry.start, entry.end, hash)
    polynomial.addItems(lanes, hash, index++)
  }
}

/**
 * Makes the digest of a compact collection that of another one of the same kind, what becomes of it: hashes, as far as
 * that can be told, only the elements that differ.
 */
export function updateCompact(
  kind: number,
  old: Buffer,
  oldStart: number,
  next: Buffer,
  nextStart: number,
  lanes: Int32Array,
): void {
  const isUpdated =
    encodingOfKind(kind) === ENCODING_INTSET
      ? updateIntegers(old, oldStart, next, nextStart, lanes)
      : typeOfKind(kind) === VALUE_TYPE_LIST
        ? updateItems(old, oldStart, next, nextStart, lanes)
        : updateEntries(typeOfKind(kind), old, oldStart, next, nextStart, lanes)
  if (!isUpdated) digestCompact(kind, next, nextStart, lanes)
}

function addIntegers(block: Buffer, start: number, from: number, to: number, lanes: Int32Array): void {
  for (let i = from; i < to; i++) {
    const end = writeInt64(intsetAt(block, start, i), integerText, 0)
    hashElement(integerText, 0, end, hash)
    addLanes(lanes, hash)
  }
}

/** Adds the hashes of the elements whose entries are block[at, end). */
function addEntries(type: number, block: Buffer, at: number, end: number, lanes: Int32Array): void {
  for (let next = at; next < end; next = nextEntry(block, next)) {
    entry.show(block, next)
    hashElement(entry.bytes, entry.start, entry.end, hash)
    if (type !== VALUE_TYPE_SET) {
      next = nextEntry(block, next)
      if (type === VALUE_TYPE_HASH) {
        companion.show(block, next)
        hashFieldValue(companion.bytes, companion.start, companion.end, hash)
      } else {
        hashScore(compactScoreAt(block, next), hash)
      }
    }
    addLanes(lanes, hash)
  }
}

function updateIntegers(old: Buffer, oldStart: number, next: Buffer, nextStart: number, lanes: Int32Array): boolean {
  const width = intsetWidth(old, oldStart)
  if (intsetWidth(next, nextStart) !== width) return false
  const oldCount = intsetCount(old, oldStart)
  const nextCount = intsetCount(next, nextStart)
  const fewer = Math.min(oldCount, nextCount)
  const oldFrom = oldStart + INTSET_HEADER_BYTES
  const nextFrom = nextStart + INTSET_HEADER_BYTES
  const prefix = Math.floor(commonPrefix(old, oldFrom, next, nextFrom, fewer * width) / width)
  const limit = (fewer - prefix) * width
  const suffix = Math.floor(
    commonSuffix(old, oldFrom + oldCount * width, next, nextFrom + nextCount * width, limit) / width,
  )
  if (oldCount + nextCount - 2 * (prefix + suffix) > nextCount) return false
  part.fill(0)
  addIntegers(old, oldStart, prefix, oldCount - suffix, part)
  subtractLanes(lanes, part)
  addIntegers(next, nextStart, prefix, nextCount - suffix, lanes)
  return true
}

/** Where two listpacks differ: old[oldFrom, oldTo) has become next[nextFrom, nextTo). */
const changed = { oldFrom: 0, oldTo: 0, nextFrom: 0, nextTo: 0, index: 0 }

/** Finds `changed`, in whole elements of `step` entries. */
function findChanged(old: Buffer, oldStart: number, next: Buffer, nextStart: number, step: number): void {
  const oldEnd = endMark(old, oldStart)
  const nextEnd = endMark(next, nextStart)
  let oldAt = firstEntry(oldStart)
  let nextAt = firstEntry(nextStart)
  const shorter = Math.min(oldEnd - oldAt, nextEnd - nextAt)
  const oldDiffers = oldAt + commonPrefix(old, oldAt, next, nextAt, shorter)
  let index = 0
  while (oldAt < oldEnd) {
    const after = afterElement(old, oldAt, step)
    if (after > oldDiffers) break
    nextAt += after - oldAt
    oldAt = after
    index++
  }
  let oldTo = oldAt
  const afterOld = oldAt < oldEnd ? afterElement(old, oldAt, step) : oldAt
  const afterNext = nextAt < nextEnd ? afterElement(next, nextAt, step) : nextAt
  if (isRest(old, afterOld, oldEnd, next, afterNext, nextEnd) || isRest(old, afterOld, oldEnd, next, nextAt, nextEnd)) {
    // Most writes change one element, or delete one.
    oldTo = afterOld
  } else if (!isRest(old, oldAt, oldEnd, next, afterNext, nextEnd)) {
    // Nor has one been added.
    const suffix = commonSuffix(old, oldEnd, next, nextEnd, Math.min(oldEnd - oldAt, nextEnd - nextAt))
    // Read from the end on, equal bytes are equal entries: each ends with its length.
    while (oldEnd - oldTo > suffix) oldTo = afterElement(old, oldTo, step)
  }
  changed.oldFrom = oldAt
  changed.oldTo = oldTo
  changed.nextFrom = nextAt
  changed.nextTo = nextEnd - (oldEnd - oldTo)
  changed.index = index
}

/** Whether what remains of both is the same. */
function isRest(old: Buffer, oldAt: number, oldEnd: number, next: Buffer, nextAt: number, nextEnd: number): boolean {
  return oldEnd - oldAt === nextEnd - nextAt && isEqual(old, oldAt, next, nextAt, oldEnd - oldAt)
}

/** Whether hashing what differs is less than hashing all entries of what the collection becomes. */
function isWorthwhile(next: Buffer, nextStart: number): boolean {
  const { oldFrom, oldTo, nextFrom, nextTo } = changed
  return oldTo - oldFrom + (nextTo - nextFrom) <= listpackBytes(next, nextStart)
}

function updateEntries(
  type: number,
  old: Buffer,
  oldStart: number,
  next: Buffer,
  nextStart: number,
  lanes: Int32Array,
): boolean {
  const step = type === VALUE_TYPE_SET ? 1 : 2
  findChanged(old, oldStart, next, nextStart, step)
  if (type === VALUE_TYPE_SORTED_SET) leaveOutUnmoved(old, next, nextStart)
  if (!isWorthwhile(next, nextStart)) return false
  part.fill(0)
  addEntries(type, old, changed.oldFrom, changed.oldTo, part)
  subtractLanes(lanes, part)
  addEntries(type, next, changed.nextFrom, changed.nextTo, lanes)
  return true
}

/** A score that changes moves its element past others, which stay what they are. */
function leaveOutUnmoved(old: Buffer, next: Buffer, nextStart: number): void {
  const { oldFrom, oldTo, nextFrom, nextTo } = changed
  if (oldFrom === oldTo || nextFrom === nextTo) return
  const oldSecond = afterElement(old, oldFrom, 2)
  const nextLast = lastElement(next, nextStart, nextTo)
  if (oldTo - oldSecond === nextLast - nextFrom && isEqual(old, oldSecond, next, nextFrom, oldTo - oldSecond)) {
    changed.oldTo = oldSecond
    changed.nextFrom = nextLast
    return
  }
  const nextSecond = afterElement(next, nextFrom, 2)
  const unmoved = nextTo - nextSecond
  const oldLast = oldFrom + unmoved
  if (oldLast < oldTo && isEqual(old, oldFrom, next, nextSecond, unmoved)) {
    changed.oldFrom = oldLast
    changed.nextTo = nextSecond
  }
}

function updateItems(old: Buffer, oldStart: number, next: Buffer, nextStart: number, lanes: Int32Array): boolean {
  const oldFrom = firstEntry(oldStart)
  const nextFrom = firstEntry(nextStart)
  const oldEnd = endMark(old, oldStart)
  const nextEnd = endMark(next, nextStart)
  const added = nextEnd - nextFrom - (oldEnd - oldFrom)
  const oldCount = listpackCount(old, oldStart)
  const nextCount = listpackCount(next, nextStart)
  const shorter = Math.min(oldEnd - oldFrom, nextEnd - nextFrom)
  if (isEqual(old, oldFrom, next, nextFrom, shorter)) {
    // At the tail.
    digestItems(next, nextFrom + shorter, nextEnd, part)
    polynomial.addItems(lanes, part, oldCount)
    digestItems(old, oldFrom + shorter, oldEnd, part)
    polynomial.removeItems(lanes, part, nextCount)
    return true
  }
  if (isEqual(old, oldEnd - shorter, next, nextEnd - shorter, shorter)) {
    // At the head.
    const isGrown = added > 0
    if (isGrown) digestItems(next, nextFrom, nextEnd - shorter, part)
    else digestItems(old, oldFrom, oldEnd - shorter, part)
    if (!isGrown) subtractLanes(lanes, part)
    polynomial.shiftItems(lanes, nextCount - oldCount)
    if (isGrown) addLanes(lanes, part)
    return true
  }
  if (oldCount !== nextCount) return false
  findChanged(old, oldStart, next, nextStart, 1)
  if (!isWorthwhile(next, nextStart)) return false
  digestItems(old, changed.oldFrom, changed.oldTo, part)
  polynomial.removeItems(lanes, part, changed.index)
  digestItems(next, changed.nextFrom, changed.nextTo, part)
  polynomial.addItems(lanes, part, changed.index)
  return true
}

function endMark(block: Buffer, start: number): number {
  return start + listpackBytes(block, start) - 1
}

/** Where the element after the one at `at` begins, or the end mark. */
function afterElement(block: Buffer, at: number, step: number): number {
  let after = nextEntry(block, at)
  if (step === 2 && !isListpackEnd(block, after)) after = nextEntry(block, after)
  return after
}

/** Where the member and score before `end` begin. */
function lastElement(block: Buffer, start: number, end: number): number {
  return previousEntry(block, start, previousEntry(block, start, end))
}
