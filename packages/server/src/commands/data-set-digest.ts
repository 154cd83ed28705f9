import { hash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Store } from '@repl/store'
/** TEMPORARY until the store's own digest lands. */
export async function digestOf(store: Store, signal: AbortSignal): Promise<string> {
  const snapshots = store.dataSet.openSnapshots()
  const sum = Buffer.alloc(20)
  try {
    for (const [database, snapshot] of snapshots.entries()) {
      let more = true
      while (more) {
        more = snapshot.visit(500, (bytes, ks, ke, vs, ve, type, expiresAt) => {
          const part = hash(
            'sha1',
            Buffer.concat([
              Buffer.from(`${database} ${type} ${expiresAt} ${ke - ks} `),
              bytes.subarray(ks, ke),
              bytes.subarray(vs, ve),
            ]),
            'buffer',
          )
          for (let i = 0; i < 20; i++) sum[i]! ^= part[i]!
        })
        await nextTurn()
        signal.throwIfAborted()
      }
    }
  } finally {
    for (const snapshot of snapshots) snapshot.close()
  }
  return sum.toString('hex')
}
