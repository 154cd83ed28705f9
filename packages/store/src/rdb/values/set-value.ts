import { isIntset } from '../../collections/intset.ts'
import { isListpack, ListpackCursor } from '../../collections/listpack.ts'
import { ENCODING_INTSET, kindOf, VALUE_TYPE_SET } from '../../keyspace/value-type.ts'
import { RdbType } from '../rdb-encoding.ts'
import { RdbFormatError } from '../rdb-errors.ts'
import type { RdbHandler } from '../rdb-handler.ts'
import { INCOMPLETE, type RdbInput } from '../rdb-input.ts'
import { RdbString } from '../rdb-string.ts'
import type { RdbRecordHead, RdbValueReader } from '../rdb-value-reader.ts'

const SET_OF_INTEGERS = kindOf(VALUE_TYPE_SET, ENCODING_INTSET)
const NO_BYTES = Buffer.alloc(0)

/** Reads sets that are stored member by member. */
export class SetValueReader implements RdbValueReader {
  readonly types = [RdbType.SET]
  readonly #member = new RdbString()
  /** Members still to be read of the set that was begun; 0 before one is. */
  #remaining = 0

  read(input: RdbInput, { key, expiresAt }: RdbRecordHead, handler: RdbHandler): boolean {
    if (this.#remaining === 0) {
      const size = input.readLength()
      if (size === INCOMPLETE) return false
      if (size === 0) throw new RdbFormatError('a set has no members', input.filePosition)
      handler.onCollectionStart(key.bytes, key.start, key.end, VALUE_TYPE_SET, size, expiresAt)
      this.#remaining = size
      input.commit()
    }
    const member = this.#member
    while (this.#remaining > 0) {
      if (!input.readString(member)) return false
      addMember(member, input, handler)
      this.#remaining--
      input.commit()
    }
    handler.onCollectionEnd()
    return true
  }
}

/** Reads sets that are stored as one intset. */
export class SetIntsetReader implements RdbValueReader {
  readonly types = [RdbType.SET_INTSET]
  readonly #block = new RdbString()

  read(input: RdbInput, { key, expiresAt }: RdbRecordHead, handler: RdbHandler): boolean {
    const block = this.#block
    if (!input.readString(block)) return false
    const { bytes, start, end } = block
    if (!isIntset(bytes, start, end)) throw new RdbFormatError('an intset is damaged', input.filePosition)
    handler.onCompact(key.bytes, key.start, key.end, bytes, start, end, SET_OF_INTEGERS, expiresAt)
    return true
  }
}

/** Reads sets that are stored as one listpack, as from Redis 7.2 on. */
export class SetListpackReader implements RdbValueReader {
  readonly types = [RdbType.SET_LISTPACK]
  readonly #block = new RdbString()
  readonly #member = new ListpackCursor()

  read(input: RdbInput, { key, expiresAt }: RdbRecordHead, handler: RdbHandler): boolean {
    const block = this.#block
    if (!input.readString(block)) return false
    const { bytes, start, end } = block
    const member = this.#member
    if (!isListpack(bytes, start, end) || !member.open(bytes, start).next()) {
      throw new RdbFormatError('the listpack of a set is damaged', input.filePosition)
    }
    // Member by member: nobody has looked whether one is there twice.
    handler.onCollectionStart(key.bytes, key.start, key.end, VALUE_TYPE_SET, 0, expiresAt)
    do addMember(member, input, handler)
    while (member.next())
    handler.onCollectionEnd()
    return true
  }
}

function addMember(
  { bytes, start, end }: { readonly bytes: Buffer; readonly start: number; readonly end: number },
  input: RdbInput,
  handler: RdbHandler,
): void {
  if (handler.onElement(bytes, start, end, NO_BYTES, 0, 0, 0)) return
  throw new RdbFormatError('a set has a member twice', input.filePosition)
}
