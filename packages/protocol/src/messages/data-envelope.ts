import { FRAME_HEADER_LENGTH, MAX_FRAME_LENGTH, writeFrameHeader } from '../framing/frame.ts'

/**
 * The hot path of both bulk messages: all that precedes the data in its frame is written here by hand, so that
 * bytes of the journal or of a file go to the socket as they are. A test holds it equal to protobufjs's encoding.
 */

/** The longest data of one StreamChunk or SnapshotChunk: the frame limit less room for what precedes it. */
export const MAX_DATA_LENGTH = MAX_FRAME_LENGTH - 64

/**
 * A good length for the data of one chunk. Node reads sockets 64 KiB at a time, and a frame that spans many reads is
 * copied together: measured, chunks of 256 KiB and more are slower than these, and of 1 KiB far slower.
 */
export const CHUNK_LENGTH = 32 * 1024

// (field number << 3 | wire type 2: length-delimited) or (… | 0: varint); see proto/repl/v1.
const MASTER_MESSAGE_STREAM_CHUNK = (7 << 3) | 2
const STREAM_CHUNK_OFFSET = (1 << 3) | 0
const STREAM_CHUNK_DATA = (2 << 3) | 2
const SNAPSHOT_CHUNK_DATA = (1 << 3) | 2

/** The frame header and the envelope for a StreamChunk; exactly `dataLength` bytes of the stream must follow. */
export function streamChunkHeader(offset: number, dataLength: number): Buffer {
  checkDataLength(dataLength)
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new RangeError(`a stream offset must be an integer from 0 to 2^53-1, got ${offset}`)
  }
  const chunkLength = 1 + varintLength(offset) + 1 + varintLength(dataLength) + dataLength
  const bodyLength = 1 + varintLength(chunkLength) + chunkLength
  const head = Buffer.allocUnsafe(FRAME_HEADER_LENGTH + bodyLength - dataLength)
  writeFrameHeader(head, 0, 0, bodyLength)
  let at = FRAME_HEADER_LENGTH
  head[at++] = MASTER_MESSAGE_STREAM_CHUNK
  at = writeVarint(head, at, chunkLength)
  head[at++] = STREAM_CHUNK_OFFSET
  at = writeVarint(head, at, offset)
  head[at++] = STREAM_CHUNK_DATA
  writeVarint(head, at, dataLength)
  return head
}

/** The frame header and the envelope for a SnapshotChunk; exactly `dataLength` bytes of the file must follow. */
export function snapshotDataHeader(dataLength: number): Buffer {
  checkDataLength(dataLength)
  const bodyLength = 1 + varintLength(dataLength) + dataLength
  const head = Buffer.allocUnsafe(FRAME_HEADER_LENGTH + bodyLength - dataLength)
  writeFrameHeader(head, 0, 0, bodyLength)
  head[FRAME_HEADER_LENGTH] = SNAPSHOT_CHUNK_DATA
  writeVarint(head, FRAME_HEADER_LENGTH + 1, dataLength)
  return head
}

function checkDataLength(length: number): void {
  if (!Number.isInteger(length) || length < 0 || length > MAX_DATA_LENGTH) {
    throw new RangeError(`the data of a chunk must be 0 to ${MAX_DATA_LENGTH} bytes long, got ${length}`)
  }
}

function varintLength(value: number): number {
  let length = 1
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++
  return length
}

function writeVarint(target: Buffer, at: number, value: number): number {
  let rest = value
  // Offsets pass 2^32, where the bit operators end.
  while (rest >= 0x80) {
    target[at++] = (rest % 0x80) | 0x80
    rest = Math.floor(rest / 0x80)
  }
  target[at++] = rest
  return at
}
