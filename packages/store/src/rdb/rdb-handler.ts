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
}
