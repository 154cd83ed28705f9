import { CompactSet, compactSetHas } from '../collections/compact-set.ts'
import { intsetCount } from '../collections/intset.ts'
import { LargeSet } from '../collections/large-set.ts'
import { listpackCount } from '../collections/listpack.ts'
import type { Address, KeySpace } from '../keyspace/key-space.ts'
import { ENCODING_INTSET, ENCODING_LARGE, VALUE_TYPE_SET } from '../keyspace/value-type.ts'
import type { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import type { Reply } from './reply.ts'
import { lookupTyped } from './typed-record.ts'

/** The live set under the key in argument i; see lookupTyped. */
export function lookupSet(context: CommandContext, args: CommandArguments, i: number, reply: Reply): Address {
  return lookupTyped(context, args, i, VALUE_TYPE_SET, reply)
}

/** The large set of a record, to be read. */
export function largeSetAt(keySpace: KeySpace, address: Address): LargeSet {
  return asSet(keySpace.collectionAt(address))
}

function asSet(collection: unknown): LargeSet {
  if (collection instanceof LargeSet) return collection
  throw new TypeError('the record of a set holds another collection')
}

/** How many members the set at `address` has. */
export function setSize(keySpace: KeySpace, address: Address): number {
  const encoding = keySpace.encodingOf(address)
  if (encoding === ENCODING_LARGE) return largeSetAt(keySpace, address).size
  const count = encoding === ENCODING_INTSET ? intsetCount : listpackCount
  return count(keySpace.bytesAt(address), keySpace.valueStart(address))
}

/** Whether bytes[start, end) is a member of the set at `address`. */
export function isMember(keySpace: KeySpace, address: Address, bytes: Uint8Array, start: number, end: number): boolean {
  if (keySpace.encodingOf(address) === ENCODING_LARGE) return largeSetAt(keySpace, address).has(bytes, start, end)
  const kind = keySpace.kindOf(address)
  return compactSetHas(keySpace.bytesAt(address), keySpace.valueStart(address), kind, bytes, start, end)
}

/**
 * Changes members of the set under a key, in one go: `open`, any number of `add` and `delete`, and `close`. One set at
 * a time, within one command.
 */
class SetEditor {
  #context!: CommandContext
  #args!: CommandArguments
  #key = 0
  #expiresAt = 0
  /** A compact set is edited here and stored at the end. */
  readonly #compact = new CompactSet()
  #large: LargeSet | null = null
  /** Whether the large set is in no record yet. */
  #isConverted = false

  /**
   * @param key the argument with the set's key
   * @param address the set, or 0 for one that is made by the first `add`
   */
  open(context: CommandContext, args: CommandArguments, key: number, address: Address): void {
    const { keySpace } = context
    this.#context = context
    this.#args = args
    this.#key = key
    this.#expiresAt = address === 0 ? 0 : keySpace.expiresAt(address)
    this.#isConverted = false
    this.#large = null
    if (address === 0) {
      this.#compact.clear()
    } else if (keySpace.encodingOf(address) === ENCODING_LARGE) {
      this.#large = asSet(keySpace.writableCollectionAt(address))
    } else {
      const start = keySpace.valueStart(address)
      const end = start + keySpace.valueLength(address)
      this.#compact.load(keySpace.bytesAt(address), start, end, keySpace.kindOf(address))
    }
  }

  /** Adds a member; whether it is new. */
  add(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#large === null) {
      const { collections } = this.#context.keySpace
      const addition = this.#compact.add(bytes, start, end, collections.limits)
      if (addition !== 'too-large') return addition === 'added'
      this.#large = new LargeSet(collections)
      this.#isConverted = true
      this.#large.addAll(this.#compact)
    }
    return this.#large.add(bytes, start, end)
  }

  /** Deletes a member; whether it was there. */
  delete(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#large !== null) return this.#large.members.delete(bytes, start, end)
    return this.#compact.delete(bytes, start, end)
  }

  /** Stores what has become of the set; a set without members is deleted. Whether it is still there. */
  close(): boolean {
    const { keySpace } = this.#context
    const { bytes } = this.#args
    const start = this.#args.starts[this.#key]!
    const end = this.#args.ends[this.#key]!
    const large = this.#large
    const compact = this.#compact
    this.#large = null
    if ((large ?? compact).size === 0) {
      keySpace.delete(bytes, start, end)
      return false
    }
    if (large === null) {
      keySpace.set(bytes, start, end, compact.bytes, 0, compact.length, this.#expiresAt, compact.kind)
    } else if (this.#isConverted) {
      keySpace.setCollection(bytes, start, end, large, this.#expiresAt)
    }
    return true
  }
}

export const setEditor = new SetEditor()
