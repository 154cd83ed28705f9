import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { numberIn, readInfo, waitUntil } from '@repl/harness'
import type { RunningServer } from '../peers/peer.ts'
import { VALUE_LENGTH } from './load-keys.ts'

const TIMEOUT = 600_000
const CLIENTS = 50

/** redis-benchmark printed something that has no rate in it. */
export class BenchmarkOutputError extends Error {
  readonly code = 'BENCHMARK_OUTPUT'
  override readonly name = 'BenchmarkOutputError'
}

/** The load that redis-benchmark makes. */
export interface SetLoad {
  readonly requests: number
  /** Commands that a client sends before it waits for answers. */
  readonly pipeline: number
  /** The number of keys that are drawn from at random. */
  readonly keys: number
}

/**
 * SETs a second, by redis-benchmark, while a slave follows; afterwards it waits until the slave has them all, so that a
 * server that leaves its slave behind does not pass for fast.
 * @throws BenchmarkOutputError, WaitTimeoutError, and errors of redis-benchmark
 */
export async function measureSetThroughput(
  master: RunningServer,
  slave: RunningServer,
  load: SetLoad,
  signal: AbortSignal,
): Promise<number> {
  const args = [
    ...['-h', '127.0.0.1', '-p', String(master.port), '-t', 'set', '--csv'],
    ...['-n', String(load.requests), '-r', String(load.keys), '-d', String(VALUE_LENGTH)],
    ...['-c', String(CLIENTS), '-P', String(load.pipeline)],
  ]
  const { stdout } = await promisify(execFile)('redis-benchmark', args, { timeout: TIMEOUT, signal })
  const wait = { awaited: `${slave.process.name} has caught up`, timeout: TIMEOUT, signal }
  await waitUntil(wait, async () => {
    const [ahead, behind] = await Promise.all([master, slave].map((server) => readInfo(server.client, 'replication')))
    return numberIn(ahead!, 'master_repl_offset') === numberIn(behind!, 'slave_repl_offset') ? true : undefined
  })
  return parseRate(stdout)
}

/**
 * The requests per second in redis-benchmark's CSV output.
 * @throws BenchmarkOutputError
 */
export function parseRate(output: string): number {
  const lines = output.split(/\r?\n/).map((line) => line.split(',').map((cell) => cell.replaceAll('"', '')))
  const header = lines.findIndex((cells) => cells.includes('rps'))
  const rate = Number(lines[header + 1]?.[lines[header]?.indexOf('rps') ?? -1])
  if (header < 0 || !(rate > 0)) throw new BenchmarkOutputError(`no rate in redis-benchmark's output: ${output}`)
  return rate
}
