import { crc32 } from 'node:zlib'

/**
 * The bytes of a segment file: one segment header, then batches, each a batch header and its payload. Numbers are
 * little-endian; a payload is a whole number of commands of the stream.
 *
 * ```
 * segment header, 128 bytes           batch header, 32 bytes
 *    0  "REPLJRNL"                       0  u32 magic
 *    8  u32 version                      4  u32 payload length (0: closed in good order)
 *   12  u32 salt                         8  u64 offset of the payload
 *   16  u64 start offset                16  u64 durable offset, when this was written
 *   24  u64 durable offset              24  u32 CRC-32 of the payload
 *   32  replication id, 40 characters   28  u32 CRC-32 of bytes 0 to 28, begun from the salt
 *   72  boot id, 36 characters or zeros
 *  108  u64 start offset of the file before
 *  116  zeros
 *  124  u32 CRC-32 of bytes 0 to 124
 * ```
 *
 * The durable offset bears witness: bytes before it were on disk, so if they are not good now, they were damaged and
 * not just never written. The salt keeps a value that a client stores from passing for a batch header.
 */
export const SEGMENT_FORMAT_VERSION = 1
export const SEGMENT_HEADER_BYTES = 128
export const BATCH_HEADER_BYTES = 32
/** How a batch header begins. */
export const BATCH_MAGIC = Buffer.from([0xb7, 0x4a, 0xc1, 0x1e])

const SEGMENT_MAGIC = Buffer.from('REPLJRNL', 'latin1')
const BATCH_MAGIC_NUMBER = BATCH_MAGIC.readUInt32LE(0)
const REPLICATION_ID_LENGTH = 40
const BOOT_ID_LENGTH = 36
const TWO_TO_32 = 0x1_0000_0000

/** What the header of a segment file says. */
export interface SegmentHeader {
  /** Seeds the checksums of the batch headers. */
  readonly salt: number
  /** The offset of the first byte of the first payload. */
  readonly startOffset: number
  /** What was durable when the file was made. */
  readonly durableOffset: number
  /** The history: 40 hexadecimal digits. */
  readonly replicationId: string
  /** `Disk.bootId` when the file was made. */
  readonly bootId: string
  /** Where the file before this one begins; this one's own start where there is none. */
  readonly previousOffset: number
}

/** What the header of a batch says. */
export interface BatchHeader {
  readonly length: number
  readonly offset: number
  readonly durableOffset: number
  readonly payloadChecksum: number
}

/** The header of a new segment file. */
export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES)
  SEGMENT_MAGIC.copy(bytes)
  bytes.writeUInt32LE(SEGMENT_FORMAT_VERSION, 8)
  bytes.writeUInt32LE(header.salt, 12)
  writeOffset(bytes, 16, header.startOffset)
  writeOffset(bytes, 24, header.durableOffset)
  bytes.write(header.replicationId, 32, REPLICATION_ID_LENGTH, 'latin1')
  bytes.write(header.bootId, 72, BOOT_ID_LENGTH, 'latin1')
  writeOffset(bytes, 108, header.previousOffset)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 124)), 124)
  return bytes
}

/**
 * What the first bytes of a file are: a header; `absent`, they never reached the disk; `damaged`; or of another
 * format version.
 */
export function decodeSegmentHeader(bytes: Buffer): SegmentHeader | 'absent' | 'damaged' | { version: number } {
  if (bytes.length < SEGMENT_HEADER_BYTES || bytes.every((byte) => byte === 0)) return 'absent'
  if (!bytes.subarray(0, 8).equals(SEGMENT_MAGIC)) return 'damaged'
  if (crc32(bytes.subarray(0, 124)) !== bytes.readUInt32LE(124)) return 'damaged'
  const version = bytes.readUInt32LE(8)
  if (version !== SEGMENT_FORMAT_VERSION) return { version }
  return {
    salt: bytes.readUInt32LE(12),
    startOffset: readOffset(bytes, 16),
    durableOffset: readOffset(bytes, 24),
    replicationId: bytes.toString('latin1', 32, 32 + REPLICATION_ID_LENGTH),
    bootId: bytes.toString('latin1', 72, 72 + BOOT_ID_LENGTH).replace(/\0+$/, ''),
    previousOffset: readOffset(bytes, 108),
  }
}

/** The header of a batch in a segment with this salt. */
export function encodeBatchHeader(header: BatchHeader, salt: number): Buffer {
  const bytes = Buffer.allocUnsafe(BATCH_HEADER_BYTES)
  bytes.writeUInt32LE(BATCH_MAGIC_NUMBER, 0)
  bytes.writeUInt32LE(header.length, 4)
  writeOffset(bytes, 8, header.offset)
  writeOffset(bytes, 16, header.durableOffset)
  bytes.writeUInt32LE(header.payloadChecksum, 24)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 28), salt), 28)
  return bytes
}

/** The batch header at `at`, where BATCH_HEADER_BYTES are there to read; null where there is none. */
export function decodeBatchHeader(bytes: Buffer, at: number, salt: number): BatchHeader | null {
  if (bytes.readUInt32LE(at) !== BATCH_MAGIC_NUMBER) return null
  if (crc32(bytes.subarray(at, at + 28), salt) !== bytes.readUInt32LE(at + 28)) return null
  return {
    length: bytes.readUInt32LE(at + 4),
    offset: readOffset(bytes, at + 8),
    durableOffset: readOffset(bytes, at + 16),
    payloadChecksum: bytes.readUInt32LE(at + 24),
  }
}

/** The name of the segment file that begins at this offset. Names sort as offsets do. */
export function segmentFileName(startOffset: number): string {
  return `${String(startOffset).padStart(20, '0')}.log`
}

/** The offset that a file's name says, or null for a file that is no segment. */
export function parseSegmentFileName(name: string): number | null {
  if (!/^\d{20}\.log$/.test(name)) return null
  const offset = Number(name.slice(0, 20))
  return Number.isSafeInteger(offset) ? offset : null
}

function writeOffset(bytes: Buffer, at: number, offset: number): void {
  bytes.writeUInt32LE(offset % TWO_TO_32, at)
  bytes.writeUInt32LE(Math.floor(offset / TWO_TO_32), at + 4)
}

function readOffset(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * TWO_TO_32
}
