import type { Disk } from '../disk/disk.ts'
import { CRC64_BYTES, Crc64, readCrc64 } from '../rdb/crc64.ts'
import type { SnapshotFile } from './snapshot-file.ts'

const PIECE_BYTES = 256 * 1024

/** Whether the file has the size and the CRC64 that it was written with. False also where it can't be read. */
export async function isSnapshotSound({ path, size, crc64 }: SnapshotFile, disk: Disk): Promise<boolean> {
  try {
    const file = await disk.open(path, 'read')
    try {
      if ((await file.size()) !== size || size < CRC64_BYTES) return false
      const crc = new Crc64()
      const piece = Buffer.allocUnsafeSlow(PIECE_BYTES)
      const contentEnd = size - CRC64_BYTES
      for (let at = 0; at < contentEnd; ) {
        const length = Math.min(await file.read(piece, at), contentEnd - at)
        if (length === 0) return false
        crc.update(piece, 0, length)
        at += length
      }
      const trailer = Buffer.alloc(CRC64_BYTES)
      await file.read(trailer, contentEnd)
      return crc.hex() === crc64 && readCrc64(trailer, 0) === crc64
    } finally {
      await file.close()
    }
  } catch {
    return false
  }
}
