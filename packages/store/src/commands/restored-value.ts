import type { CollectionBuilder } from '../collections/collection-builder.ts'
import { addItems, createBuilder } from '../collections/collection-builders.ts'
import { fitsCompact } from '../collections/compact-fit.ts'
import { openValue } from '../collections/value-reader.ts'
import type { KeySpace } from '../keyspace/key-space.ts'
import { typeOfKind } from '../keyspace/value-type.ts'
import { RdbError } from '../rdb/rdb-errors.ts'
import type { RdbHandler } from '../rdb/rdb-handler.ts'
import { RdbInput } from '../rdb/rdb-input.ts'
import { RdbString } from '../rdb/rdb-string.ts'
import { createValueReaders } from '../rdb/values/value-readers.ts'

type Storing = (key: Buffer, keyStart: number, keyEnd: number, expiresAt: number) => void

/** One value read from its RDB form, not stored yet. */
export class RestoredValue implements RdbHandler {
  readonly #keySpace: KeySpace
  #builder: CollectionBuilder | null = null
  #store: Storing | null = null

  private constructor(keySpace: KeySpace) {
    this.#keySpace = keySpace
  }

  /**
   * Reads the value bytes[start, end), its type before it; what comes behind it doesn't matter. Null where it isn't
   * one. The bytes must stay until it is stored or discarded.
   */
  static read(keySpace: KeySpace, bytes: Buffer, start: number, end: number): RestoredValue | null {
    const type = start < end ? bytes[start]! : -1
    const reader = createValueReaders()[type]
    if (reader === undefined) return null
    const restored = new RestoredValue(keySpace)
    const value = bytes.subarray(start + 1, end)
    const input = new RdbInput(value.length)
    input.continueWith(value, value.length)
    try {
      const isWhole = reader.read(input, { key: new RdbString(), type, expiresAt: 0 }, restored)
      if (isWhole && restored.#store !== null) return restored
    } catch (error) {
      if (!(error instanceof RdbError)) {
        restored.discard()
        throw error
      }
    }
    restored.discard()
    return null
  }

  /** Stores the value under a key, in place of what is there. */
  store(key: Buffer, keyStart: number, keyEnd: number, expiresAt: number): void {
    this.#store?.(key, keyStart, keyEnd, expiresAt)
    this.#builder = null
  }

  /** Gives the value up. */
  discard(): void {
    this.#builder?.discard()
    this.#builder = null
  }

  onSelectDatabase(): void {}

  onAuxiliaryField(): void {}

  onString(
    _key: Buffer,
    _keyStart: number,
    _keyEnd: number,
    value: Buffer,
    valueStart: number,
    valueEnd: number,
  ): void {
    this.#keep(value, valueStart, valueEnd, undefined)
  }

  onCompact(
    key: Buffer,
    keyStart: number,
    keyEnd: number,
    value: Buffer,
    valueStart: number,
    valueEnd: number,
    kind: number,
  ): void {
    if (fitsCompact(kind, value, valueStart, this.#keySpace.collections.limits)) {
      this.#keep(value, valueStart, valueEnd, kind)
      return
    }
    const cursor = openValue(value, valueStart, valueEnd, kind, null)
    this.onCollectionStart(key, keyStart, keyEnd, typeOfKind(kind))
    while (cursor.next()) {
      const { bytes, start, end } = cursor
      this.onElement(bytes, start, end, cursor.valueBytes, cursor.valueStart, cursor.valueEnd, cursor.score)
    }
    this.onCollectionEnd()
  }

  onCollectionStart(_key: Buffer, _keyStart: number, _keyEnd: number, type: number): void {
    this.#builder = createBuilder(this.#keySpace, type)
  }

  onElement(
    bytes: Buffer,
    start: number,
    end: number,
    valueBytes: Buffer,
    valueStart: number,
    valueEnd: number,
    score: number,
  ): boolean {
    return this.#builder!.add(bytes, start, end, valueBytes, valueStart, valueEnd, score)
  }

  onItems(bytes: Buffer, start: number): void {
    addItems(this.#builder!, bytes, start)
  }

  onCollectionEnd(): void {
    // One whose elements were all passed over is none.
    if (this.#builder!.size === 0) return
    const builder = this.#builder!
    this.#store = (key, keyStart, keyEnd, expiresAt) => builder.store(this.#keySpace, key, keyStart, keyEnd, expiresAt)
  }

  #keep(value: Buffer, start: number, end: number, kind: number | undefined): void {
    this.#store = (key, keyStart, keyEnd, expiresAt) =>
      this.#keySpace.set(key, keyStart, keyEnd, value, start, end, expiresAt, kind)
  }
}
