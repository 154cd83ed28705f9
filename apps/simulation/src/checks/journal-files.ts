import { join } from 'node:path'
import type { SimulatedDisk } from '@repl/store/simulation'
import { DATA_DIRECTORY } from '../cluster/simulated-node.ts'

/** What stands before the batches of a file. */
const FILE_HEADER_BYTES = 128

/** What stands before the payload of a batch: u32 magic, u32 length, u64 offset, and what is of no interest here. */
const BATCH_HEADER_BYTES = 32
const BATCH_MAGIC = Buffer.from([0xb7, 0x4a, 0xc1, 0x1e])

/**
 * What the files of a node's journal hold between two offsets, read anew: neither the journal nor its reader is asked.
 * @throws Error where they don't hold all of it
 */
export function readJournalFiles(disk: SimulatedDisk, from: number, to: number): Buffer {
  const manifest: { journal: { directory: string } } = JSON.parse(
    disk.bytesOf(join(DATA_DIRECTORY, 'manifest.json')).toString(),
  )
  const directory = join(DATA_DIRECTORY, manifest.journal.directory)
  const pieces: Buffer[] = []
  let end = from
  for (const name of disk.list(directory).sort()) {
    for (const { offset, payload } of batchesOf(disk.bytesOf(join(directory, name)))) {
      if (offset + payload.length <= end) continue
      if (offset > end) throw new Error(`its files lack what lies between ${end} and ${offset}`)
      pieces.push(payload.subarray(end - offset))
      end = offset + payload.length
    }
  }
  if (end < to) throw new Error(`its files end at ${end}, and it says ${to}`)
  return Buffer.concat(pieces).subarray(0, to - from)
}

function* batchesOf(file: Buffer): Generator<{ offset: number; payload: Buffer }> {
  let position = FILE_HEADER_BYTES
  while (position + BATCH_HEADER_BYTES <= file.length) {
    if (!file.subarray(position, position + BATCH_MAGIC.length).equals(BATCH_MAGIC)) return
    const length = file.readUInt32LE(position + 4)
    const offset = Number(file.readBigUInt64LE(position + 8))
    const start = position + BATCH_HEADER_BYTES
    position = start + length
    if (position > file.length) return
    yield { offset, payload: file.subarray(start, position) }
  }
}
