import { createHash } from 'node:crypto'
import { Digest, type DigestedRecords, digestRecords } from '../keyspace/digest.ts'
import type { KeySpaceSnapshot } from '../keyspace/key-space-snapshot.ts'
import type { DataSet } from './data-set.ts'

const NO_DATA = '0'.repeat(32)
const STRINGS: DigestedRecords = { strings: true, collections: false, trustsKeptDigests: false }
const COLLECTIONS: DigestedRecords = { strings: false, collections: true, trustsKeptDigests: true }
const EVERYTHING: DigestedRecords = { strings: true, collections: true, trustsKeptDigests: false }

/** What a digest of one database is made of: what is known, and what is still to be read. */
interface DatabaseAtOneMoment {
  readonly known: Digest
  readonly unread: KeySpaceSnapshot | null
}

/**
 * The digest of a whole data set at this moment, though the promise settles later: every byte in memory is read, in
 * slices. 32 hexadecimal digits, equal on two nodes exactly when their data is; zeros where there is none.
 */
export function digestDataSet(dataSet: DataSet): Promise<string> {
  const databases = dataSet.openSnapshots().map((unread) => ({ known: new Digest(), unread }))
  return digestOf(databases, EVERYTHING)
}

/**
 * The same kept running. Strings are taken in with each write, in constant time. Collections are read when a digest is
 * asked for, from a snapshot and in slices; of the large ones only those that a command has written to since.
 */
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

  /** As {@link digestDataSet}; null while there is none. */
  get atThisMoment(): Promise<string> | null {
    if (!this.#isComplete) return null
    const databases: DatabaseAtOneMoment[] = []
    for (const [database, keySpace] of this.#dataSet.databases()) {
      const running = keySpace.digest!
      const known = new Digest()
      known.addAll(running.strings)
      databases[database] = { known, unread: running.collections === 0 ? null : keySpace.openSnapshot() }
    }
    return digestOf(
      Array.from(databases, (each) => each ?? { known: new Digest(), unread: null }),
      COLLECTIONS,
    )
  }

  /** Writes cost nothing again. */
  [Symbol.dispose](): void {
    if (this.#isDisposed) return
    this.#isDisposed = true
    this.#isComplete = false
    this.#dataSet.keepDigests(false)
  }

  async #readWhatIsThere(): Promise<void> {
    const begun = [...this.#dataSet.databases()].map(([, keySpace]) => {
      const digest = keySpace.digest!
      return { digest, generation: digest.generation, snapshot: keySpace.openSnapshot() }
    })
    try {
      for (const { digest, generation, snapshot } of begun) {
        const there = await digestRecords(snapshot, STRINGS, () => this.#isDisposed)
        if (this.#isDisposed) return
        digest.complete(generation, there.digest, there.collections)
      }
      this.#isComplete = true
    } finally {
      for (const { snapshot } of begun) snapshot.close()
    }
  }
}

async function digestOf(databases: readonly DatabaseAtOneMoment[], records: DigestedRecords): Promise<string> {
  try {
    for (const { known, unread } of databases) {
      if (unread !== null) known.addAll((await digestRecords(unread, records)).digest)
    }
  } finally {
    for (const { unread } of databases) unread?.close()
  }
  const [first = NO_DATA, ...others] = databases.map(({ known }) => known.toString())
  const last = others.findLastIndex((digest) => digest !== NO_DATA)
  if (last < 0) return first
  // A key counts together with the database that it is in; databases without keys don't count.
  return createHash('sha256')
    .update([first, ...others.slice(0, last + 1)].join())
    .digest('hex')
    .slice(0, NO_DATA.length)
}
