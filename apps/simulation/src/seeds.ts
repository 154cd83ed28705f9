import type { SimulationCounts, SimulationResult } from './simulation.ts'
import { runSeeds } from './worker-pool.ts'

/** What many seeds found. */
export interface SeedsReport {
  readonly seeds: number
  readonly failures: readonly SimulationResult[]
  readonly totals: SimulationCounts
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
  const totals: Record<string, number> = {}
  let seeds = 0
  await runSeeds({
    seeds: numbers(first, last),
    workers,
    plant: null,
    onResult: (result) => {
      seeds++
      if (result.failure !== null) failures.push(result)
      for (const [name, value] of Object.entries(result.counts)) totals[name] = (totals[name] ?? 0) + value
      onProgress(seeds)
      return true
    },
  })
  failures.sort((left, right) => left.seed - right.seed)
  return { seeds, failures, totals: totals as unknown as SimulationCounts }
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

/** Runs seeds with a planted bug until one finds it; null where none of them does. */
export async function findPlant(plant: string, seeds: number, workers: number): Promise<SimulationResult | null> {
  let found: SimulationResult | null = null
  await runSeeds({
    seeds: numbers(1, seeds),
    workers,
    plant,
    onResult: (result) => {
      if (result.failure !== null && (found === null || result.seed < found.seed)) found = result
      return found === null
    },
  })
  return found
}
