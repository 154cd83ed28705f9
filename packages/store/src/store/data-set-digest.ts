import { createHash } from 'node:crypto'
import type { Digest } from '../digest/digest.ts'
import { beginDigest, digestSnapshot } from '../digest/snapshot-digest.ts'
import type { DataSet } from './data-set.ts'

const NO_DATA = '0'.repeat(32)

/**
 * The digest of a whole data set at this moment, though the promise settles later: every byte in memory is read, in
 * slices. 32 hexadecimal digits, equal on two nodes exactly when their data is; zeros where there is none.
 */
export async function digestDataSet(dataSet: DataSet): Promise<string> {
  const snapshots = dataSet.openSnapshots()
  const digests: Digest[] = []
  try {
    for (const snapshot of snapshots) digests.push(await digestSnapshot(snapshot))
  } finally {
    for (const snapshot of snapshots) snapshot.close()
  }
  return textOf(digests)
}

/** The same kept running: every write brings it up to date, so that it is there at any moment. */
export class RunningDataSetDigest implements Disposable {
  readonly #dataSet: DataSet
  #isComplete = false
  #isDisposed = false

  /** Begins. Until what is there already has been read, in slices, there is no digest. */
  constructor(dataSet: DataSet) {
    this.#dataSet = dataSet
    dataSet.keepDigests(true)
    void this.#readWhatIsThere()
  }

  /** As {@link digestDataSet}, of this moment; null while there is none. */
  get present(): string | null {
    if (!this.#isComplete) return null
    const digests: Digest[] = []
    for (const [database, keySpace] of this.#dataSet.databases()) digests[database] = keySpace.digest!.records
    return textOf(digests)
  }

  /** Writes cost nothing again. */
  [Symbol.dispose](): void {
    if (this.#isDisposed) return
    this.#isDisposed = true
    this.#isComplete = false
    this.#dataSet.keepDigests(false)
  }

  async #readWhatIsThere(): Promise<void> {
    // One after the other, so that no turn of the event loop has more than one slice. Databases to come are empty.
    for (const [, keySpace] of [...this.#dataSet.databases()]) {
      await beginDigest(keySpace, () => this.#isDisposed)
      if (this.#isDisposed) return
    }
    this.#isComplete = true
  }
}

/** The digest of the databases with these digests; none is zeros. */
function textOf(databases: readonly (Digest | undefined)[]): string {
  const [first = NO_DATA, ...others] = Array.from(databases, (digest) => digest?.toString() ?? NO_DATA)
  const last = others.findLastIndex((digest) => digest !== NO_DATA)
  if (last < 0) return first
  // A key counts together with the database that it is in; databases without keys don't count.
  return createHash('sha256')
    .update([first, ...others.slice(0, last + 1)].join())
    .digest('hex')
    .slice(0, NO_DATA.length)
}
