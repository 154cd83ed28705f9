import type { CompactLimits } from '../collections/compact-limits.ts'
import type { Disk } from '../disk/disk.ts'
import type { Journal } from '../journal/journal.ts'
import type { SnapshotFile } from '../persistence/snapshot-file.ts'
import { loadSnapshot } from '../persistence/snapshot-loader.ts'
import { DataSet } from './data-set.ts'
import { Executor } from './executor.ts'
import type { StagedSnapshot } from './staged-snapshot.ts'
import { StreamApplier } from './stream-applier.ts'

/**
 * The loading of a master's snapshot beside the old data: first the file, then what the journal has taken from the
 * stream since, until both ends meet.
 */
export class Adoption {
  readonly #disk: Disk
  readonly file: SnapshotFile
  readonly #journal: Journal
  readonly #abort = new AbortController()
  #appliedOffset: number
  #hasFailed = false
  /** Resolves when the new data has taken the old one's place. */
  readonly loaded: Promise<void>

  /**
   * Begins to load.
   * @param limits up to where the new data's collections stay compact: those of the old data
   * @param staged what has been loaded of it already, or is being
   * @param changeOver takes the new data at a moment when it shows the journal to its very end
   */
  constructor(
    disk: Disk,
    file: SnapshotFile,
    journal: Journal,
    limits: CompactLimits,
    staged: StagedSnapshot | null,
    changeOver: (dataSet: DataSet, streamDatabase: number) => void,
  ) {
    this.#disk = disk
    this.file = file
    this.#journal = journal
    this.#appliedOffset = file.offset
    this.loaded = this.#load(limits, staged, changeOver)
    // Whoever waits for it gets the error; nobody has to wait.
    this.loaded.catch(() => {
      this.#hasFailed = true
    })
  }

  /** Whether it was not loaded, and will not be. */
  get hasFailed(): boolean {
    return this.#hasFailed
  }

  /** How far the new data is. */
  get appliedOffset(): number {
    return this.#appliedOffset
  }

  /** Stops loading; resolves when it has. */
  async cancel(reason: Error): Promise<void> {
    this.#abort.abort(reason)
    await this.loaded.catch(() => undefined)
  }

  async #load(
    limits: CompactLimits,
    staged: StagedSnapshot | null,
    changeOver: (dataSet: DataSet, streamDatabase: number) => void,
  ): Promise<void> {
    const { signal } = this.#abort
    const { dataSet, streamDatabase } = (await this.#takeStaged(staged)) ?? (await this.#loadFile(limits))
    const executor = new Executor(dataSet, streamDatabase)
    const applier = new StreamApplier(executor)
    using reader = this.#journal.reader(this.file.offset, { includesUnwritten: true })
    do {
      this.#appliedOffset += await applier.replay(reader, signal)
      signal.throwIfAborted()
      // Between this comparison and the change-over nothing else runs, so no byte of the stream can slip in.
    } while (this.#appliedOffset < this.#journal.endOffset)
    changeOver(dataSet, executor.streamDatabase)
  }

  /** Null where there is nothing staged, or it has failed: then the file tells why, or does better. */
  async #takeStaged(staged: StagedSnapshot | null): Promise<LoadedData | null> {
    if (staged === null) return null
    const stop = () => void staged.cancel(this.#abort.signal.reason)
    this.#abort.signal.addEventListener('abort', stop)
    try {
      const { streamDatabase } = await staged.loaded
      return { dataSet: staged.dataSet, streamDatabase }
    } catch {
      return null
    } finally {
      this.#abort.signal.removeEventListener('abort', stop)
      this.#abort.signal.throwIfAborted()
    }
  }

  async #loadFile(limits: CompactLimits): Promise<LoadedData> {
    const dataSet = new DataSet(limits)
    const { streamDatabase } = await loadSnapshot(this.file.path, {
      disk: this.#disk,
      keySpaceFor: (database) => dataSet.keySpace(database),
      // The checksum was compared when the file was complete.
      verify: false,
      signal: this.#abort.signal,
    })
    return { dataSet, streamDatabase }
  }
}

/** What a snapshot file holds. */
interface LoadedData {
  readonly dataSet: DataSet
  /** The database that the stream has selected. */
  readonly streamDatabase: number
}
