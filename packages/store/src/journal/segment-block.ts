import { crc32 } from 'node:zlib'
import type { DiskFile } from '../disk/disk.ts'
import type { Segment } from './segment.ts'
import { BATCH_HEADER_BYTES, BATCH_MAGIC, decodeBatchHeader } from './segment-format.ts'

/** How much of a file is read at a time; a longer batch is read whole. */
export const READ_BLOCK_BYTES = 512 * 1024

/** Why a batch is not good, and where. */
export interface BatchFault {
  readonly reason: string
  /** Where in the file the batch begins. */
  readonly position: number
  /** The first byte of the file that can't belong to this batch; where its length is not known, the byte after `position`. */
  readonly nextPosition: number
  /** Its header is good and the file has room for all of it: no part of it was left unwritten at the end. */
  readonly isComplete: boolean
}

/** The payloads of some batches that follow one another. */
export interface SegmentBlock {
  /** The payloads without the headers between them. */
  readonly bytes: Buffer
  readonly startOffset: number
  /** Where the next batch begins in the file. */
  readonly nextPosition: number
  /** What stopped the reading; null where there is more to read, or the end was reached. */
  readonly fault: BatchFault | null
}

/**
 * Reads whole batches of a segment, checks them, and answers their payloads as one run of bytes.
 *
 * @param position where the first of them begins in the file
 * @param offset the offset it must have
 * @param fileEnd the file counts up to here
 * @param endOffset batches that begin here or later are of no interest
 */
export async function readSegmentBlock(
  file: DiskFile,
  segment: Segment,
  position: number,
  offset: number,
  fileEnd: number,
  endOffset: number,
): Promise<SegmentBlock> {
  let window = await readWindow(file, position, Math.min(READ_BLOCK_BYTES, fileEnd - position))
  let parsed = 0
  let kept = 0
  let expected = offset
  let fault: BatchFault | null = null
  const faultAt = (reason: string, nextPosition: number, isComplete: boolean) => {
    return { reason, position: position + parsed, nextPosition, isComplete }
  }

  while (expected < endOffset && position + parsed < fileEnd) {
    const at = position + parsed
    if (parsed + BATCH_HEADER_BYTES > window.length) {
      if (parsed > 0 && at + BATCH_HEADER_BYTES <= fileEnd) break
      fault = faultAt('the file ends within a batch header', fileEnd, false)
      break
    }
    const header = decodeBatchHeader(window, parsed, segment.salt)
    if (header === null) {
      fault = faultAt('no batch header', at + 1, false)
      break
    }
    const payloadEnd = parsed + BATCH_HEADER_BYTES + header.length
    if (position + payloadEnd > fileEnd) {
      fault = faultAt(`the file ends within a batch of ${header.length} bytes`, fileEnd, false)
      break
    }
    if (payloadEnd > window.length) {
      if (parsed > 0) break
      window = await readWindow(file, position, payloadEnd)
      if (window.length < payloadEnd) {
        fault = faultAt(`the file ends within a batch of ${header.length} bytes`, fileEnd, false)
        break
      }
    }
    if (header.offset !== expected) {
      fault = faultAt(`a batch of offset ${header.offset}`, position + payloadEnd, true)
      break
    }
    const payload = window.subarray(parsed + BATCH_HEADER_BYTES, payloadEnd)
    if (crc32(payload) !== header.payloadChecksum) {
      fault = faultAt(`a wrong checksum of ${header.length} bytes`, position + payloadEnd, true)
      break
    }
    segment.note(expected, at)
    // The headers are squeezed out in place: what is behind has been read.
    window.copyWithin(kept, parsed + BATCH_HEADER_BYTES, payloadEnd)
    kept += header.length
    expected += header.length
    parsed = payloadEnd
  }
  return { bytes: window.subarray(0, kept), startOffset: offset, nextPosition: position + parsed, fault }
}

/**
 * Looks for good batch headers in the file from `position` on.
 * @returns the greatest durable offset that one of them bears witness to; -1 where there is none
 */
export async function findWitness(file: DiskFile, salt: number, position: number, fileEnd: number): Promise<number> {
  let witness = -1
  let at = position
  while (at + BATCH_HEADER_BYTES <= fileEnd) {
    const window = await readWindow(file, at, Math.min(READ_BLOCK_BYTES, fileEnd - at))
    if (window.length < BATCH_HEADER_BYTES) break
    const last = window.length - BATCH_HEADER_BYTES
    for (let found = window.indexOf(BATCH_MAGIC); found >= 0 && found <= last; ) {
      const header = decodeBatchHeader(window, found, salt)
      if (header !== null) witness = Math.max(witness, header.durableOffset)
      found = window.indexOf(BATCH_MAGIC, found + 1)
    }
    // A header that the window cuts is seen whole in the next one.
    at += last + 1
  }
  return witness
}

async function readWindow(file: DiskFile, position: number, length: number): Promise<Buffer> {
  const window = Buffer.allocUnsafeSlow(length)
  const count = await file.read(window, position)
  return window.subarray(0, count)
}
