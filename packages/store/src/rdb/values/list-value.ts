import { isListpack, listpackCount } from '../../collections/listpack.ts'
import { ENCODING_COMPACT, kindOf, VALUE_TYPE_LIST } from '../../keyspace/value-type.ts'
import { QUICKLIST_PACKED_NODE, QUICKLIST_PLAIN_NODE, RdbType } from '../rdb-encoding.ts'
import { RdbFormatError } from '../rdb-errors.ts'
import type { RdbHandler } from '../rdb-handler.ts'
import { INCOMPLETE, type RdbInput } from '../rdb-input.ts'
import { RdbString } from '../rdb-string.ts'
import type { RdbRecordHead, RdbValueReader } from '../rdb-value-reader.ts'

const COMPACT_LIST = kindOf(VALUE_TYPE_LIST, ENCODING_COMPACT)
const NO_BYTES = Buffer.alloc(0)

/** Reads lists that are stored item by item. */
export class ListValueReader implements RdbValueReader {
  readonly types = [RdbType.LIST]
  readonly #item = new RdbString()
  /** Items still to be read of the list that was begun; 0 before one is. */
  #remaining = 0

  read(input: RdbInput, { key, expiresAt }: RdbRecordHead, handler: RdbHandler): boolean {
    if (this.#remaining === 0) {
      const size = input.readLength()
      if (size === INCOMPLETE) return false
      if (size === 0) throw new RdbFormatError('a list has no items', input.filePosition)
      handler.onCollectionStart(key.bytes, key.start, key.end, VALUE_TYPE_LIST, size, expiresAt)
      this.#remaining = size
      input.commit()
    }
    const item = this.#item
    while (this.#remaining > 0) {
      if (!input.readString(item)) return false
      handler.onElement(item.bytes, item.start, item.end, NO_BYTES, 0, 0, 0)
      this.#remaining--
      input.commit()
    }
    handler.onCollectionEnd()
    return true
  }
}

/** Reads lists that are stored as nodes, each a listpack or one long item: from Redis 7.0 on. */
export class QuicklistReader implements RdbValueReader {
  readonly types = [RdbType.LIST_QUICKLIST_2]
  readonly #node = new RdbString()
  /** Nodes still to be read of the list that was begun; 0 before one is. */
  #remaining = 0
  #hasItems = false

  read(input: RdbInput, head: RdbRecordHead, handler: RdbHandler): boolean {
    if (this.#remaining === 0) {
      const nodes = input.readLength()
      if (nodes === INCOMPLETE) return false
      if (nodes === 0) throw new RdbFormatError('a list has no nodes', input.filePosition)
      // One listpack is the whole list.
      const container = nodes === 1 ? this.#readNode(input) : null
      if (container === INCOMPLETE) return false
      const { key, expiresAt } = head
      if (container === QUICKLIST_PACKED_NODE && listpackCount(this.#node.bytes, this.#node.start) > 0) {
        const { bytes, start, end } = this.#node
        handler.onCompact(key.bytes, key.start, key.end, bytes, start, end, COMPACT_LIST, expiresAt)
        return true
      }
      handler.onCollectionStart(key.bytes, key.start, key.end, VALUE_TYPE_LIST, 0, expiresAt)
      this.#hasItems = false
      if (container === null) {
        this.#remaining = nodes
        input.commit()
      } else {
        this.#pass(container, handler)
      }
    }
    while (this.#remaining > 0) {
      const container = this.#readNode(input)
      if (container === INCOMPLETE) return false
      this.#pass(container, handler)
      this.#remaining--
      input.commit()
    }
    if (!this.#hasItems) throw new RdbFormatError('a list has no items', input.filePosition)
    handler.onCollectionEnd()
    return true
  }

  /** Reads a node and returns what it is, or INCOMPLETE. */
  #readNode(input: RdbInput): number {
    const container = input.readLength()
    if (container === INCOMPLETE || !input.readString(this.#node)) return INCOMPLETE
    if (container === QUICKLIST_PLAIN_NODE) return container
    if (container !== QUICKLIST_PACKED_NODE) {
      throw new RdbFormatError(`a list has a node of an unknown kind: ${container}`, input.filePosition)
    }
    const { bytes, start, end } = this.#node
    if (!isListpack(bytes, start, end))
      throw new RdbFormatError('the listpack of a list is damaged', input.filePosition)
    return container
  }

  #pass(container: number, handler: RdbHandler): void {
    const { bytes, start, end } = this.#node
    if (container === QUICKLIST_PLAIN_NODE) {
      handler.onElement(bytes, start, end, NO_BYTES, 0, 0, 0)
      this.#hasItems = true
    } else if (listpackCount(bytes, start) > 0) {
      // Redis passes over a node that has none.
      handler.onItems(bytes, start)
      this.#hasItems = true
    }
  }
}
