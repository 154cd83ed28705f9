import { availableParallelism } from 'node:os'
import { formatCount, interruption, OptionsError, Workplace } from '@repl/harness'
import type { Sample } from './metric.ts'
import { type Options, parseOptions, USAGE } from './options.ts'
import type { Peer } from './peers/peer.ts'
import { redisPeer, versionOf } from './peers/redis-peer.ts'
import { replPeer } from './peers/repl-peer.ts'
import { renderReport, summarizeResults } from './report.ts'
import { runPeer } from './run-peer.ts'
import { alternate } from './statistics.ts'

/** Progress goes to standard error, the report to standard output. */
const say = (text: string) => console.error(text)

async function bench(options: Options): Promise<void> {
  const [repl, redis, benchmark] = await Promise.all([replPeer(), redisPeer(), versionOf('redis-benchmark')])
  say(`repl-server ${repl.version}; redis-server ${redis?.version ?? 'not installed'}`)
  say(`${options.runs} runs, ${formatCount(options.keys)} keys of 16 + 100 bytes, ${availableParallelism()} cores`)
  if (redis === null) say('redis-server is not installed (Debian: redis-server): the comparison is SKIPPED.')
  if (benchmark === null) say('redis-benchmark is not installed (Debian: redis-tools): the SET runs are SKIPPED.')

  const samples: Record<Peer['name'], Sample[]> = { 'repl-server': [], 'redis-server': [] }
  await using workplace = await Workplace.open('repl-bench-')
  const signal = interruption()
  for (let run = 0; run < options.runs; run++) {
    for (const peer of alternate<Peer | null>(repl, redis, run)) {
      if (peer === null) continue
      const setup = { workplace, run, keys: options.keys, hasBenchmark: benchmark !== null, signal }
      const startedAt = performance.now()
      samples[peer.name].push(await runPeer(peer, setup))
      say(`run ${run + 1} of ${options.runs}: ${peer.name}, ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
    }
  }
  const rows = summarizeResults({
    repl: samples['repl-server'],
    redis: redis === null ? null : samples['redis-server'],
  })
  if (options.isJson) {
    const versions = { 'repl-server': repl.version, 'redis-server': redis?.version ?? null }
    const { runs, keys } = options
    console.log(JSON.stringify({ versions, runs, keys, cores: availableParallelism(), rows, samples }, null, 2))
  } else {
    console.log(`\n${renderReport(rows)}`)
  }
}

try {
  const options = parseOptions(process.argv.slice(2))
  if (options === 'help') console.log(USAGE)
  else await bench(options)
} catch (error) {
  console.error(error instanceof OptionsError ? `${error.message}\n\n${USAGE}` : error)
  process.exitCode = 1
}
