import { RdbType } from '../rdb-encoding.ts'
import type { RdbHandler } from '../rdb-handler.ts'
import type { RdbInput } from '../rdb-input.ts'
import { RdbString } from '../rdb-string.ts'
import type { RdbRecordHead, RdbValueReader } from '../rdb-value-reader.ts'

/** Reads strings: raw, compressed, or stored as an integer. */
export class StringValueReader implements RdbValueReader {
  readonly types = [RdbType.STRING]
  readonly #value = new RdbString()

  read(input: RdbInput, head: RdbRecordHead, handler: RdbHandler): boolean {
    const value = this.#value
    if (!input.readString(value)) return false
    const key = head.key
    handler.onString(key.bytes, key.start, key.end, value.bytes, value.start, value.end, head.expiresAt)
    return true
  }
}
