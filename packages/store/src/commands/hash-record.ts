import { LargeHash } from '../collections/large-hash.ts'
import {
  appendEntry,
  deleteEntries,
  findEntry,
  firstEntry,
  LISTPACK_ENTRY_OVERHEAD,
  ListpackCursor,
  listpackCount,
  nextEntry,
  replaceEntry,
  writeEmptyListpack,
} from '../collections/listpack.ts'
import type { Address, KeySpace } from '../keyspace/key-space.ts'
import { ENCODING_COMPACT, ENCODING_LARGE, kindOf, VALUE_TYPE_HASH } from '../keyspace/value-type.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import type { Reply } from './reply.ts'
import { lookupTyped } from './typed-record.ts'

const COMPACT_HASH = kindOf(VALUE_TYPE_HASH, ENCODING_COMPACT)
/** Field and value, and what a listpack adds to each. */
const PAIR_OVERHEAD = 2 * LISTPACK_ENTRY_OVERHEAD

/** The live hash under the key in argument 1; see lookupTyped. */
export function lookupHash(context: CommandContext, args: CommandArguments, reply: Reply): Address {
  return lookupTyped(context, args, 1, VALUE_TYPE_HASH, reply)
}

/** The large hash of a record, to be read. */
export function largeHashAt(keySpace: KeySpace, address: Address): LargeHash {
  return asHash(keySpace.collectionAt(address))
}

function writableHashAt(keySpace: KeySpace, address: Address): LargeHash {
  return asHash(keySpace.writableCollectionAt(address))
}

function asHash(collection: unknown): LargeHash {
  if (collection instanceof LargeHash) return collection
  throw new TypeError('the record of a hash holds another collection')
}

/** How many fields the hash at `address` has. */
export function hashSize(keySpace: KeySpace, address: Address): number {
  if (keySpace.encodingOf(address) === ENCODING_LARGE) return largeHashAt(keySpace, address).size
  return listpackCount(keySpace.bytesAt(address), keySpace.valueStart(address)) / 2
}

function hashSizeOr0(keySpace: KeySpace, address: Address): number {
  return address === 0 ? 0 : hashSize(keySpace, address)
}

/** The value that `findField` found, as bytes[start, end), until its next call or the next write. */
export const foundValue = new ListpackCursor()

/** Looks for the field bytes[start, end) of the hash at `address`; whether it is there. */
export function findField(
  keySpace: KeySpace,
  address: Address,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  if (keySpace.encodingOf(address) === ENCODING_LARGE) {
    const element = largeHashAt(keySpace, address).fields.find(bytes, start, end)
    if (element === 0) return false
    foundValue.bytes = keySpace.bytesAt(element)
    foundValue.start = keySpace.valueStart(element)
    foundValue.end = foundValue.start + keySpace.valueLength(element)
    return true
  }
  const block = keySpace.bytesAt(address)
  const field = findEntry(block, firstEntry(keySpace.valueStart(address)), bytes, start, end, 2)
  if (field < 0) return false
  foundValue.show(block, nextEntry(block, field))
  return true
}

/**
 * Changes fields of the hash under the key in argument 1, in one go: `open`, any number of `set` and `delete`, and
 * `close`. One hash at a time, within one command.
 */
class HashEditor {
  #context!: CommandContext
  #args!: CommandArguments
  #expiresAt = 0
  /** A compact hash is edited here and stored at the end. */
  #block!: Buffer
  #blockEnd = 0
  #large: LargeHash | null = null
  /** Whether the large hash is in no record yet. */
  #isConverted = false

  /**
   * @param address the hash, or 0 for one that is made by the first `set`
   * @param addedBytes the most that fields and values to be set have together
   * @param addedPairs how many they are
   */
  open(
    context: CommandContext,
    args: CommandArguments,
    address: Address,
    addedBytes: number,
    addedPairs: number,
  ): void {
    const { keySpace } = context
    this.#context = context
    this.#args = args
    this.#expiresAt = address === 0 ? 0 : keySpace.expiresAt(address)
    this.#isConverted = false
    if (address !== 0 && keySpace.encodingOf(address) === ENCODING_LARGE) {
      this.#large = writableHashAt(keySpace, address)
      return
    }
    this.#large = null
    const length = address === 0 ? 0 : keySpace.valueLength(address)
    // What is too much for a compact hash never comes into the block, so the room it would take is bounded.
    const { hashMaxListpackEntries, hashMaxListpackValue } = keySpace.collections.limits
    const pairs = Math.min(addedPairs, hashSizeOr0(keySpace, address) + hashMaxListpackEntries + 1)
    const added = Math.min(addedBytes, 2 * hashMaxListpackValue * pairs) + PAIR_OVERHEAD * pairs
    this.#block = context.scratch(PAIR_OVERHEAD + length + added)
    if (address === 0) {
      this.#blockEnd = writeEmptyListpack(this.#block, 0)
    } else {
      const start = keySpace.valueStart(address)
      keySpace.bytesAt(address).copy(this.#block, 0, start, start + length)
      this.#blockEnd = length
    }
  }

  /** Sets a field; whether it is new. */
  set(
    field: Uint8Array,
    fieldStart: number,
    fieldEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): boolean {
    if (this.#large === null) {
      const limits = this.#context.keySpace.collections.limits
      const longest = limits.hashMaxListpackValue
      if (fieldEnd - fieldStart > longest || valueEnd - valueStart > longest) {
        this.#convert()
      } else {
        const block = this.#block
        const at = findEntry(block, firstEntry(0), field, fieldStart, fieldEnd, 2)
        if (at >= 0) {
          this.#blockEnd = replaceEntry(block, 0, nextEntry(block, at), value, valueStart, valueEnd)
          return false
        }
        if (listpackCount(block, 0) / 2 < limits.hashMaxListpackEntries) {
          appendEntry(block, 0, field, fieldStart, fieldEnd)
          this.#blockEnd = appendEntry(block, 0, value, valueStart, valueEnd)
          return true
        }
        this.#convert()
      }
    }
    const { fields } = this.#large!
    const sizeBefore = fields.size
    fields.set(field, fieldStart, fieldEnd, value, valueStart, valueEnd)
    return fields.size > sizeBefore
  }

  /** Deletes a field; whether it was there. */
  delete(field: Uint8Array, start: number, end: number): boolean {
    if (this.#large !== null) return this.#large.fields.delete(field, start, end)
    const at = findEntry(this.#block, firstEntry(0), field, start, end, 2)
    if (at < 0) return false
    this.#blockEnd = deleteEntries(this.#block, 0, at, 2)
    return true
  }

  /** Stores what has become of the hash; a hash without fields is deleted. Whether it is still there. */
  close(): boolean {
    const { keySpace } = this.#context
    const { bytes, starts, ends } = this.#args
    const start = starts[1]!
    const end = ends[1]!
    const large = this.#large
    this.#large = null
    if (large === null) {
      if (listpackCount(this.#block, 0) === 0) {
        keySpace.delete(bytes, start, end)
        return false
      }
      keySpace.set(bytes, start, end, this.#block, 0, this.#blockEnd, this.#expiresAt, COMPACT_HASH)
    } else if (large.size === 0) {
      keySpace.delete(bytes, start, end)
      return false
    } else if (this.#isConverted) {
      keySpace.setCollection(bytes, start, end, large, this.#expiresAt)
    }
    return true
  }

  #convert(): void {
    this.#large = new LargeHash(this.#context.keySpace.collections)
    this.#isConverted = true
    this.#large.addAll(this.#block, 0)
  }
}

export const hashEditor = new HashEditor()
