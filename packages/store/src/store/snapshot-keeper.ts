import { once } from 'node:events'
import { join } from 'node:path'
import type { ChildLauncher } from '../children/child-launcher.ts'
import type { Disk } from '../disk/disk.ts'
import { ignoreMissing } from '../disk/missing-file.ts'
import type { Journal } from '../journal/journal.ts'
import type { SnapshotDraft, SnapshotFile } from '../persistence/snapshot-file.ts'
import { type PersistingProgress, persistSnapshot } from '../persistence/snapshot-persister.ts'
import type { DataSet } from './data-set.ts'

/** The name under which the newest snapshot can always be found, as a Redis server names its own. */
export const DUMP_FILE_NAME = 'dump.rdb'

/** After a save that failed, one that nobody asked for waits so long; ms, as Redis's CONFIG_BGSAVE_RETRY_DELAY. */
const RETRY_DELAY = 5_000

/** How persisting is going, for INFO. */
export interface PersistenceStatus {
  readonly isSaving: boolean
  /** Unix milliseconds; 0 for never. */
  readonly lastSaveAt: number
  readonly lastSaveDuration: number | null
  readonly lastError: Error | null
  readonly savesDone: number
  readonly progress: PersistingProgress | null
  /** When the save under way began; unix milliseconds. */
  readonly startedAt: number | null
}

/** A snapshot that is being made. */
export interface SnapshotUnderWay {
  /** Resolves when there is a file that grows, or with null where none is written. Never rejects. */
  readonly draft: Promise<SnapshotDraft | null>
  readonly file: Promise<SnapshotFile>
}

/** What the keeper needs of its store, at the moment it is asked. */
export interface SnapshotSource {
  readonly children: ChildLauncher
  readonly disk: Disk
  readonly directory: string
  readonly dataSet: DataSet
  readonly journal: Journal
  readonly replicationId: string
  /** The database that the stream has selected. */
  readonly streamDatabase: number
  /** Makes `file` the one that recovery begins with, and remembers `older`, which somebody still needs. */
  commit(file: SnapshotFile, older: readonly SnapshotFile[]): Promise<void>
}

/**
 * Makes snapshots through the persisting child and keeps their files: the newest, and those that somebody is still
 * being sent. At most one child runs, and whoever asks meanwhile shares what it makes.
 */
export class SnapshotKeeper {
  readonly #source: SnapshotSource
  readonly #holds = new Map<string, number>()
  readonly #superseded = new Map<string, SnapshotFile>()
  #latest: SnapshotFile | null
  #running: SnapshotUnderWay | null = null
  #draft: SnapshotDraft | null = null
  #abort = new AbortController()
  #progress: PersistingProgress | null = null
  #startedAt: number | null = null
  #lastSaveAt: number
  #lastSaveDuration: number | null = null
  #lastError: Error | null = null
  #lastFailureAt = 0
  #savesDone = 0
  /** The last of the removals of files, which go one after the other. */
  #removing: Promise<void> = Promise.resolve()

  /** `older`: other files from before a restart. They go with the next snapshot, unless somebody holds them. */
  constructor(source: SnapshotSource, latest: SnapshotFile | null, older: readonly SnapshotFile[] = []) {
    this.#source = source
    for (const file of older) this.#superseded.set(file.path, file)
    this.#latest = latest
    this.#lastSaveAt = latest?.createdAt ?? Date.now()
  }

  get latest(): SnapshotFile | null {
    return this.#latest
  }

  /** Those before it that are still on disk. */
  get older(): readonly SnapshotFile[] {
    return [...this.#superseded.values()]
  }

  get status(): PersistenceStatus {
    return {
      isSaving: this.#running !== null,
      lastSaveAt: this.#lastSaveAt,
      lastSaveDuration: this.#lastSaveDuration,
      lastError: this.#lastError,
      savesDone: this.#savesDone,
      progress: this.#progress,
      startedAt: this.#startedAt,
    }
  }

  /** Whether a snapshot that nobody asked for may begin: none is under way, and none has just failed. */
  get mayRunUnasked(): boolean {
    return this.#running === null && Date.now() - this.#lastFailureAt >= RETRY_DELAY
  }

  /** The file that is being written; null where none is. */
  get draft(): SnapshotDraft | null {
    return this.#draft
  }

  /** Makes a snapshot of this moment, or shares the one that is being made. */
  begin(onProgress?: (progress: PersistingProgress) => void): SnapshotUnderWay {
    if (this.#running !== null) return this.#running
    const begun = Promise.withResolvers<SnapshotDraft | null>()
    const onBegun = (draft: SnapshotDraft) => {
      this.#draft = draft
      begun.resolve(draft)
    }
    const file = this.#persist(onBegun, onProgress).finally(() => {
      begun.resolve(null)
      this.#running = null
      this.#draft = null
      this.#progress = null
      this.#startedAt = null
    })
    this.#running = { draft: begun.promise, file }
    return this.#running
  }

  /** The same, for who waits for the whole file. */
  persist(onProgress?: (progress: PersistingProgress) => void): Promise<SnapshotFile> {
    return this.begin(onProgress).file
  }

  /** Gives up the snapshot under way, if any; who waits for it gets an error. */
  abort(reason: Error): void {
    this.#abort.abort(reason)
    this.#abort = new AbortController()
  }

