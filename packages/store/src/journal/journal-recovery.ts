import { dirname, join } from 'node:path'
import type { Disk, DiskFile } from '../disk/disk.ts'
import { JournalDamagedError, JournalForeignSegmentError, JournalVersionError } from './journal-errors.ts'
import { Segment } from './segment.ts'
import { findWitness, readSegmentBlock } from './segment-block.ts'
import {
  decodeSegmentHeader,
  parseSegmentFileName,
  SEGMENT_FORMAT_VERSION,
  SEGMENT_HEADER_BYTES,
  type SegmentHeader,
} from './segment-format.ts'

/** What recovery did to the files; null where they were whole. */
export interface JournalCut {
  /** The file whose end was torn. */
  readonly file: string
  readonly position: number
  /** The stream ends here now. */
  readonly offset: number
  /** How many bytes of files were cut off. */
  readonly bytes: number
  readonly reason: string
}

/** The journal as it was found. */
export interface RecoveredSegments {
  readonly segments: Segment[]
  readonly endOffset: number
  readonly cut: JournalCut | null
}

/** What to recover, and from where. */
export interface JournalRecoveryOptions {
  readonly disk: Disk
  readonly directory: string
  readonly replicationId: string
  /** The offset of the snapshot: what lies before it is kept for slaves, but this node's state does not depend on it. */
  readonly startOffset: number
  readonly foreignSegments: 'refuse' | 'remove'
}

interface FoundSegment {
  readonly path: string
  readonly startOffset: number
  readonly fileSize: number
  readonly header: SegmentHeader | 'absent'
}

/**
 * Finds the segments of this history, in order, and checks every byte from `startOffset` on.
 *
 * A crash leaves a torn end: the last write reached the file in part, or, where the power failed, writes that were
 * never synced are missing here and there. That is cut off, and all that follows it; nothing of it was ever called
 * durable. Bad bytes are damage and are refused where a later header bears witness that they were durable, or where
 * the operating system has not been restarted since: then nothing can have gone missing but the end of the last file,
 * so a batch that is all there but has a wrong checksum, or good bytes behind bad ones, are no crash's work.
 *
 * Segments that lie before `startOffset` altogether are not read through where a later one bears witness that they were
 * durable; a reader checks what it reads of them. A loss of power may have taken one of the others with it, or have
 * brought back one that was removed: what lies before such a gap is of no use and goes.
 *
 * @throws JournalDamagedError, JournalForeignSegmentError, JournalVersionError
 */
export async function recoverSegments(options: JournalRecoveryOptions): Promise<RecoveredSegments> {
  const { disk, startOffset } = options
  const { found, empty } = await findOwnSegments(options)
  const segments: Segment[] = []
  let cut: JournalCut | null = null

  const earliest = found[0]
  if (earliest !== undefined && earliest.startOffset > startOffset) {
    cut = await dropAll(options, found, earliest, startOffset)
    found.length = 0
  }

  const witnessed = Math.max(0, ...found.map(({ header }) => (header === 'absent' ? 0 : header.durableOffset)))
  for (const [index, current] of found.entries()) {
    const following = found.slice(index + 1)
    const next = following[0]
    if (next !== undefined && next.startOffset <= startOffset) {
      const segment = await segmentBefore(disk, current, next, witnessed)
      if (segment !== null) segments.push(segment)
      else for (const { path } of [...segments.splice(0), current]) await disk.unlink(path)
      continue
    }
    if (current.header === 'absent') {
      cut = await cutFrom(options, current, null, 0, current.startOffset, 'the file has no header', following)
      break
    }
    const segment = new Segment(current.path, current.header.salt, current.startOffset, null)
    cut = await recoverSegment(options, current, current.header, segment, following)
    if (cut === null || !segment.isEmpty) segments.push(segment)
    if (cut !== null) break
  }

  for (const path of empty) await disk.unlink(path)
  // A file without any command has the name that the next file needs.
  const last = segments.at(-1)
  if (last?.isEmpty) {
    segments.pop()
    await disk.unlink(last.path)
  }
  const endOffset = segments.at(-1)?.endOffset ?? startOffset
  if (endOffset < startOffset) {
    // The snapshot was synced before the journal, and the end of the journal was lost. The snapshot has it all, but
    // the stream can't go on in files that miss a part.
    for (const segment of segments) await disk.unlink(segment.path)
    await disk.syncDirectory(options.directory)
    return { segments: [], endOffset: startOffset, cut }
  }
  if (found.length + empty.length > 0) await disk.syncDirectory(options.directory)
  return { segments, endOffset, cut }
}

