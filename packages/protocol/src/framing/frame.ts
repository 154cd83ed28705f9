/**
 * gRPC's framing of messages over HTTP/2 ("Length-Prefixed-Message"), here over a plain stream:
 * one byte of flags, the length of the body in four bytes, big-endian, then the body.
 */

/** Bytes before the body of a frame. */
export const FRAME_HEADER_LENGTH = 5

/** Flag bit 0: the body is one zstd frame. */
export const FLAG_COMPRESSED = 1

/** The longest frame body, in bytes, before and after decompression: 16 MiB. */
export const MAX_FRAME_LENGTH = 16 * 1024 * 1024

/** The longest frame body that a master accepts of a slave. Slaves say nothing long, and the first thing comes from strangers. */
export const MAX_SLAVE_FRAME_LENGTH = 64 * 1024

/**
 * Whether a connection that begins with this byte speaks this protocol.
 * A Redis client's first byte is `*` or a letter, so one port can serve both.
 */
export function isFrameStart(byte: number): boolean {
  return byte === 0 || byte === FLAG_COMPRESSED
}

/** Writes the header of a frame at `at`. */
export function writeFrameHeader(target: Buffer, at: number, flags: number, bodyLength: number): void {
  target[at] = flags
  target.writeUInt32BE(bodyLength, at + 1)
}
