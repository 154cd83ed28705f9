import type { Address, KeySpace } from '../keyspace/key-space.ts'
import { isLargeKind } from '../keyspace/value-type.ts'
import { CRC64_BYTES, Crc64, readCrc64 } from '../rdb/crc64.ts'
import { RDB_HIGHEST_VERSION, RDB_VERSION } from '../rdb/rdb-encoding.ts'
import { RdbRecordEncoder } from '../rdb/rdb-record-encoder.ts'

const VERSION_BYTES = 2
const FOOTER_BYTES = VERSION_BYTES + CRC64_BYTES

/**
 * The value of a record as DUMP gives it: its type in RDB, the value, then the version of RDB (two bytes, little-endian)
 * and the CRC64 of all before it.
 */
export function encodeDump(keySpace: KeySpace, address: Address): Buffer {
  const pieces: Buffer[] = []
  const encoder = new RdbRecordEncoder((piece) => pieces.push(piece))
  const kind = keySpace.kindOf(address)
  const start = keySpace.valueStart(address)
  const end = start + keySpace.valueLength(address)
  const collection = isLargeKind(kind) ? keySpace.collectionAt(address) : null
  if (!encoder.appendValue(keySpace.bytesAt(address), start, end, kind, collection)) while (!encoder.advance());
  encoder.flush()
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  const payload = Buffer.concat(pieces, length + FOOTER_BYTES)
  payload.writeUInt16LE(RDB_VERSION, length)
  const crc = new Crc64()
  crc.update(payload, 0, length + VERSION_BYTES)
  crc.writeTo(payload, length + VERSION_BYTES)
  return payload
}

/** Where the value in a payload ends and the footer begins; -1 where the footer is not right, or of a later version. */
export function endOfDumpedValue(bytes: Buffer, start: number, end: number): number {
  const valueEnd = end - FOOTER_BYTES
  if (valueEnd < start) return -1
  if (bytes.readUInt16LE(valueEnd) > RDB_HIGHEST_VERSION) return -1
  const crc = new Crc64()
  crc.update(bytes, start, end - CRC64_BYTES)
  return crc.hex() === readCrc64(bytes, end - CRC64_BYTES) ? valueEnd : -1
}
