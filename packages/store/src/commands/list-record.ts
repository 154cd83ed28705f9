import { CompactList, staysCompactList } from '../collections/compact-list.ts'
import { LargeList } from '../collections/large-list.ts'
import { COMPACT_LIST } from '../collections/list-builder.ts'
import { MAX_CHUNK_BYTES } from '../collections/list-chunk.ts'
import type { ListView } from '../collections/list-view.ts'
import { entryBytesFor, listpackCount, writeEmptyListpack } from '../collections/listpack.ts'
import type { EntryMatcher } from '../collections/listpack-splicing.ts'
import type { Address, KeySpace } from '../keyspace/key-space.ts'
import { ENCODING_LARGE, VALUE_TYPE_LIST } from '../keyspace/value-type.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import type { Reply } from './reply.ts'
import { lookupTyped } from './typed-record.ts'

/** The list under the key in argument i: 0 for none, WRONGLY_TYPED for another type (the error has been given). */
export function lookupList(context: CommandContext, args: CommandArguments, i: number, reply: Reply): Address {
  return lookupTyped(context, args, i, VALUE_TYPE_LIST, reply)
}

function checked(collection: unknown): LargeList {
  if (!(collection instanceof LargeList)) throw new TypeError('the collection is no list')
  return collection
}

/** How many items the list at `address` has. */
export function listSize(keySpace: KeySpace, address: Address): number {
  if (keySpace.encodingOf(address) === ENCODING_LARGE) return checked(keySpace.collectionAt(address)).size
  return listpackCount(keySpace.bytesAt(address), keySpace.valueStart(address))
}

const compactForReading = new CompactList()

/** The list of a record, for reading: until the next write, and until the next call where it is compact. */
export function viewList(keySpace: KeySpace, address: Address): ListView {
  if (keySpace.encodingOf(address) === ENCODING_LARGE) return checked(keySpace.collectionAt(address))
  return compactForReading.open(keySpace.bytesAt(address), keySpace.valueStart(address))
}

/**
 * Changes the list of one key: `open`, changes, and `close`, which stores what isn't stored yet. The store's commands
 * run one at a time, so one serves all.
 */
class ListEditor {
  readonly #compact = new CompactList()
  #list: CompactList | LargeList = this.#compact
  #keySpace!: KeySpace
  #args!: CommandArguments
  #key = 0
  #expiresAt = 0
  /** A large list that is in no record yet. */
  #isNew = false

  /** @param address the record of the key in argument `key`, 0 where there is none; it is void afterwards */
  open(context: CommandContext, args: CommandArguments, key: number, address: Address): void {
    const { keySpace } = context
    // Left behind by a command that found no room.
    if (this.#isNew && this.#list instanceof LargeList) this.#keySpace.collections.discard(this.#list)
    this.#isNew = false
    this.#keySpace = keySpace
    this.#args = args
    this.#key = key
    this.#expiresAt = address === 0 ? 0 : keySpace.expiresAt(address)
    if (address !== 0 && keySpace.encodingOf(address) === ENCODING_LARGE) {
      this.#list = checked(keySpace.writableCollectionAt(address))
      return
    }
    const length = address === 0 ? 0 : keySpace.valueLength(address)
    // What would make it longer than a chunk makes it large, where the new item goes in beside the old one too.
    const block = context.scratch(Math.max(length, MAX_CHUNK_BYTES))
    if (address === 0) {
      writeEmptyListpack(block, 0)
    } else {
      const start = keySpace.valueStart(address)
      keySpace.bytesAt(address).copy(block, 0, start, start + length)
    }
    this.#list = this.#compact.open(block, 0)
  }

  get size(): number {
    return this.#list.size
  }

  /** The list, to be looked at. */
  get view(): ListView {
    return this.#list
  }

  /** Puts an item before the one with that index, or behind the last one. */
  insert(index: number, bytes: Uint8Array, start: number, end: number): void {
    this.#provideFor(bytes, start, end)
    this.#list.insert(index, bytes, start, end)
  }

  replace(index: number, bytes: Uint8Array, start: number, end: number): void {
    this.#provideFor(bytes, start, end)
    this.#list.replace(index, bytes, start, end)
  }

  removeRange(from: number, to: number): void {
    this.#list.removeRange(from, to)
  }

  removeMatches(matcher: EntryMatcher, limit: number, isFromEnd: boolean): number {
    return this.#list.removeMatches(matcher, limit, isFromEnd)
  }

  /** Stores what was changed; whether the key is still there: an empty list is deleted. */
  close(): boolean {
    const keySpace = this.#keySpace
    const { bytes, starts, ends } = this.#args
    const start = starts[this.#key]!
    const end = ends[this.#key]!
    const list = this.#list
    const isNew = this.#isNew
    this.#isNew = false
    if (list.size === 0) {
      if (isNew && list instanceof LargeList) keySpace.collections.discard(list)
      keySpace.delete(bytes, start, end)
      return false
    }
    if (list instanceof CompactList) {
      keySpace.set(bytes, start, end, list.block, 0, list.length, this.#expiresAt, COMPACT_LIST)
    } else if (isNew) {
      keySpace.setCollection(bytes, start, end, list, this.#expiresAt)
    }
    return true
  }

  /** Makes the list large where one more item is too much for a compact one. */
  #provideFor(bytes: Uint8Array, start: number, end: number): void {
    const list = this.#list
    if (list instanceof LargeList) return
    const { limits } = this.#keySpace.collections
    if (staysCompactList(limits, list.length + entryBytesFor(bytes, start, end), list.size + 1)) return
    const large = new LargeList(this.#keySpace.collections)
    large.appendListpack(list.block, 0)
    this.#list = large
    this.#isNew = true
  }
}

export const listEditor = new ListEditor()
