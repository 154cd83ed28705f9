import { crc32 } from 'node:zlib'
import type { MemoryTail } from './memory-tail.ts'
import type { Segment } from './segment.ts'
import { encodeBatchHeader } from './segment-format.ts'

/** A batch takes no further chunk once it has this much. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024

/** A piece of the stream on its way to a file. */
export interface Batch {
  readonly segment: Segment
  readonly position: number
  readonly startOffset: number
  readonly endOffset: number
  readonly buffers: readonly Uint8Array[]
  readonly size: number
}

/** What memory has from `startOffset` on, as the next batch of a segment; null where it has no more. */
export function nextBatch(
  tail: MemoryTail,
  segment: Segment,
  startOffset: number,
  durableOffset: number,
): Batch | null {
  const views = tail.viewsFrom(startOffset, MAX_BATCH_BYTES)
  if (views.length === 0) return null
  let length = 0
  let payloadChecksum = 0
  for (const view of views) {
    length += view.length
    payloadChecksum = crc32(view, payloadChecksum)
  }
  const head = encodeBatchHeader({ length, offset: startOffset, durableOffset, payloadChecksum }, segment.salt)
  return {
    segment,
    position: segment.size,
    startOffset,
    endOffset: startOffset + length,
    buffers: [head, ...views],
    size: head.length + length,
  }
}

/** An empty batch, which bears witness that all of the stream before it was durable. */
export function closingMark(segment: Segment, durableOffset: number): Buffer {
  const header = { length: 0, offset: durableOffset, durableOffset, payloadChecksum: 0 }
  return encodeBatchHeader(header, segment.salt)
}
