import type { repl } from '../generated/messages.js'
import { sendableUint64 } from './message-codec.ts'
import type { FormerHistoryField } from './message-types.ts'

/** Former ids as they go on the wire. @throws RangeError for an offset that can't be sent */
export function formerToWire(former: readonly FormerHistoryField[] = []): repl.v1.FormerHistory.$Properties[] {
  for (const { offset } of former) sendableUint64('former.offset', offset)
  return [...former]
}
