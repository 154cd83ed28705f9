import type { ChildLauncher } from '../children/child-launcher.ts'
import type { Disk } from '../disk/disk.ts'
import { nodeDisk } from '../disk/node-disk.ts'
import type { FsyncPolicy } from '../journal/journal.ts'
import type { LoadingProgress } from '../persistence/snapshot-loader.ts'

/** How a store is opened. */
export interface StoreOptions {
  /** The folder of its files, made if it is missing. Without one the store keeps nothing across restarts. */
  readonly dir?: string
  /**
   * When a write is safe, as Redis's `appendfsync`: `always`, before it counts as durable; `everysec` (default);
   * `no`, when the system pleases.
   */
  readonly appendfsync?: FsyncPolicy
  /** Bytes of the replication stream kept in memory for partial resynchronisation. Default 16 MiB. */
  readonly backlogBytes?: number
  /** Bytes of the journal kept on disk for partial resynchronisation, beyond what recovery needs. Default 256 MiB. */
  readonly journalRetainBytes?: number
  /**
   * And all that was written during the last so many ms, so that a slave that was away for so long is given what it
   * lacks and no snapshot; for that, not more than `journalRetainLimitBytes`. Defaults 3,600,000 and 4 GiB.
   */
  readonly journalRetainMilliseconds?: number
  readonly journalRetainLimitBytes?: number
  /** Size of one segment file of the journal. Default 64 MiB. */
  readonly journalSegmentBytes?: number
  /**
   * A snapshot is persisted by itself when the journal has grown by this since the last one, and by at least the
   * size of that one, so that recovery stays short. Default 64 MiB; 0 for never.
   */
  readonly autoSnapshotBytes?: number
  /** Told how far the snapshot is that recovery begins with, once in each turn that goes on with it. */
  readonly onLoading?: (progress: LoadingProgress) => void
  /** The file system, for simulations. */
  readonly disk?: Disk
  /** Starts child processes, and is closed by the store; for simulations. By default a process of the store's own. */
  readonly children?: ChildLauncher
}

/** The options with every default filled in. */
export interface ResolvedStoreOptions extends Required<Omit<StoreOptions, 'dir' | 'children' | 'onLoading'>> {
  readonly dir: string | null
  readonly children: ChildLauncher | null
  readonly onLoading: ((progress: LoadingProgress) => void) | null
}

const MIB = 1024 * 1024

/** Fills in the defaults. */
export function resolveStoreOptions(options: StoreOptions): ResolvedStoreOptions {
  return {
    dir: options.dir ?? null,
    children: options.children ?? null,
    onLoading: options.onLoading ?? null,
    appendfsync: options.appendfsync ?? 'everysec',
    backlogBytes: options.backlogBytes ?? 16 * MIB,
    journalRetainBytes: options.journalRetainBytes ?? 256 * MIB,
    journalRetainMilliseconds: options.journalRetainMilliseconds ?? 3_600_000,
    journalRetainLimitBytes: options.journalRetainLimitBytes ?? 4096 * MIB,
    journalSegmentBytes: options.journalSegmentBytes ?? 64 * MIB,
    autoSnapshotBytes: options.autoSnapshotBytes ?? 64 * MIB,
    disk: options.disk ?? nodeDisk,
  }
}