async function findOwnSegments(options: JournalRecoveryOptions): Promise<{ found: FoundSegment[]; empty: string[] }> {
  const { disk, directory, replicationId } = options
  await disk.makeDirectory(directory)
  // The folder's own name must be durable before anything in it is called so.
  await disk.syncDirectory(dirname(directory))
  const names = (await disk.list(directory)).filter((name) => parseSegmentFileName(name) !== null).sort()
  const found: FoundSegment[] = []
  const foreign: string[] = []
  /** Made, and the crash came before anything was written. */
  const empty: string[] = []
  for (const name of names) {
    const path = join(directory, name)
    const startOffset = parseSegmentFileName(name)!
    const { header, fileSize } = await readHeader(disk, path, startOffset)
    if (header === 'absent' && fileSize <= SEGMENT_HEADER_BYTES) empty.push(path)
    else if (header === 'absent' || header.replicationId === replicationId) {
      found.push({ path, startOffset, fileSize, header })
    } else if (options.foreignSegments === 'remove') foreign.push(path)
    else throw new JournalForeignSegmentError(path, header.replicationId, replicationId)
  }
  for (const path of foreign) await disk.unlink(path)
  return { found, empty }
}

async function readHeader(disk: Disk, path: string, startOffset: number) {
  const file = await disk.open(path, 'read')
  try {
    const fileSize = await file.size()
    const bytes = Buffer.alloc(Math.min(SEGMENT_HEADER_BYTES, fileSize))
    const header = decodeSegmentHeader(bytes.subarray(0, await file.read(bytes, 0)))
    const damaged = (detail: string) => new JournalDamagedError('JOURNAL_DAMAGED_HEADER', path, 0, startOffset, detail)
    if (header === 'damaged') throw damaged('the checksum of the header is wrong')
    if (header !== 'absent' && 'version' in header) {
      throw new JournalVersionError(path, header.version, SEGMENT_FORMAT_VERSION)
    }
    if (header !== 'absent' && header.startOffset !== startOffset) {
      throw damaged(`its header says offset ${header.startOffset}`)
    }
    return { header, fileSize }
  } finally {
    await file.close()
  }
}

/**
 * A segment with nothing that recovery needs: as it is where all of it was durable, otherwise read through. Null where the
 * next file does not go on where it ends.
 */
async function segmentBefore(
  disk: Disk,
  { path, header, startOffset, fileSize }: FoundSegment,
  next: FoundSegment,
  durableOffset: number,
): Promise<Segment | null> {
  if (header === 'absent' || next.header === 'absent' || next.header.previousOffset !== startOffset) return null
  const endOffset = next.startOffset
  const segment = new Segment(path, header.salt, startOffset, null)
  if (endOffset <= durableOffset) {
    segment.size = fileSize
    segment.endOffset = endOffset
    return segment
  }
  const file = await disk.open(path, 'write')
  try {
    while (segment.size < fileSize) {
      const end = Number.POSITIVE_INFINITY
      const block = await readSegmentBlock(file, segment, segment.size, segment.endOffset, fileSize, end)
      segment.size = block.nextPosition
      segment.endOffset += block.bytes.length
      if (block.fault !== null) return null
    }
    if (segment.endOffset !== endOffset) return null
    await file.datasync()
    return segment
  } finally {
    await file.close()
  }
}

