import { type CompactLimits, defaultCompactLimits } from '../collections/compact-limits.ts'
import { Arena } from '../keyspace/arena.ts'
import { KeySpace } from '../keyspace/key-space.ts'
import type { KeySpaceSnapshot } from '../keyspace/key-space-snapshot.ts'

/** How many databases a data set has, as redis.conf's `databases` has it by default. */
export const DATABASES = 16

/** All the data of one node: its databases, over one arena. A full resynchronisation replaces it as a whole. */
export class DataSet {
  /** Up to where collections stay compact; what follows on this data set hands it on. */
  readonly limits: CompactLimits
  readonly #arena = new Arena()
  #keepsDigests = false
  readonly #keySpaces: (KeySpace | undefined)[] = new Array(DATABASES)

  constructor(limits: CompactLimits = defaultCompactLimits()) {
    this.limits = limits
  }

  /**
   * The key space of a database, made when it is first asked for.
   * @throws RangeError for a number that is no database's.
   */
  keySpace(database: number): KeySpace {
    const existing = this.#keySpaces[database]
    if (existing !== undefined) return existing
    if (!Number.isInteger(database) || database < 0 || database >= DATABASES) {
      throw new RangeError(`database ${database} is out of range: there are ${DATABASES}`)
    }
    const keySpace = new KeySpace({ arena: this.#arena, limits: this.limits })
    this.#keySpaces[database] = keySpace
    if (this.#keepsDigests) keySpace.keepDigest(true)
    return keySpace
  }

  /**
   * Sees to it that databases to come keep a digest, or that none does any more. For those that exist see beginDigest.
   */
  keepDigests(areKept: boolean): void {
    this.#keepsDigests = areKept
    if (!areKept) for (const [, keySpace] of this.databases()) keySpace.keepDigest(false)
  }

  /** Lets two databases change places. @throws RangeError for a number that is no database's. */
  swap(first: number, second: number): void {
    const keySpace = this.keySpace(first)
    this.#keySpaces[first] = this.keySpace(second)
    this.#keySpaces[second] = keySpace
  }

  /** The key spaces that exist, by database number. */
  *databases(): IterableIterator<[database: number, keySpace: KeySpace]> {
    for (let database = 0; database < DATABASES; database++) {
      const keySpace = this.#keySpaces[database]
      if (keySpace !== undefined) yield [database, keySpace]
    }
  }

  /** Keys in all databases. */
  get size(): number {
    let size = 0
    for (const [, keySpace] of this.databases()) size += keySpace.size
    return size
  }

  /** Bytes in use by records and indexes. */
  get usedMemory(): number {
    let bytes = 0
    for (const [, keySpace] of this.databases()) bytes += keySpace.usedMemory
    return bytes
  }

  /** Opens a snapshot of every database at once; the place in the array is the database's number. */
  openSnapshots(): KeySpaceSnapshot[] {
    const last = this.#keySpaces.findLastIndex((keySpace) => keySpace !== undefined)
    return Array.from({ length: last + 1 }, (_, database) => this.keySpace(database).openSnapshot())
  }
}
