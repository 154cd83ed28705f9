import { CompactSortedSet } from '../collections/compact-sorted-set.ts'
import { LargeSortedSet } from '../collections/large-sorted-set.ts'
import { COMPACT_SORTED_SET, enlarged, staysCompact } from '../collections/sorted-set-builder.ts'
import type { SortedSetView } from '../collections/sorted-set-view.ts'
import type { Address, KeySpace } from '../keyspace/key-space.ts'
import { ENCODING_LARGE, VALUE_TYPE_SORTED_SET } from '../keyspace/value-type.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import type { Reply } from './reply.ts'
import { lookupTyped } from './typed-record.ts'

/** The sorted set under the key in argument i: 0 for none, WRONGLY_TYPED for another type (the error has been given). */
export function lookupSortedSet(context: CommandContext, args: CommandArguments, i: number, reply: Reply): Address {
  return lookupTyped(context, args, i, VALUE_TYPE_SORTED_SET, reply)
}

/** The large sorted set of a record, for reading. */
export function largeSortedSetAt(keySpace: KeySpace, address: Address): LargeSortedSet {
  return checked(keySpace.collectionAt(address))
}

function checked(collection: unknown): LargeSortedSet {
  if (!(collection instanceof LargeSortedSet)) throw new TypeError('the collection is no sorted set')
  return collection
}

const compactForReading = new CompactSortedSet()

/** The sorted set of a record, for reading: until the next write, and until the next call where it is compact. */
export function viewSortedSet(
  keySpace: KeySpace,
  address: Address,
  compact: CompactSortedSet = compactForReading,
): SortedSetView {
  if (keySpace.encodingOf(address) === ENCODING_LARGE) return largeSortedSetAt(keySpace, address)
  return compact.read(keySpace.bytesAt(address), keySpace.valueStart(address))
}

/**
 * Changes the sorted set of one key: `open`, changes, and `close`, which stores what isn't stored yet. The store's
 * commands run one at a time, so one serves all.
 */
class SortedSetEditor {
  readonly #compact = new CompactSortedSet()
  #set: CompactSortedSet | LargeSortedSet = this.#compact
  #context!: CommandContext
  #args!: CommandArguments
  #key = 0
  #expiresAt = 0
  /** A large set that is in no record yet. */
  #isNew = false

  /** @param address the record of the key in argument `key`, 0 where there is none; it is void afterwards */
  open(context: CommandContext, args: CommandArguments, key: number, address: Address): void {
    const { keySpace } = context
    this.#context = context
    this.#args = args
    this.#key = key
    this.#isNew = false
    this.#expiresAt = address === 0 ? 0 : keySpace.expiresAt(address)
    if (address === 0) this.#set = this.#compact.clear()
    else if (keySpace.encodingOf(address) === ENCODING_LARGE)
      this.#set = checked(keySpace.writableCollectionAt(address))
    else this.#set = this.#compact.edit(keySpace.bytesAt(address), keySpace.valueStart(address))
  }

  /** What is being changed. Members are added by `insert` below only. */
  get set(): SortedSetView {
    return this.#set
  }

  /**
   * Adds a member that isn't there.
   * @throws RecordTooLargeError, ArenaFullError; a set that was not large before is then as it was
   */
  insert(bytes: Uint8Array, start: number, end: number, score: number): void {
    if (this.#set === this.#compact) {
      const table = this.#context.keySpace.collections
      if (!staysCompact(table, this.#set.size + 1, end - start)) {
        this.#set = enlarged(table, this.#compact)
        this.#isNew = true
      }
    }
    try {
      this.#set.insert(bytes, start, end, score)
    } catch (error) {
      if (this.#isNew && this.#set instanceof LargeSortedSet) this.#set.table.discard(this.#set)
      throw error
    }
  }

  /** Stores what was changed; whether the key is still there: an empty set is deleted. */
  close(): boolean {
    const { keySpace } = this.#context
    const { bytes, starts, ends } = this.#args
    const start = starts[this.#key]!
    const end = ends[this.#key]!
    const set = this.#set
    // Not kept: the key space may be replaced before the next command.
    this.#set = this.#compact
    if (set.size === 0) {
      keySpace.delete(bytes, start, end)
      return false
    }
    if (set instanceof CompactSortedSet) {
      const { block, blockStart, blockEnd } = set
      keySpace.set(bytes, start, end, block, blockStart, blockEnd, this.#expiresAt, COMPACT_SORTED_SET)
    } else if (this.#isNew) {
      this.#isNew = false
      keySpace.setCollection(bytes, start, end, set, this.#expiresAt)
    }
    return true
  }
}

export const sortedSetEditor = new SortedSetEditor()
