import { compareBytes } from '../../collections/byte-order.ts'
import { parseCompactScore } from '../../collections/compact-score.ts'
import { isListpack, ListpackCursor, listpackCount } from '../../collections/listpack.ts'
import { ENCODING_COMPACT, kindOf, VALUE_TYPE_SORTED_SET } from '../../keyspace/value-type.ts'
import { RdbType } from '../rdb-encoding.ts'
import { RdbFormatError } from '../rdb-errors.ts'
import type { RdbHandler } from '../rdb-handler.ts'
import { INCOMPLETE, type RdbInput } from '../rdb-input.ts'
import { RdbString } from '../rdb-string.ts'
import type { RdbRecordHead, RdbValueReader } from '../rdb-value-reader.ts'

const COMPACT_SORTED_SET = kindOf(VALUE_TYPE_SORTED_SET, ENCODING_COMPACT)
const NO_BYTES = Buffer.alloc(0)
const DOUBLE_BYTES = 8
/** In place of the length of a score's text: it is one of these. */
const TEXT_NAN = 253
const TEXT_INFINITY = 254
const TEXT_NEGATIVE_INFINITY = 255
/** No score: the input ended too early. */
const NO_SCORE = null

/** Reads sorted sets that are stored member by member: with scores as text (up to Redis 3), or as doubles. */
export class SortedSetValueReader implements RdbValueReader {
  readonly types = [RdbType.SORTED_SET, RdbType.SORTED_SET_2]
  readonly #member = new RdbString()
  /** Members still to be read of the sorted set that was begun; 0 before one is. */
  #remaining = 0

  read(input: RdbInput, head: RdbRecordHead, handler: RdbHandler): boolean {
    if (this.#remaining === 0) {
      const size = input.readLength()
      if (size === INCOMPLETE) return false
      if (size === 0) throw new RdbFormatError('a sorted set has no members', input.filePosition)
      const { bytes, start, end } = head.key
      handler.onCollectionStart(bytes, start, end, VALUE_TYPE_SORTED_SET, size, head.expiresAt)
      this.#remaining = size
      input.commit()
    }
    const member = this.#member
    while (this.#remaining > 0) {
      if (!input.readString(member)) return false
      const score = head.type === RdbType.SORTED_SET ? readScoreText(input) : readScore(input)
      if (score === NO_SCORE) return false
      if (Number.isNaN(score))
        throw new RdbFormatError('a sorted set has a score that is no number', input.filePosition)
      if (!handler.onElement(member.bytes, member.start, member.end, NO_BYTES, 0, 0, score)) {
        throw new RdbFormatError('a sorted set has a member twice', input.filePosition)
      }
      this.#remaining--
      input.commit()
    }
    handler.onCollectionEnd()
    return true
  }
}

function readScore(input: RdbInput): number | null {
  if (!input.has(DOUBLE_BYTES)) return NO_SCORE
  const score = input.bytes.readDoubleLE(input.position)
  input.position += DOUBLE_BYTES
  return score
}

function readScoreText(input: RdbInput): number | null {
  const length = input.readByte()
  if (length === INCOMPLETE) return NO_SCORE
  if (length === TEXT_NAN) return Number.NaN
  if (length === TEXT_INFINITY) return Number.POSITIVE_INFINITY
  if (length === TEXT_NEGATIVE_INFINITY) return Number.NEGATIVE_INFINITY
  if (!input.has(length)) return NO_SCORE
  const text = input.bytes.toString('latin1', input.position, input.position + length)
  input.position += length
  return text === '' ? Number.NaN : Number(text)
}

/** Reads sorted sets that are stored as one listpack. */
export class SortedSetListpackReader implements RdbValueReader {
  readonly types = [RdbType.SORTED_SET_LISTPACK]
  readonly #block = new RdbString()

  read(input: RdbInput, head: RdbRecordHead, handler: RdbHandler): boolean {
    const block = this.#block
    if (!input.readString(block)) return false
    const { bytes, start, end } = block
    const isSound = isListpack(bytes, start, end) && listpackCount(bytes, start) % 2 === 0
    if (!isSound || !isInOrder(bytes, start)) {
      throw new RdbFormatError('the listpack of a sorted set is damaged', input.filePosition)
    }
    const { key } = head
    handler.onCompact(key.bytes, key.start, key.end, bytes, start, end, COMPACT_SORTED_SET, head.expiresAt)
    return true
  }
}

/** Whether there are members, each with a score, each behind the one before: searches rely on that. */
function isInOrder(bytes: Buffer, start: number): boolean {
  const entry = new ListpackCursor().open(bytes, start)
  const previous = new ListpackCursor()
  let previousScore = Number.NaN
  while (entry.next()) {
    const member = entry.at
    entry.next()
    const score = entry.start === entry.end ? Number.NaN : parseCompactScore(entry.bytes, entry.start, entry.end)
    if (Number.isNaN(score) || score < previousScore) return false
    if (score === previousScore) {
      entry.show(bytes, member)
      if (compareBytes(previous.bytes, previous.start, previous.end, entry.bytes, entry.start, entry.end) >= 0)
        return false
    }
    previous.show(bytes, member)
    previousScore = score
  }
  return !Number.isNaN(previousScore)
}