/** Reads a segment through and makes it durable as it is; cuts its torn end. */
async function recoverSegment(
  options: JournalRecoveryOptions,
  found: FoundSegment,
  header: SegmentHeader,
  segment: Segment,
  following: readonly FoundSegment[],
): Promise<JournalCut | null> {
  const file = await options.disk.open(found.path, 'write')
  try {
    while (segment.size < found.fileSize) {
      const { size, endOffset } = segment
      const block = await readSegmentBlock(file, segment, size, endOffset, found.fileSize, Number.POSITIVE_INFINITY)
      segment.size = block.nextPosition
      segment.endOffset += block.bytes.length
      if (block.fault !== null) {
        const { position, nextPosition, reason, isComplete } = block.fault
        const witness = await findWitness(file, header.salt, nextPosition, found.fileSize)
        const isSameBoot = header.bootId !== '' && header.bootId === options.disk.bootId
        if (witness > segment.endOffset || (isSameBoot && (witness >= 0 || isComplete))) {
          throw new JournalDamagedError('JOURNAL_DAMAGED_BATCH', found.path, position, segment.endOffset, reason)
        }
        return await cutFrom(options, found, file, position, segment.endOffset, reason, following)
      }
    }
    const next = following[0]
    if (next !== undefined && next.startOffset !== segment.endOffset) {
      if (next.startOffset < segment.endOffset) throw gap(next, `the file before it ends at ${segment.endOffset}`)
      return await cutFrom(options, found, file, segment.size, segment.endOffset, 'the file ends early', following)
    }
    await file.datasync()
    return null
  } finally {
    await file.close()
  }
}

/** Ends the journal at a torn batch, unless something after it shows that it was no crash. Removes from the end. */
async function cutFrom(
  options: JournalRecoveryOptions,
  torn: FoundSegment,
  file: DiskFile | null,
  position: number,
  offset: number,
  reason: string,
  following: readonly FoundSegment[],
): Promise<JournalCut> {
  const { disk } = options
  const damage = () => new JournalDamagedError('JOURNAL_DAMAGED_BATCH', torn.path, position, offset, reason)
  const bytes = torn.fileSize - position + (await bytesNeverDurable(disk, following, offset, damage))
  for (const later of [...following].reverse()) await disk.unlink(later.path)
  if (file === null) await disk.unlink(torn.path)
  else {
    await file.truncate(position)
    await file.datasync()
    if (position === SEGMENT_HEADER_BYTES) await disk.unlink(torn.path)
  }
  return { file: torn.path, position, offset, bytes, reason }
}

/**
 * The first file begins behind the snapshot: the one before it has lost its name, which was never synced. Then nothing
 * behind it was ever called durable.
 */
async function dropAll(
  { disk, directory }: JournalRecoveryOptions,
  found: readonly FoundSegment[],
  first: FoundSegment,
  offset: number,
): Promise<JournalCut> {
  const reason = 'the first file begins after this offset'
  const damage = () => new JournalDamagedError('JOURNAL_GAP', first.path, 0, offset, reason)
  const bytes = await bytesNeverDurable(disk, found, offset, damage)
  for (const { path } of [...found].reverse()) await disk.unlink(path)
  await disk.syncDirectory(directory)
  return { file: first.path, position: 0, offset, bytes, reason }
}

/** The size of files that lie behind the end of the journal. @throws what `damage` makes where one shows that it was durable beyond that */
async function bytesNeverDurable(
  disk: Disk,
  files: readonly FoundSegment[],
  offset: number,
  damage: () => JournalDamagedError,
): Promise<number> {
  let bytes = 0
  for (const file of files) {
    bytes += file.fileSize
    if (file.header === 'absent') continue
    const isSameBoot = file.header.bootId !== '' && file.header.bootId === disk.bootId
    if (isSameBoot || file.header.durableOffset > offset || (await witnessOf(disk, file, file.header)) > offset) {
      throw damage()
    }
  }
  return bytes
}

async function witnessOf(disk: Disk, found: FoundSegment, header: SegmentHeader): Promise<number> {
  const file = await disk.open(found.path, 'read')
  try {
    return await findWitness(file, header.salt, SEGMENT_HEADER_BYTES, found.fileSize)
  } finally {
    await file.close()
  }
}

function gap(found: FoundSegment, detail: string): JournalDamagedError {
  return new JournalDamagedError('JOURNAL_GAP', found.path, 0, found.startOffset, detail)
}
