/** The version that is written: what Redis 7.0 writes and every later one loads. */
export const RDB_VERSION = 10
/** The versions that can be read: those of Redis 1.2 to 8. */
export const RDB_LOWEST_VERSION = 1
export const RDB_HIGHEST_VERSION = 12
/** The first version that ends with a CRC64. */
export const RDB_CHECKSUM_VERSION = 5
/** The first bytes of every file; four decimal digits follow, its version. */
export const RDB_MAGIC = 'REDIS'
export const RDB_HEADER_BYTES = 9

/** What the byte before each item of a file says that it is; every other byte is the type of a value (`RdbType`). */
export const RdbOpcode = {
  SLOT_INFO: 244,
  FUNCTION: 245,
  FUNCTION_PRE_RELEASE: 246,
  MODULE_AUXILIARY: 247,
  IDLE: 248,
  FREQUENCY: 249,
  AUXILIARY: 250,
  RESIZE_DATABASE: 251,
  EXPIRY_MILLISECONDS: 252,
  EXPIRY_SECONDS: 253,
  SELECT_DATABASE: 254,
  END: 255,
} as const

/** The types of values by their encoding in the file, as far as they are written; rdb.h has them all. */
export const RdbType = {
  STRING: 0,
  LIST: 1,
  SET: 2,
  SORTED_SET: 3,
  HASH: 4,
  SORTED_SET_2: 5,
  HASH_ZIPMAP: 9,
  LIST_ZIPLIST: 10,
  SET_INTSET: 11,
  SORTED_SET_ZIPLIST: 12,
  HASH_ZIPLIST: 13,
  LIST_QUICKLIST: 14,
  HASH_LISTPACK: 16,
  SORTED_SET_LISTPACK: 17,
  LIST_QUICKLIST_2: 18,
  SET_LISTPACK: 20,
} as const

/** In LIST_QUICKLIST_2: a node that is one long item. */
export const QUICKLIST_PLAIN_NODE = 1
/** In LIST_QUICKLIST_2: a node that is a listpack. */
export const QUICKLIST_PACKED_NODE = 2

/** The type of a value in Redis's words, by its type byte (rdb.h). */
export function rdbTypeName(type: number): string {
  return TYPE_NAMES[type] ?? 'unknown'
}

const TYPE_NAMES: Readonly<Record<number, string>> = {
  0: 'string',
  1: 'list',
  2: 'set',
  3: 'zset',
  4: 'hash',
  5: 'zset',
  6: 'module',
  7: 'module',
  9: 'hash',
  10: 'list',
  11: 'set',
  12: 'zset',
  13: 'hash',
  14: 'list',
  15: 'stream',
  16: 'hash',
  17: 'zset',
  18: 'list',
  19: 'stream',
  20: 'set',
  21: 'stream',
  22: 'hash',
  23: 'hash',
  24: 'hash',
  25: 'hash',
}

/** The most bytes that an encoded length takes. */
export const RDB_MAXIMUM_LENGTH_BYTES = 9

/**
 * Writes a length at target[at…] in as few bytes as RDB allows: 6 bits in one byte, 14 in two, 32 in five, 64 in nine.
 * @returns where the next byte goes.
 */
export function writeRdbLength(target: Uint8Array, at: number, length: number): number {
  if (length < 64) {
    target[at] = length
    return at + 1
  }
  if (length < 16384) {
    target[at] = 0x40 | (length >>> 8)
    target[at + 1] = length & 255
    return at + 2
  }
  const isLong = length > 0xffffffff
  target[at++] = isLong ? 0x81 : 0x80
  if (isLong) at = writeBigEndian(target, at, Math.floor(length / 0x100000000))
  return writeBigEndian(target, at, length >>> 0)
}

function writeBigEndian(target: Uint8Array, at: number, value: number): number {
  target[at] = value >>> 24
  target[at + 1] = (value >>> 16) & 255
  target[at + 2] = (value >>> 8) & 255
  target[at + 3] = value & 255
  return at + 4
}