  /** Resolves when no snapshot is being made. */
  async settled(): Promise<void> {
    await this.#running?.file.catch(() => undefined)
  }

  /** Keeps a file on disk until the hold is disposed of. */
  hold({ path }: Pick<SnapshotFile, 'path'>): Disposable {
    this.#holds.set(path, (this.#holds.get(path) ?? 0) + 1)
    let isHeld = true
    return {
      [Symbol.dispose]: () => {
        if (!isHeld) return
        isHeld = false
        const left = this.#holds.get(path)! - 1
        if (left > 0) this.#holds.set(path, left)
        else this.#holds.delete(path)
        void this.#removeSuperseded()
      },
    }
  }

  /**
   * Holds a path that a file is about to get. One of the same name may just be on its way out: resolves when that is
   * done, so that it is not the new one that goes.
   */
  async reserve(path: string): Promise<Disposable> {
    const hold = this.hold({ path })
    await this.#removing
    return hold
  }

  /** The file is damaged: nobody is given it any more, and another one is made. */
  async replace(file: SnapshotFile): Promise<void> {
    if (this.#latest?.path === file.path) this.#latest = null
    await this.persist()
  }

  /** Takes another file as the newest, one that came from a master. */
  async replaceLatest(file: SnapshotFile | null): Promise<void> {
    const previous = this.#latest
    this.#latest = file
    if (previous !== null && previous.path !== file?.path) this.#superseded.set(previous.path, previous)
    if (file !== null) await this.#linkDump(file)
    await this.#removeSuperseded()
  }

  async #persist(
    onBegun: (draft: SnapshotDraft) => void,
    onProgress?: (progress: PersistingProgress) => void,
  ): Promise<SnapshotFile> {
    const { children, disk, directory, dataSet, journal, replicationId, streamDatabase } = this.#source
    const offset = journal.endOffset
    const latest = this.#latest
    if (latest !== null && latest.offset === offset && latest.replicationId === replicationId) {
      // Nothing was written since: the file that is there is the snapshot of this moment.
      this.#lastSaveAt = Date.now()
      this.#savesDone++
      return latest
    }
    const startedAt = Date.now()
    this.#startedAt = startedAt
    const { signal } = this.#abort
    const snapshots = dataSet.openSnapshots()
    const path = join(directory, `snapshot-${replicationId}-${offset}.rdb`)
    const place = this.hold({ path })
    try {
      await this.#removing
      const file = await persistSnapshot(snapshots, {
        children,
        disk,
        path,
        replicationId,
        offset,
        streamDatabase,
        usedMemory: dataSet.usedMemory,
        signal,
        onBegun,
        onProgress: (progress) => {
          this.#progress = progress
          onProgress?.(progress)
        },
      }).finally(() => {
        for (const snapshot of snapshots) snapshot.close()
      })
      // Nobody may have a state that this node could lose: the journal must reach the snapshot's offset first.
      await whenReadable(journal, offset, signal)
      await this.#source.commit(file, this.#neededBeside(file))
      await this.replaceLatest(file)
      await journal.trimBefore(file.offset)
      this.#lastSaveAt = Date.now()
      this.#lastSaveDuration = this.#lastSaveAt - startedAt
      this.#lastError = null
      this.#savesDone++
      return file
    } catch (error) {
      this.#lastFailureAt = Date.now()
      this.#lastError = error instanceof Error ? error : new Error(String(error))
      throw error
    } finally {
      place[Symbol.dispose]()
    }
  }

  #neededBeside({ path }: SnapshotFile): SnapshotFile[] {
    const older = [...this.#superseded.values(), ...(this.#latest === null ? [] : [this.#latest])]
    return older.filter((file) => file.path !== path && this.#holds.has(file.path))
  }

  async #linkDump(file: SnapshotFile): Promise<void> {
    const { disk, directory } = this.#source
    const temporary = join(directory, `${DUMP_FILE_NAME}.tmp-${process.pid}`)
    await disk.unlink(temporary).catch(ignoreMissing)
    await disk.link(file.path, temporary)
    await disk.rename(temporary, join(directory, DUMP_FILE_NAME))
    // rename(2) leaves both names where they are links to one file already.
    await disk.unlink(temporary).catch(ignoreMissing)
  }

  #removeSuperseded(): Promise<void> {
    this.#removing = this.#removing.then(() => this.#removeWhatIsFree())
    return this.#removing
  }

  /** Never rejects: a file that can't be removed is tried again the next time, and at the latest after a restart. */
  async #removeWhatIsFree(): Promise<void> {
    for (const [path, file] of [...this.#superseded]) {
      if (this.#holds.has(path) || path === this.#latest?.path || !this.#superseded.delete(path)) continue
      try {
        await this.#source.disk.unlink(path).catch(ignoreMissing)
      } catch {
        this.#superseded.set(path, file)
      }
    }
  }
}

/** @throws the journal's failure, or the signal's reason */
async function whenReadable(journal: Journal, offset: number, signal: AbortSignal): Promise<void> {
  while (journal.readableOffset < offset) {
    if (journal.failure !== null) throw journal.failure
    // The journal's 'error' event rejects.
    await once(journal, 'readable', { signal })
  }
}
