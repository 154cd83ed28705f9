import { join, resolve } from 'node:path'
import type { Disk } from '../disk/disk.ts'
import { nodeDisk } from '../disk/node-disk.ts'
import { type FsyncPolicy, Journal } from '../journal/journal.ts'
import type { JournalRetention } from '../journal/journal-retention.ts'
import type { SnapshotFile } from '../persistence/snapshot-file.ts'
import { snapshotIdOf } from '../persistence/snapshot-file.ts'
import { loadSnapshot } from '../persistence/snapshot-loader.ts'
import { removePersistingLeftovers } from '../persistence/snapshot-persister.ts'
import { DataSet } from './data-set.ts'
import { lockDirectory } from './directory-lock.ts'
import { Executor } from './executor.ts'
import { branchHistory, type FormerHistory, type History, MAX_FORMER_HISTORIES, newHistory } from './history.ts'
import { type JournalPlace, type Manifest, type ManifestSnapshot, readManifest, writeManifest } from './manifest.ts'
import { DUMP_FILE_NAME } from './snapshot-keeper.ts'
import { StoreError } from './store-error.ts'
import type { ResolvedStoreOptions } from './store-options.ts'
import { StreamApplier } from './stream-applier.ts'

const SNAPSHOT_FILE = /^snapshot-.*\.rdb$/
const JOURNAL_DIRECTORY = /^journal-\d+$/

/** What recovery found. */
export interface RecoveredState {
  readonly dataSet: DataSet
  readonly journal: Journal
  readonly snapshot: SnapshotFile | null
  /** Older ones that slaves had begun to fetch. */
  readonly olderSnapshots: readonly SnapshotFile[]
  /** The database that the stream has selected at the journal's end. */
  readonly streamDatabase: number
}

/**
 * A node's folder: which files belong together (the manifest), what recovery makes of them, and every step in which
 * that changes. A store without a folder has a temporary one for transfers, and no manifest.
 */
export class NodeFiles {
  readonly directory: string
  fsync: FsyncPolicy
  backlogBytes: number
  retention: JournalRetention
  readonly #options: ResolvedStoreOptions
  readonly #lock: AsyncDisposable | null
  #manifest: Manifest

  private constructor(
    options: ResolvedStoreOptions,
    directory: string,
    lock: AsyncDisposable | null,
    manifest: Manifest,
  ) {
    this.#options = options
    this.directory = directory
    this.fsync = options.appendfsync
    this.backlogBytes = options.backlogBytes
    this.retention = {
      bytes: options.journalRetainBytes,
      milliseconds: options.journalRetainMilliseconds,
      limitBytes: options.journalRetainLimitBytes,
    }
    this.#lock = lock
    this.#manifest = manifest
  }

  /** Makes and locks the folder and reads its manifest. @throws StoreError STORE_LOCKED; ManifestDamagedError */
  static async open(options: ResolvedStoreOptions): Promise<NodeFiles> {
    const { disk } = options
    if (options.dir === null) {
      const directory = await disk.makeTemporaryDirectory()
      return new NodeFiles(options, directory, null, newManifest())
    }
    const directory = resolve(options.dir)
    await disk.makeDirectory(directory)
    // Only a folder of the operating system's can be another process's too.
    const lock = disk === nodeDisk ? await lockDirectory(directory) : null
    try {
      const manifest = readManifest(disk, directory) ?? (await manifestOfDump(disk, directory)) ?? newManifest()
      return new NodeFiles(options, directory, lock, manifest)
    } catch (error) {
      await lock?.[Symbol.asyncDispose]()
      throw error
    }
  }

