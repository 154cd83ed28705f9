/** What went wrong with a store, for programs; stable across versions. */
export type StoreErrorCode =
  | 'STORE_LOCKED'
  | 'STORE_CLOSED'
  | 'NO_GOOD_SNAPSHOT'
  | 'NOT_FOLLOWING'
  | 'STREAM_DAMAGED'
  | 'STREAM_COMMAND_UNKNOWN'
  | 'SNAPSHOT_IN_THE_WAY'

/** A store could not do what it was asked; `code` says what kind of failure it was, the message names the thing. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
