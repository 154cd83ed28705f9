import { createHash } from 'node:crypto'
import { digestSnapshot, type Store } from '@repl/store'

/**
 * The digest of a store's data at this moment: equal on two nodes exactly when their data is. 32 hexadecimal digits,
 * zeros where there is no data.
 */
export async function digestOf(store: Store): Promise<string> {
  const snapshots = store.dataSet.openSnapshots()
  try {
    const [first = NO_DATA, ...others] = await Promise.all(
      snapshots.map(async (each) => String(await digestSnapshot(each))),
    )
    if (others.every((digest) => digest === NO_DATA)) return first
    // A key counts together with the database that it is in.
    return createHash('sha256')
      .update([first, ...others].join())
      .digest('hex')
      .slice(0, NO_DATA.length)
  } finally {
    for (const snapshot of snapshots) snapshot.close()
  }
}

const NO_DATA = '0'.repeat(32)