  get #disk(): Disk {
    return this.#options.disk
  }

  get history(): History {
    return this.#manifest.history
  }

  get isFollowing(): boolean {
    return this.#manifest.isFollowing
  }

  /** The offset at which the journal begins without a snapshot. */
  get journalStartOffset(): number {
    return this.#manifest.journal.startOffset
  }

  /**
   * Loads the snapshot and replays the journal from its offset.
   * @throws StoreError NO_GOOD_SNAPSHOT; JournalDamagedError
   */
  async recover(): Promise<RecoveredState> {
    const dataSet = new DataSet()
    const { snapshot: inManifest } = this.#manifest
    const snapshot = inManifest === null ? null : this.#fileOf(inManifest)
    const executor = new Executor(dataSet, snapshot === null ? 0 : await this.#loadSnapshot(snapshot, dataSet))
    const start = snapshot?.offset ?? this.#manifest.journal.startOffset
    // Before there is a journal, since one that belongs to no manifest would be refused by the next start; and behind
    // the snapshot, so that a dump that can't be loaded may be put right.
    if (this.#options.dir !== null && readManifest(this.#disk, this.directory) === null) this.#commit({})
    let journal = await this.#openJournal(this.#manifest.journal, start)
    try {
      if (journal.endOffset < start) {
        // The system lost the journal's tail in a crash but not the snapshot: it begins anew behind that.
        await journal.close()
        journal = await this.#openNextJournal(start)
      }
      using reader = journal.reader(start, { includesUnwritten: true })
      await new StreamApplier(executor).replay(reader)
    } catch (error) {
      await journal.close()
      throw error
    }
    const { history, isFollowing, isClean } = this.#manifest
    // Without an orderly end some slave may have more of the history than was recovered here: what comes next is
    // written under a new id, so that it can't be taken for what that slave has.
    const isBranching = !isFollowing && !isClean
    this.#commit({ history: isBranching ? branchHistory(history, journal.endOffset) : history, isClean: false })
    const olderSnapshots = this.#options.dir === null ? [] : await this.#removeStrays()
    return { dataSet, journal, snapshot, olderSnapshots, streamDatabase: executor.streamDatabase }
  }

  /** Makes a snapshot the one that recovery begins with; `older` stay for those who have begun to fetch them. */
  commitSnapshot(file: SnapshotFile, older: readonly SnapshotFile[]): void {
    this.#commit({ snapshot: manifestSnapshotOf(file), olderSnapshots: older.map(manifestSnapshotOf) })
  }

  /** Changes role and history in one step. */
  commitRole(isFollowing: boolean, history: History): void {
    this.#commit({ isFollowing, history })
  }

  /** Makes a master's snapshot this node's state, with an empty journal from its offset on, in one step. */
  async beginJournal(file: SnapshotFile, former: readonly FormerHistory[]): Promise<Journal> {
    const previous = this.#manifest.journal
    const place = nextPlace(previous, file.offset, file.replicationId)
    await this.#disk.removeDirectory(join(this.directory, place.directory))
    const journal = await this.#openJournal(place, file.offset)
    try {
      this.#commit({
        history: { replicationId: file.replicationId, former: former.slice(0, MAX_FORMER_HISTORIES) },
        journal: place,
        snapshot: manifestSnapshotOf(file),
        olderSnapshots: [],
        isFollowing: true,
      })
    } catch (error) {
      await journal.close()
      throw error
    }
    return journal
  }

  /** Closes and removes a journal that another one has taken the place of. */
  async removeJournal(journal: Journal): Promise<void> {
    await journal.close()
    await this.#removeStrayJournals()
  }

  /** Closes the journal, writes down that all is in order, and lets go of the folder. */
  async close(journal: Journal | null): Promise<void> {
    try {
      if (journal !== null) {
        await journal.close()
        if (journal.failure === null) this.#commit({ isClean: true })
      }
    } finally {
      if (this.#options.dir === null) await this.#disk.removeDirectory(this.directory)
      await this.#lock?.[Symbol.asyncDispose]()
    }
  }

  #commit(change: Partial<Manifest>): void {
    const manifest = { ...this.#manifest, ...change }
    if (this.#options.dir !== null) writeManifest(this.#disk, this.directory, manifest)
    this.#manifest = manifest
  }

  #fileOf({ fileName, ...file }: ManifestSnapshot): SnapshotFile {
    return { ...file, path: join(this.directory, fileName) }
  }

  /** @returns the database that the stream has selected at its offset */
  async #loadSnapshot(snapshot: SnapshotFile, dataSet: DataSet): Promise<number> {
    try {
      const loaded = await loadSnapshot(snapshot.path, {
        disk: this.#disk,
        keySpaceFor: (database) => dataSet.keySpace(database),
        ...(this.#options.onLoading !== null && { onProgress: this.#options.onLoading }),
      })
      return loaded.streamDatabase
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new StoreError('NO_GOOD_SNAPSHOT', `the snapshot ${snapshot.path} can't be loaded: ${reason}`, { cause })
    }
  }

  #openJournal(place: JournalPlace, startOffset: number): Promise<Journal> {
    const { dir, journalSegmentBytes } = this.#options
    return Journal.open({
      directory: dir === null ? null : join(this.directory, place.directory),
      replicationId: place.replicationId,
      fsync: this.fsync,
      memoryBytes: this.backlogBytes,
      segmentBytes: journalSegmentBytes,
      retainBytes: this.retention.bytes,
      retainMilliseconds: this.retention.milliseconds,
      retainLimitBytes: this.retention.limitBytes,
      startOffset,
      disk: this.#disk,
    })
  }

  async #openNextJournal(startOffset: number): Promise<Journal> {
    const place = nextPlace(this.#manifest.journal, startOffset, this.#manifest.history.replicationId)
    const journal = await this.#openJournal(place, startOffset)
    this.#commit({ journal: place })
    return journal
  }

  /**
   * Removes what a crash between two steps left behind. Incoming snapshots stay: their transfer may go on.
   * @returns the older snapshots that are there
   */
  async #removeStrays(): Promise<SnapshotFile[]> {
    await removePersistingLeftovers(this.directory, this.#disk)
    await this.#removeStrayJournals()
    const { snapshot, olderSnapshots } = this.#manifest
    const names = await this.#disk.list(this.directory)
    const known = new Set([snapshot, ...olderSnapshots].map((file) => file?.fileName))
    for (const name of names) {
      if (SNAPSHOT_FILE.test(name) && !known.has(name)) await this.#disk.unlink(join(this.directory, name))
    }
    return olderSnapshots.filter(({ fileName }) => names.includes(fileName)).map((file) => this.#fileOf(file))
  }

  async #removeStrayJournals(): Promise<void> {
    const { journal } = this.#manifest
    for (const name of await this.#disk.list(this.directory)) {
      if (!JOURNAL_DIRECTORY.test(name) || name === journal.directory) continue
      await this.#disk.removeDirectory(join(this.directory, name))
    }
  }
}

