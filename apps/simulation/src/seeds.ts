import { createHash } from 'node:crypto'
import type { SimulationCounts, SimulationResult } from './simulation.ts'
import { runSeeds } from './worker-pool.ts'

/** What many seeds found. */
export interface SeedsReport {
  readonly seeds: number
  readonly failures: readonly SimulationResult[]
  readonly totals: SimulationCounts
  /** Equal for equal runs of the same seeds, however many processes ran them. */
  readonly hash: string
}

/** The numbers from `first` to `last`. */
export function* numbers(first: number, last: number): Generator<number> {
  for (let number = first; number <= last; number++) yield number
}

/** Runs seeds to their end, whatever some of them find. */
export async function checkSeeds(
  first: number,
  last: number,
  workers: number,
  onProgress: (done: number) => void = () => undefined,
): Promise<SeedsReport> {
  const failures: SimulationResult[] = []
  const hashes: string[] = []
  const totals: Totals = { happenings: {} }
  let seeds = 0
  await runSeeds({
    seeds: numbers(first, last),
    workers,
    plant: null,
    onResult: (result) => {
      seeds++
      if (result.failure !== null) failures.push(result)
      const { happenings, ...counts } = result.counts
      add(totals, counts)
      add(totals.happenings, happenings)
      hashes.push(`${result.seed} ${result.hash}`)
      onProgress(seeds)
      return true
    },
  })
  failures.sort((left, right) => left.seed - right.seed)
  const hash = createHash('sha1').update(hashes.sort().join('\n')).digest('hex')
  return { seeds, failures, totals: totals as unknown as SimulationCounts, hash }
}

type Totals = { happenings: Record<string, number> } & Record<string, unknown>

function add(totals: Record<string, unknown>, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) totals[name] = Number(totals[name] ?? 0) + count
}

/** Runs one seed, with its whole story. */
export async function runSeed(seed: number, plant: string | null = null): Promise<SimulationResult> {
  let found: SimulationResult | null = null
  await runSeeds({
    seeds: [seed],
    workers: 1,
    plant,
    wantsStory: true,
    onResult: (result) => {
      found = result
      return false
    },
  })
  if (found === null) throw new Error(`seed ${seed} gave no result`)
  return found
}

/** Runs `seeds` seeds from `from` on with a planted bug until one finds it; null where none of them does. */
export async function findPlant(
  plant: string,
  seeds: number,
  workers: number,
  from = 1,
): Promise<SimulationResult | null> {
  let found: SimulationResult | null = null
  await runSeeds({
    seeds: numbers(from, seeds),
    workers,
    plant,
    onResult: (result) => {
      if (result.failure !== null && (found === null || result.seed < found.seed)) found = result
      return found === null
    },
  })
  return found
}
