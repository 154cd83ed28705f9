import { HELP, type Options, readOptions } from './options.ts'
import { PLANTS, plantNamed } from './plants.ts'
import { checkSeeds, findPlant, runSeed } from './seeds.ts'
import type { SimulationResult } from './simulation.ts'
import { format } from './story.ts'

/** How many failing seeds are told of one by one. */
const MOST_TOLD = 10

process.exitCode = await run()

async function run(): Promise<number> {
  let options: Options
  try {
    options = readOptions(process.argv.slice(2))
    if ('plant' in options && options.plant !== null) plantNamed(options.plant)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n--help lists the options`)
    return 2
  }
  switch (options.command) {
    case 'help':
      console.log(HELP)
      return 0
    case 'list plants':
      for (const { name, mistake } of PLANTS) console.log(`${name.padEnd(30)} ${mistake}`)
      return 0
    case 'seeds':
      return await runMany(options.first, options.last, options.workers)
    case 'story':
      return await tellStory(options.seed, options.plant)
    case 'plant':
      return (await lookFor(options.plant, options.seeds, options.workers)) ? 0 : 1
    case 'all plants': {
      let missed = 0
      for (const { name } of PLANTS) if (!(await lookFor(name, options.seeds, options.workers))) missed++
      console.log(`${PLANTS.length - missed} of ${PLANTS.length} planted bugs were found`)
      return missed === 0 ? 0 : 1
    }
  }
}

async function runMany(first: number, last: number, workers: number): Promise<number> {
  const startedAt = performance.now()
  const tenth = Math.max(1, Math.ceil((last - first + 1) / 10))
  const { seeds, failures, totals, hash } = await checkSeeds(first, last, workers, (done) => {
    if (done % tenth === 0) console.log(`${done} seeds, ${seconds(startedAt)} s`)
  })
  for (const { seed, failure } of failures.slice(0, MOST_TOLD)) console.log(`seed ${seed}: ${failure?.message}`)
  const { time, writes, answered, deaths, promotions, failovers, full, partial, events } = totals
  console.log(
    `${seeds} seeds in ${seconds(startedAt)} s: ${Math.round(time / 60_000)} minutes of simulated time, ${events} events, ` +
      `${writes} writes (${answered} answered as safe), ${deaths} deaths, ${promotions} promotions, ${failovers} of them by failover, ` +
      `${partial} partial and ${full} full synchronisations`,
  )
  for (const [what, times] of Object.entries(totals.happenings).sort(([, left], [, right]) => right - left)) {
    console.log(`${String(times).padStart(9)} ${what}`)
  }
  console.log(`trace ${hash}`)
  if (failures.length === 0) {
    console.log('every promise was kept')
    return 0
  }
  console.log(
    `${failures.length} seeds FAILED; tell one's story with: npx -y pnpm@12 simulate --seed ${failures[0]!.seed}`,
  )
  return 1
}

async function tellStory(seed: number, plant: string | null): Promise<number> {
  const { lines, hash, failure, counts } = await runSeed(seed, plant)
  for (const line of lines) console.log(format(line))
  console.log(`seed ${seed}: ${failure === null ? 'every promise was kept' : `FAILED: ${failure.message}`}`)
  console.log(`${JSON.stringify(counts)}, trace ${hash}`)
  return failure === null ? 0 : 1
}

async function lookFor(plant: string, seeds: number, workers: number): Promise<boolean> {
  let found: SimulationResult | null
  try {
    found = await findPlant(plant, seeds, workers)
  } catch (error) {
    console.log(`${plant}: can't be planted: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`)
    return false
  }
  if (found === null) console.log(`${plant}: NOT found in ${seeds} seeds`)
  else console.log(`${plant}: found by seed ${found.seed} after ${found.counts.time} ms: ${found.failure?.message}`)
  return found !== null
}

function seconds(startedAt: number): string {
  return ((performance.now() - startedAt) / 1000).toFixed(1)
}