function newManifest(): Manifest {
  const history = newHistory()
  return {
    history,
    journal: { directory: 'journal-1', startOffset: 0, replicationId: history.replicationId },
    snapshot: null,
    olderSnapshots: [],
    isFollowing: false,
    isClean: true,
  }
}

/** A folder with nothing but a dump, of a Redis server for example, becomes a new history that begins with it. */
async function manifestOfDump(disk: Disk, directory: string): Promise<Manifest | null> {
  const names = await disk.list(directory)
  if (!names.includes(DUMP_FILE_NAME)) return null
  const path = join(directory, DUMP_FILE_NAME)
  const manifest = newManifest()
  const { replicationId } = manifest.history
  const fileName = `snapshot-${replicationId}-0.rdb`
  const { size, crc64 } = await readTrailer(disk, path)
  if (names.includes(fileName)) await disk.unlink(join(directory, fileName))
  await disk.link(path, join(directory, fileName))
  const snapshot = {
    id: snapshotIdOf(replicationId, 0, crc64),
    fileName,
    size,
    crc64,
    replicationId,
    offset: 0,
    createdAt: Date.now(),
  }
  return { ...manifest, snapshot }
}

/** The size of an RDB file, and the CRC64 at its end (little-endian) as 16 hexadecimal digits. */
async function readTrailer(disk: Disk, path: string): Promise<{ size: number; crc64: string }> {
  const trailer = Buffer.alloc(8)
  const file = await disk.open(path, 'read')
  try {
    const size = await file.size()
    await file.read(trailer, Math.max(0, size - trailer.length))
    return { size, crc64: trailer.reverse().toString('hex') }
  } finally {
    await file.close()
  }
}

function nextPlace(previous: JournalPlace, startOffset: number, replicationId: string): JournalPlace {
  const number = Number(previous.directory.slice('journal-'.length)) + 1
  return { directory: `journal-${number}`, startOffset, replicationId }
}

function manifestSnapshotOf(file: SnapshotFile): ManifestSnapshot {
  const { path, ...rest } = file
  return { ...rest, fileName: path.slice(path.lastIndexOf('/') + 1) }
}
