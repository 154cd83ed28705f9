import { appendEntry, LISTPACK_ENTRY_OVERHEAD, listpackBytes, listpackCount, writeEmptyListpack } from './listpack.ts'
import { joinListpacks } from './listpack-splicing.ts'

const INITIAL_BYTES = 256

/** A listpack that grows entry by entry, in memory of its own. */
export class CompactBlock {
  /** The listpack is at its beginning. */
  bytes: Buffer = Buffer.allocUnsafe(INITIAL_BYTES)

  constructor() {
    writeEmptyListpack(this.bytes, 0)
  }

  get length(): number {
    return listpackBytes(this.bytes, 0)
  }

  get count(): number {
    return listpackCount(this.bytes, 0)
  }

  append(value: Uint8Array, start: number, end: number): void {
    this.#require(this.length + end - start + LISTPACK_ENTRY_OVERHEAD)
    appendEntry(this.bytes, 0, value, start, end)
  }

  /** Adds all entries of a listpack. */
  join(bytes: Buffer, start: number): void {
    this.#require(this.length + listpackBytes(bytes, start))
    joinListpacks(this.bytes, 0, bytes, start)
  }

  /** Begins anew. */
  clear(): void {
    writeEmptyListpack(this.bytes, 0)
  }

  #require(length: number): void {
    if (length <= this.bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(length, 2 * this.bytes.length))
    this.bytes.copy(larger, 0, 0, this.length)
    this.bytes = larger
  }
}
