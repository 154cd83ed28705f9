import { dirname } from 'node:path'
import type { Disk } from '../disk/disk.ts'

const TEMPORARY_SUFFIX = '.tmp'

/**
 * Replaces a file in one step: after a crash there is the old content or the new, whole, and once the promise has
 * settled the new. One call at a time for each path.
 * @throws the file system's error; the old content is still there then, unless the folder could not be synced.
 */
export async function replaceFile(disk: Disk, path: string, content: Uint8Array): Promise<void> {
  const temporaryPath = path + TEMPORARY_SUFFIX
  try {
    const file = await disk.open(temporaryPath, 'create')
    try {
      await file.write([content], 0)
      await file.datasync()
    } finally {
      await file.close()
    }
    await disk.rename(temporaryPath, path)
  } catch (error) {
    // The first failure is the one to tell of. What stays behind here, the next call overwrites.
    await disk.unlink(temporaryPath).catch(() => {})
    throw error
  }
  await disk.syncDirectory(dirname(path))
}

/** Reads a whole file of at most `limit` bytes; null if there is none. @throws RangeError if it is longer. */
export async function readSmallFile(disk: Disk, path: string, limit: number): Promise<Buffer | null> {
  let file: Awaited<ReturnType<Disk['open']>>
  try {
    file = await disk.open(path, 'read')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
  try {
    const size = await file.size()
    if (size > limit) throw new RangeError(`${path} has ${size} bytes, at most ${limit} are allowed`)
    const content = Buffer.alloc(size)
    const count = await file.read(content, 0)
    return content.subarray(0, count)
  } finally {
    await file.close()
  }
}
