import { RDB_MAGIC, RDB_MAXIMUM_LENGTH_BYTES, RDB_VERSION, RdbOpcode, writeRdbLength } from './rdb-encoding.ts'

/** What a file says of itself before its first record. */
export interface RdbFileHeader {
  /** The history that the data belongs to, 40 hexadecimal digits, and its offset. */
  readonly replicationId: string
  readonly offset: number
  /** The database that the stream has selected at that offset. */
  readonly streamDatabase: number
  /** Unix milliseconds. */
  readonly createdAt: number
  /** In bytes. */
  readonly usedMemory: number
}

/** The Redis version whose files these are like. */
const REDIS_VERSION = '7.0.15'

/** The names of the fields that tie a file to a history. */
export const REPLICATION_ID_FIELD = 'repl-id'
export const REPLICATION_OFFSET_FIELD = 'repl-offset'
export const STREAM_DATABASE_FIELD = 'repl-stream-db'

/** The beginning of a file: magic, version and the auxiliary fields that Redis 7.0 writes when it saves for a replica. */
export function encodeRdbFileHeader(header: RdbFileHeader): Buffer {
  return Buffer.concat([
    Buffer.from(RDB_MAGIC + String(RDB_VERSION).padStart(4, '0')),
    encodeAuxiliaryField('redis-ver', REDIS_VERSION),
    encodeAuxiliaryField('redis-bits', '64'),
    encodeAuxiliaryField('ctime', String(Math.floor(header.createdAt / 1000))),
    encodeAuxiliaryField('used-mem', String(header.usedMemory)),
    encodeAuxiliaryField(STREAM_DATABASE_FIELD, String(header.streamDatabase)),
    encodeAuxiliaryField(REPLICATION_ID_FIELD, header.replicationId),
    encodeAuxiliaryField(REPLICATION_OFFSET_FIELD, String(header.offset)),
    encodeAuxiliaryField('aof-base', '0'),
  ])
}

function encodeAuxiliaryField(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([RdbOpcode.AUXILIARY]), encodeString(name), encodeString(value)])
}

function encodeString(text: string): Buffer {
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(RDB_MAXIMUM_LENGTH_BYTES)
  return Buffer.concat([length.subarray(0, writeRdbLength(length, 0, bytes.length)), bytes])
}
