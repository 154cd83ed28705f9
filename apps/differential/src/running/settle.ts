import { parseInfo, waitUntil } from '@repl/harness'
import { ask } from './ask.ts'
import type { Peer } from './peers.ts'

/** How long a slave may take until it has everything, in ms: far more than it takes on a loaded machine. */
const PATIENCE = 60_000

/** Waits until a slave has all that its master has. Nobody writes meanwhile. */
export async function untilInStep(master: Peer, slave: Peer, signal: AbortSignal): Promise<void> {
  const wait = { awaited: 'the slave is in step with its master', timeout: PATIENCE, signal }
  await waitUntil(wait, async () => {
    master.server.assertRunning()
    slave.server.assertRunning()
    const [ours, theirs] = await Promise.all(
      [master, slave].map(async ({ port }) => parseInfo(await ask(port, 'info', 'replication'))),
    )
    const isUp = theirs!.get('master_link_status') === 'up'
    return isUp && theirs!.get('slave_read_repl_offset') === ours!.get('master_repl_offset') ? true : undefined
  })
}
