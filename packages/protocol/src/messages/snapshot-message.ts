import { MAX_FRAME_LENGTH } from '../framing/frame.ts'
import { repl } from '../generated/messages.js'
import { snapshotDataHeader } from './data-envelope.ts'
import * as bounds from './field-bounds.ts'
import { refusal } from './master-message.ts'
import { decodeBody, encodeFrame, type MessageCodec, sendableUint64, unknownMessage } from './message-codec.ts'
import type { SnapshotMessage } from './message-types.ts'

const NAME = 'SnapshotChunk'

/** What masters say on a FetchSnapshot connection. */
export const snapshotMessageCodec: MessageCodec<SnapshotMessage> = {
  name: NAME,
  maxFrameLength: MAX_FRAME_LENGTH,
  encode(message) {
    switch (message.type) {
      case 'data':
        return { head: snapshotDataHeader(message.data.length), data: message.data }
      case 'end':
        return encodeFrame(repl.v1.SnapshotChunk, { end: sendableUint64('size', message.size) })
      case 'refusal':
        return encodeFrame(repl.v1.SnapshotChunk, { refusal: message })
    }
  },
  decode(body) {
    const wire = decodeBody(NAME, repl.v1.SnapshotChunk, body)
    switch (wire.content) {
      case 'data':
        return { type: 'data', data: bounds.data(wire.data) }
      case 'end':
        return { type: 'end', size: bounds.uint64('end', wire.end) }
      case 'refusal':
        return refusal(wire.refusal)
      default:
        throw unknownMessage(NAME, body)
    }
  },
}
