import { join } from 'node:path'
import type { Disk, DiskFile } from '../disk/disk.ts'
import { JournalWriteError } from './journal-errors.ts'
import { Segment } from './segment.ts'
import { encodeSegmentHeader, segmentFileName } from './segment-format.ts'

/** Where the files of a journal lie, and what is the same in all of them. */
export interface SegmentFilesOptions {
  readonly disk: Disk
  readonly directory: string
  readonly replicationId: string
  /** A random unsigned 32-bit number. */
  readonly random: () => number
}

/** What a journal does with its files. Whatever the disk refuses is a JournalWriteError that names file and offset. */
export class SegmentFiles {
  readonly #options: SegmentFilesOptions
  readonly #writtenOffset: () => number

  /** @param writtenOffset how far the stream is on disk, for errors */
  constructor(options: SegmentFilesOptions, writtenOffset: () => number) {
    this.#options = options
    this.#writtenOffset = writtenOffset
  }

  /** Makes the file that goes on at `startOffset`, behind `previous`, with its header. */
  async create(startOffset: number, durableOffset: number, previous: Segment | null): Promise<Segment> {
    const { disk, directory, replicationId, random } = this.#options
    const path = join(directory, segmentFileName(startOffset))
    const salt = random()
    const previousOffset = previous?.startOffset ?? startOffset
    const header = { salt, startOffset, durableOffset, replicationId, bootId: disk.bootId, previousOffset }
    const segment = new Segment(path, salt, startOffset, null)
    segment.file = await this.#attempt('open', segment, () => disk.open(path, 'create'))
    try {
      await this.write(segment, [encodeSegmentHeader(header)], 0)
    } catch (error) {
      await this.discard(segment)
      throw error
    }
    return segment
  }

  write(segment: Segment, buffers: readonly Uint8Array[], position: number): Promise<void> {
    return this.#attempt('write', segment, () => segment.file!.write(buffers, position))
  }

  /** Makes bytes and name durable. */
  async sync(segment: Segment): Promise<void> {
    await this.syncBytes(segment)
    if (segment.isNameDurable) return
    await this.syncFolder(segment)
    segment.isNameDurable = true
  }

  syncBytes(segment: Segment): Promise<void> {
    return this.#attempt('fdatasync', segment, () => segment.file!.datasync())
  }

  /** `segment`: for whose sake, for errors. */
  syncFolder(segment: Segment | null): Promise<void> {
    const { disk, directory } = this.#options
    return this.#attempt('fsync of the folder', segment, () => disk.syncDirectory(directory))
  }

  /** Cuts off what lies behind the good bytes. */
  cut(segment: Segment): Promise<void> {
    return this.#attempt('truncate', segment, () => segment.file!.truncate(segment.size))
  }

  remove(segment: Segment): Promise<void> {
    return this.#attempt('unlink', segment, () => this.#options.disk.unlink(segment.path))
  }

  async close(segment: Segment): Promise<void> {
    const { file } = segment
    segment.file = null
    if (file !== null) await closeIgnoringErrors(file)
  }

  /** A file that never came into use; it also gives back the space it took. */
  async discard(segment: Segment): Promise<void> {
    await this.close(segment)
    try {
      await this.#options.disk.unlink(segment.path)
    } catch {
      // The next attempt empties it, and recovery takes a file without a batch for what it is.
    }
  }

  async #attempt<T>(operation: string, segment: Segment | null, act: () => Promise<T>): Promise<T> {
    try {
      return await act()
    } catch (error) {
      throw new JournalWriteError(operation, segment?.path ?? this.#options.directory, this.#writtenOffset(), error)
    }
  }
}

/** The file has been synced or given up by now: a failed close says nothing about its bytes. */
async function closeIgnoringErrors(file: DiskFile): Promise<void> {
  try {
    await file.close()
  } catch {}
}
