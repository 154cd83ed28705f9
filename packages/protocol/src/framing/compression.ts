import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { ProtocolError } from '../protocol-error.ts'
import { FLAG_COMPRESSED, FRAME_HEADER_LENGTH, writeFrameHeader } from './frame.ts'

/** Compression of what is sent. */
export interface CompressionOptions {
  /** zstd level, {@link MIN_COMPRESSION_LEVEL} to {@link MAX_COMPRESSION_LEVEL}; 1 by default. */
  readonly level?: number
  /** Frame bodies shorter than this are sent as they are; {@link COMPRESSION_MINIMUM_BYTES} by default. */
  readonly minimumBytes?: number
}

export const MIN_COMPRESSION_LEVEL = 1
/** Levels above would use windows that no receiver accepts. */
export const MAX_COMPRESSION_LEVEL = 19
/** Shorter bodies gain less than they cost. */
export const COMPRESSION_MINIMUM_BYTES = 256

/** A stranger's zstd header may ask for a window of 128 MiB; the windows of levels up to 19 are 2^23 bytes at most. */
const MAX_WINDOW_LOG = 23

/**
 * The compressed frame for an uncompressed one (`head` begins with its header), or null where that would not be
 * shorter. Runs at once, on this thread: callers keep chunks short (see CHUNK_LENGTH).
 */
export function compressFrame(head: Buffer, data: Uint8Array | null, level: number): Buffer | null {
  const start = head.subarray(FRAME_HEADER_LENGTH)
  const body = data === null ? start : Buffer.concat([start, data])
  const compressed = zstdCompressSync(body, {
    params: { [constants.ZSTD_c_compressionLevel]: level },
    pledgedSrcSize: body.length,
  })
  if (compressed.length >= body.length) return null
  const frame = Buffer.allocUnsafe(FRAME_HEADER_LENGTH + compressed.length)
  writeFrameHeader(frame, 0, FLAG_COMPRESSED, compressed.length)
  frame.set(compressed, FRAME_HEADER_LENGTH)
  return frame
}

/** The body of a compressed frame, of at most `maxLength` bytes. Throws ProtocolError `BAD_COMPRESSION` or `FRAME_TOO_LONG`. */
export function decompressBody(body: Buffer, maxLength: number): Buffer {
  let result: DecompressionInfo
  try {
    result = zstdDecompressSync(body, {
      maxOutputLength: maxLength,
      params: { [constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG },
      info: true,
    }) as unknown as DecompressionInfo
  } catch (error) {
    if (error instanceof RangeError) {
      throw new ProtocolError(
        'FRAME_TOO_LONG',
        `a compressed frame of ${body.length} bytes holds more than the limit of ${maxLength} bytes`,
        { cause: error },
      )
    }
    const reason = error instanceof Error ? error.message : String(error)
    throw new ProtocolError('BAD_COMPRESSION', `a frame of ${body.length} bytes can't be decompressed: ${reason}`, {
      cause: error,
    })
  }
  // Node ignores what follows the first zstd frame.
  const rest = body.length - result.engine.bytesWritten
  if (rest !== 0) {
    throw new ProtocolError('BAD_COMPRESSION', `${rest} bytes follow the zstd frame in a frame of ${body.length} bytes`)
  }
  return result.buffer
}

/** What zlib's functions return with `info: true`; their types do not say so. `bytesWritten` counts the input that was used. */
interface DecompressionInfo {
  readonly buffer: Buffer
  readonly engine: { readonly bytesWritten: number }
}
