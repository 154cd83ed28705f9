import { parseCompactScore } from '../../collections/compact-score.ts'
import { VALUE_TYPE_HASH, VALUE_TYPE_LIST, VALUE_TYPE_SORTED_SET } from '../../keyspace/value-type.ts'
import { RdbType } from '../rdb-encoding.ts'
import { RdbFormatError } from '../rdb-errors.ts'
import type { RdbHandler } from '../rdb-handler.ts'
import { INCOMPLETE, type RdbInput } from '../rdb-input.ts'
import { RdbString } from '../rdb-string.ts'
import type { RdbRecordHead, RdbValueReader } from '../rdb-value-reader.ts'
import { ZiplistCursor } from '../ziplist.ts'
import { ZipmapCursor } from '../zipmap.ts'

const NO_BYTES = Buffer.alloc(0)

/** Reads hashes that are stored as one ziplist (Redis 2.6 to 6.2) or as one zipmap (before). */
export class OldCompactHashReader implements RdbValueReader {
  readonly types = [RdbType.HASH_ZIPLIST, RdbType.HASH_ZIPMAP]
  readonly #block = new RdbString()
  readonly #field = new RdbString()

  read(input: RdbInput, head: RdbRecordHead, handler: RdbHandler): boolean {
    if (!input.readString(this.#block)) return false
    const pairs = head.type === RdbType.HASH_ZIPMAP ? this.#zipmapPairs(input) : this.#ziplistPairs(input)
    begin(head, VALUE_TYPE_HASH, handler)
    let size = 0
    for (const { field, bytes, start, end } of pairs) {
      if (!handler.onElement(field.bytes, field.start, field.end, bytes, start, end, 0)) {
        throw new RdbFormatError('a hash has a field twice', input.filePosition)
      }
      size++
    }
    finish(size, input, handler)
    return true
  }

  *#ziplistPairs(input: RdbInput) {
    const { bytes, start, end } = this.#block
    const field = this.#field
    const entry = new ZiplistCursor(bytes, start, end, input.filePosition)
    while (entry.next()) {
      field.point(entry.bytes, entry.start, entry.end)
      // An integer lies where the cursor puts the next one too.
      if (entry.bytes !== bytes) field.detach()
      if (!entry.next()) throw new RdbFormatError('a hash has a field without a value', input.filePosition)
      yield { field, bytes: entry.bytes, start: entry.start, end: entry.end }
    }
  }

  *#zipmapPairs(input: RdbInput) {
    const { bytes, start, end } = this.#block
    const field = this.#field
    const pair = new ZipmapCursor(bytes, start, end, input.filePosition)
    while (pair.next()) {
      field.point(bytes, pair.fieldStart, pair.fieldEnd)
      yield { field, bytes, start: pair.valueStart, end: pair.valueEnd }
    }
  }
}

/** Reads sorted sets that are stored as one ziplist (Redis 2.6 to 6.2). */
export class SortedSetZiplistReader implements RdbValueReader {
  readonly types = [RdbType.SORTED_SET_ZIPLIST]
  readonly #block = new RdbString()
  readonly #member = new RdbString()

  read(input: RdbInput, head: RdbRecordHead, handler: RdbHandler): boolean {
    if (!input.readString(this.#block)) return false
    const { bytes, start, end } = this.#block
    const member = this.#member
    const entry = new ZiplistCursor(bytes, start, end, input.filePosition)
    begin(head, VALUE_TYPE_SORTED_SET, handler)
    let size = 0
    while (entry.next()) {
      member.point(entry.bytes, entry.start, entry.end)
      if (entry.bytes !== bytes) member.detach()
      const hasScore = entry.next() && entry.start < entry.end
      const score = hasScore ? parseCompactScore(entry.bytes, entry.start, entry.end) : Number.NaN
      if (Number.isNaN(score)) {
        throw new RdbFormatError('a sorted set has a member without a score', input.filePosition)
      }
      if (!handler.onElement(member.bytes, member.start, member.end, NO_BYTES, 0, 0, score)) {
        throw new RdbFormatError('a sorted set has a member twice', input.filePosition)
      }
      size++
    }
    finish(size, input, handler)
    return true
  }
}

/** Reads lists that are stored as one ziplist (up to Redis 3.0) or as several (LIST_QUICKLIST, up to 6.2). */
export class ListZiplistReader implements RdbValueReader {
  readonly types = [RdbType.LIST_ZIPLIST, RdbType.LIST_QUICKLIST]
  readonly #block = new RdbString()
  /** Ziplists still to be read of the list that was begun; 0 before one is. */
  #remaining = 0
  #size = 0

  read(input: RdbInput, head: RdbRecordHead, handler: RdbHandler): boolean {
    if (this.#remaining === 0 && !this.#begin(input, head, handler)) return false
    while (this.#remaining > 0) {
      if (!input.readString(this.#block)) return false
      const { bytes, start, end } = this.#block
      const entry = new ZiplistCursor(bytes, start, end, input.filePosition)
      while (entry.next()) {
        handler.onElement(entry.bytes, entry.start, entry.end, NO_BYTES, 0, 0, 0)
        this.#size++
      }
      this.#remaining--
      input.commit()
    }
    finish(this.#size, input, handler)
    return true
  }

  #begin(input: RdbInput, head: RdbRecordHead, handler: RdbHandler): boolean {
    const ziplists = head.type === RdbType.LIST_ZIPLIST ? 1 : input.readLength()
    if (ziplists === INCOMPLETE) return false
    if (ziplists === 0) throw new RdbFormatError('a list has no elements', input.filePosition)
    begin(head, VALUE_TYPE_LIST, handler)
    this.#remaining = ziplists
    this.#size = 0
    input.commit()
    return true
  }
}

/** How many elements there are is known when they have been counted. */
function begin({ key, expiresAt }: RdbRecordHead, type: number, handler: RdbHandler): void {
  handler.onCollectionStart(key.bytes, key.start, key.end, type, 0, expiresAt)
}

function finish(size: number, input: RdbInput, handler: RdbHandler): void {
  if (size === 0) throw new RdbFormatError('a collection has no elements', input.filePosition)
  handler.onCollectionEnd()
}
