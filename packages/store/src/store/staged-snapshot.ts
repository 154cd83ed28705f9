import type { CompactLimits } from '../collections/compact-limits.ts'
import type { Disk } from '../disk/disk.ts'
import type { IncomingSnapshot } from '../persistence/incoming-snapshot.ts'
import { type LoadedSnapshot, loadSnapshot } from '../persistence/snapshot-loader.ts'
import { DataSet } from './data-set.ts'

/**
 * A snapshot that is loaded while it is received, into a data set of its own: what Redis calls `repl-diskless-load`,
 * but that the file is written all the same, and nothing of it is shown before its checksum has been compared.
 */
export class StagedSnapshot {
  /** Holds all of it when `loaded` has resolved. */
  readonly dataSet: DataSet
  /** Rejects where the file is damaged, or is not received any more. */
  readonly loaded: Promise<LoadedSnapshot>
  readonly #abort = new AbortController()

  /** Begins with what is there. @param limits up to where the data set's collections stay compact */
  constructor(disk: Disk, incoming: IncomingSnapshot, limits: CompactLimits) {
    this.dataSet = new DataSet(limits)
    this.loaded = loadSnapshot(incoming.partPath, {
      disk,
      arrival: incoming,
      keySpaceFor: (database) => this.dataSet.keySpace(database),
      // Whoever receives the file compares its checksum.
      verify: false,
      signal: this.#abort.signal,
    })
    // Whoever adopts the snapshot gets the error; nobody has to.
    this.loaded.catch(() => undefined)
  }

  /** Stops loading; resolves when it has. The snapshot must not be open any more. */
  async cancel(reason: Error): Promise<void> {
    this.#abort.abort(reason)
    await this.loaded.catch(() => undefined)
  }
}
