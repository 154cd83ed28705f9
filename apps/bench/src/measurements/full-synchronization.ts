import { readInfo, waitUntil } from '@repl/harness'
import type { RunningServer } from '../peers/peer.ts'
import { keyName, type Values } from './load-keys.ts'

const TIMEOUT = 300_000
/** How often the slave is asked whether it's ready, in ms; the result is no finer than this. */
const PERIOD = 2

/** The slave serves reads, but not what the master holds. */
export class SynchronizationMismatchError extends Error {
  readonly code = 'SYNCHRONIZATION_MISMATCH'
  override readonly name = 'SynchronizationMismatchError'
}

/**
 * Seconds from SLAVEOF to the first read of a complete copy.
 * @throws SynchronizationMismatchError, WaitTimeoutError
 */
export async function measureFullSynchronization(
  master: RunningServer,
  slave: RunningServer,
  keys: number,
  values: Values,
  signal: AbortSignal,
): Promise<number> {
  const startedAt = performance.now()
  await slave.client.slaveof('127.0.0.1', master.port)
  const wait = { awaited: `${slave.process.name} serves ${keys} keys`, timeout: TIMEOUT, signal, period: PERIOD }
  await waitUntil(wait, async () => {
    slave.process.assertRunning()
    // redis-server refuses DBSIZE while it loads.
    const size = await slave.client.dbsize().catch(() => 0)
    return size === keys ? size : undefined
  })
  const last = keyName(keys - 1)
  const value = await slave.client.get(last)
  const seconds = (performance.now() - startedAt) / 1000
  if (value !== values.of(keys - 1)) {
    throw new SynchronizationMismatchError(`${slave.process.name} holds ${String(value)} in ${last}`)
  }
  await waitForLink(slave, signal)
  return seconds
}

/** Waits until the slave itself says that its link stands. */
export async function waitForLink(slave: RunningServer, signal: AbortSignal): Promise<void> {
  const wait = { awaited: `${slave.process.name} says that its link is up`, timeout: TIMEOUT, signal }
  await waitUntil(wait, async () => {
    slave.process.assertRunning()
    const info = await readInfo(slave.client, 'replication')
    return info.get('master_link_status') === 'up' ? true : undefined
  })
}
