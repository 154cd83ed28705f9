import { numberIn, readInfo, waitUntil } from '@repl/harness'
import type { Pair } from './pair.ts'

const TIMEOUT = 60_000

/** What the master has counted since it was started. */
export interface MasterCounters {
  readonly offset: number
  readonly fullSynchronizations: number
  readonly partialSynchronizations: number
  /** Bytes sent to slaves: stream and snapshots. */
  readonly bytesSent: number
}

export async function readMasterCounters({ master }: Pair): Promise<MasterCounters> {
  const info = await readInfo(master.client, 'replication', 'stats')
  return {
    offset: numberIn(info, 'master_repl_offset'),
    fullSynchronizations: numberIn(info, 'sync_full'),
    partialSynchronizations: numberIn(info, 'sync_partial_ok'),
    bytesSent: numberIn(info, 'total_net_repl_output_bytes'),
  }
}

/**
 * Waits until the slave has applied all that the master has. To be called when nobody writes any more.
 * @throws WaitTimeoutError, ServerEndedError
 */
export async function waitUntilCaughtUp(pair: Pair, signal: AbortSignal): Promise<void> {
  const wait = { awaited: 'the slave is at the offset of its master', timeout: TIMEOUT, signal }
  await waitUntil(wait, async () => {
    pair.slave.server.assertRunning()
    pair.master.server.assertRunning()
    // The slave last: keys that expire move the master on at any time.
    const { offset } = await readMasterCounters(pair)
    const slave = await readInfo(pair.slave.client, 'replication')
    return numberIn(slave, 'slave_repl_offset') >= offset ? true : undefined
  })
}
