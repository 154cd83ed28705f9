import { formatBytes, formatCount, waitUntil } from '@repl/harness'
import { DemoFailure } from './failure.ts'
import { LogFollower } from './log-follower.ts'
import { readMasterCounters, waitUntilCaughtUp } from './offsets.ts'
import type { Stage } from './stage.ts'
import { watchSteps } from './watching.ts'

/** Writes that the slave misses. */
const MISSED_WRITES = 10_000
const TIMEOUT = 60_000
/** What frames and heartbeats may add to the stream: a share, and bytes. */
const OVERHEAD = { share: 0.05, bytes: 65_536 } as const

/**
 * The second act: the slave is killed, misses writes, comes back, and is sent those and nothing else. Ends with the
 * writer stopped and the slave caught up.
 */
export async function resume(stage: Stage, snapshotBytes: number): Promise<void> {
  const { pair, screen, writer, signal } = stage
  screen.title(`kill -9 ${pair.slave.server.pid} (the slave), while the writes go on`)
  await pair.killSlave()
  const missedFrom = writer.commands
  await waitUntil({ awaited: `${MISSED_WRITES} writes`, timeout: TIMEOUT, signal }, () => {
    pair.master.server.assertRunning()
    writer.assertWriting()
    return writer.commands - missedFrom >= MISSED_WRITES ? true : undefined
  })
  const before = await readMasterCounters(pair)
  screen.passed(`${formatCount(writer.commands - missedFrom)} writes without it; now it is started again`)

  const recovered = await restart(stage)
  screen.passed(`it found offset ${formatCount(recovered.offset)} in its own files, and its master's address`)

  await writer.stop()
  await waitUntilCaughtUp(pair, signal)
  const after = await readMasterCounters(pair)
  const missing = after.offset - recovered.offset
  const sent = after.bytesSent - before.bytesSent
  if (after.fullSynchronizations !== before.fullSynchronizations) {
    throw new DemoFailure('the slave was sent a snapshot, though the master had all that it missed')
  }
  if (after.partialSynchronizations !== before.partialSynchronizations + 1) {
    throw new DemoFailure(`${after.partialSynchronizations} partial resynchronisations, one was due`)
  }
  if (sent > missing * (1 + OVERHEAD.share) + OVERHEAD.bytes) {
    throw new DemoFailure(`${sent} bytes were sent, though only ${missing} were missing`)
  }
  screen.passed(
    `it missed ${formatCount(missing)} bytes of the stream; ${formatCount(sent)} bytes were sent, frames included ` +
      `(the whole: ${formatBytes(snapshotBytes)})`,
  )
}

/** @returns the offset that the slave recovered from its own files */
async function restart(stage: Stage): Promise<{ offset: number }> {
  const { pair, signal } = stage
  let offset: number | null = null
  using _log = new LogFollower(pair.slave.server.logPath, (entry) => {
    // The line that it logs when it listens has the offset that it found.
    if (typeof entry['port'] === 'number' && typeof entry['offset'] === 'number') offset ??= entry['offset']
  })
  await watchSteps(stage, () => pair.restartSlave(signal))
  const wait = { awaited: 'the slave logs the offset that it recovered', timeout: TIMEOUT, signal }
  return { offset: await waitUntil(wait, () => offset ?? undefined) }
}
