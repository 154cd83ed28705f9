/**
 * The persisting child: a process of its own that writes one snapshot file.
 *
 * Its order is the file's path. On standard input come pieces of the file, each behind its length in four bytes,
 * little-endian; length zero says that the file is complete but for its CRC64, which this process adds. It writes under
 * a temporary name, and gives the file its real one only when all of it is on disk.
 *
 * From the order on the event loop does not turn before the input has ended: the input blocks, and all that can come is
 * its next bytes or its end. If the end comes before the zero length, the parent is gone or has given up, and the temporary
 * file is removed.
 */
import { closeSync, fdatasync, fsyncSync, openSync, readSync, renameSync, unlinkSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { CRC64_BYTES, Crc64 } from '../rdb/crc64.ts'
import {
  isPersistingOrder,
  PersistingChildExit,
  type PersistingChildReport,
  persistingFileName,
} from './persisting-child-report.ts'

const INPUT_DESCRIPTOR = 0
const INPUT_BYTES = 1 << 20
const LENGTH_BYTES = 4
/** After so many bytes the disk is told to begin with them, on another thread, so that there is less left at the end. */
const SYNC_BYTES = 16 * 1024 * 1024

const startDataSync = promisify(fdatasync)

process.title = 'repl-persisting-child'
// A signal to the whole process group (Ctrl-C, a closed terminal) is for the parent to act on: it may still want the
// file, and if it goes, the input ends and this process cleans up.
process.on('SIGINT', () => {})
process.on('SIGHUP', () => {})
process.once('message', (order) => {
  if (!isPersistingOrder(order)) throw new Error('the persisting child got no order that it understands')
  void persist(order.path).then((exitCode) => process.exit(exitCode))
})

async function persist(path: string): Promise<number> {
  const temporaryPath = persistingFileName(path, process.pid)
  const syncs: Promise<void>[] = []
  let descriptor: number | null = null
  try {
    descriptor = openSync(temporaryPath, 'w')
    const written = receive(descriptor, syncs)
    // Each tells of its own failures: the last one below would not know of them.
    await Promise.all(syncs)
    if (written === null) {
      unlinkSync(temporaryPath)
      return PersistingChildExit.ABANDONED
    }
    fsyncSync(descriptor)
    closeSync(descriptor)
    renameSync(temporaryPath, path)
    syncFolder(dirname(path))
    await report({ type: 'complete', ...written })
    return PersistingChildExit.COMPLETE
  } catch (error) {
    await Promise.allSettled(syncs)
    if (descriptor !== null) removeIfPresent(temporaryPath)
    await report({ type: 'failed', systemCode: systemCodeOf(error), message: String(error) })
    return PersistingChildExit.FAILED
  }
}

/**
 * Copies the input to the file and adds the CRC64; null if the input ended too early. Adds the syncs that it has
 * started to `syncs`.
 */
function receive(descriptor: number, syncs: Promise<void>[]): { size: number; crc64: string } | null {
  const input = Buffer.allocUnsafeSlow(INPUT_BYTES)
  const length = Buffer.alloc(LENGTH_BYTES)
  const crc = new Crc64()
  let lengthBytes = 0
  let rest = 0
  let size = 0
  for (;;) {
    const end = readSync(INPUT_DESCRIPTOR, input, 0, INPUT_BYTES, null)
    if (end === 0) return null
    if (size >= (syncs.length + 1) * SYNC_BYTES) syncs.push(startDataSync(descriptor))
    let at = 0
    while (at < end) {
      if (rest > 0) {
        const count = Math.min(rest, end - at)
        crc.update(input, at, at + count)
        writeAll(descriptor, input, at, at + count)
        rest -= count
        at += count
        size += count
        continue
      }
      length[lengthBytes++] = input[at++]!
      if (lengthBytes < LENGTH_BYTES) continue
      lengthBytes = 0
      rest = length.readUInt32LE()
      if (rest > 0) continue
      const trailer = Buffer.alloc(CRC64_BYTES)
      crc.writeTo(trailer, 0)
      writeAll(descriptor, trailer, 0, CRC64_BYTES)
      return { size: size + CRC64_BYTES, crc64: crc.hex() }
    }
  }
}

function writeAll(descriptor: number, bytes: Buffer, start: number, end: number): void {
  let at = start
  while (at < end) at += writeSync(descriptor, bytes, at, end - at)
}

function syncFolder(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function removeIfPresent(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    // After a failure behind the rename there is nothing left under this name.
    if (systemCodeOf(error) !== 'ENOENT') throw error
  }
}

/** Resolves when the report is on its way, or there is nobody to take it. */
function report(message: PersistingChildReport): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send!(message, undefined, undefined, () => resolve())
    else resolve()
  })
}

function systemCodeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}
