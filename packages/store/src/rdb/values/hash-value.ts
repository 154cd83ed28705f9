import { isListpack, listpackCount } from '../../collections/listpack.ts'
import { ENCODING_COMPACT, kindOf, VALUE_TYPE_HASH } from '../../keyspace/value-type.ts'
import { RdbType } from '../rdb-encoding.ts'
import { RdbFormatError } from '../rdb-errors.ts'
import type { RdbHandler } from '../rdb-handler.ts'
import { INCOMPLETE, type RdbInput } from '../rdb-input.ts'
import { RdbString } from '../rdb-string.ts'
import type { RdbRecordHead, RdbValueReader } from '../rdb-value-reader.ts'

const COMPACT_HASH = kindOf(VALUE_TYPE_HASH, ENCODING_COMPACT)

/** Reads hashes that are stored pair by pair. */
export class HashValueReader implements RdbValueReader {
  readonly types = [RdbType.HASH]
  readonly #field = new RdbString()
  readonly #value = new RdbString()
  /** Pairs still to be read of the hash that was begun; 0 before one is. */
  #remaining = 0

  read(input: RdbInput, head: RdbRecordHead, handler: RdbHandler): boolean {
    if (this.#remaining === 0) {
      const size = input.readLength()
      if (size === INCOMPLETE) return false
      if (size === 0) throw new RdbFormatError('a hash has no fields', input.filePosition)
      handler.onCollectionStart(head.key.bytes, head.key.start, head.key.end, VALUE_TYPE_HASH, size, head.expiresAt)
      this.#remaining = size
      input.commit()
    }
    const field = this.#field
    const value = this.#value
    while (this.#remaining > 0) {
      if (!input.readString(field) || !input.readString(value)) return false
      if (!handler.onElement(field.bytes, field.start, field.end, value.bytes, value.start, value.end, 0)) {
        throw new RdbFormatError('a hash has a field twice', input.filePosition)
      }
      this.#remaining--
      input.commit()
    }
    handler.onCollectionEnd()
    return true
  }
}

/** Reads hashes that are stored as one listpack. */
export class HashListpackReader implements RdbValueReader {
  readonly types = [RdbType.HASH_LISTPACK]
  readonly #block = new RdbString()

  read(input: RdbInput, head: RdbRecordHead, handler: RdbHandler): boolean {
    const block = this.#block
    if (!input.readString(block)) return false
    const { bytes, start, end } = block
    if (!isListpack(bytes, start, end) || listpackCount(bytes, start) % 2 === 1 || listpackCount(bytes, start) === 0) {
      throw new RdbFormatError('the listpack of a hash is damaged', input.filePosition)
    }
    handler.onCompact(head.key.bytes, head.key.start, head.key.end, bytes, start, end, COMPACT_HASH, head.expiresAt)
    return true
  }
}
