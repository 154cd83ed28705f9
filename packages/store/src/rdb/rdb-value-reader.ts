import type { RdbHandler } from './rdb-handler.ts'
import type { RdbInput } from './rdb-input.ts'
import type { RdbString } from './rdb-string.ts'

/** What a file says of a record before its value. */
export interface RdbRecordHead {
  readonly key: RdbString
  /** The value's type byte. */
  readonly type: number
  /** Unix milliseconds, 0 for never. */
  readonly expiresAt: number
}

/** Reads the values of one or several RDB types, and tells the handler. One file for each. */
export interface RdbValueReader {
  readonly types: readonly number[]
  /**
   * Reads one value. False if the input ends too early: then it is called again with more input, from the last
   * `input.commit()` on. A value with many elements commits after each and keeps its own count of them, so that the
   * whole of it need never be in memory as bytes.
   */
  read(input: RdbInput, head: RdbRecordHead, handler: RdbHandler): boolean
}
