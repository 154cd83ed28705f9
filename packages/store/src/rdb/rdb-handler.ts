/** Takes what a reader finds in a file, in the file's order. Ranges are valid until the call returns. */
export interface RdbHandler {
  /** The records that follow belong to this database. Without it: database 0. */
  onSelectDatabase(database: number): void
  /** What the file says of itself: `redis-ver`, `repl-id` and the like. */
  onAuxiliaryField(name: string, value: string): void
  /** One string record; `expiresAt` is unix milliseconds, 0 for never. */
  onString(
    key: Buffer,
    keyStart: number,
    keyEnd: number,
    value: Buffer,
    valueStart: number,
    valueEnd: number,
    expiresAt: number,
  ): void
  /**
   * One record whose value is a listpack or an intset, checked to be one, of that kind (see value-type.ts): not
   * empty, and in pairs where the type asks for it.
   */
  onCompact(
    key: Buffer,
    keyStart: number,
    keyEnd: number,
    value: Buffer,
    valueStart: number,
    valueEnd: number,
    kind: number,
    expiresAt: number,
  ): void
  /** A record begins whose elements come one by one, `size` of them unless some are passed over. */
  onCollectionStart(key: Buffer, keyStart: number, keyEnd: number, type: number, size: number, expiresAt: number): void
  /**
   * One of its elements, as CollectionBuilder.add takes it.
   * @returns false where it has come before
   */
  onElement(
    bytes: Buffer,
    start: number,
    end: number,
    valueBytes: Buffer,
    valueStart: number,
    valueEnd: number,
    score: number,
  ): boolean
  /** Several items of a list at once: a listpack, checked to be one, that is not empty. */
  onItems(bytes: Buffer, start: number): void
  /** That was the last of its elements. */
  onCollectionEnd(): void
}
