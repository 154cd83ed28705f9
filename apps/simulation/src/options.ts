import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'

/** What the command line asks for. */
export type Options =
  | { readonly command: 'help' | 'list plants' }
  /** Run seeds `first` up to `last`. */
  | { readonly command: 'seeds'; readonly first: number; readonly last: number; readonly workers: number }
  | { readonly command: 'story'; readonly seed: number; readonly plant: string | null }
  /** Look for a planted bug, in at most so many seeds. */
  | { readonly command: 'plant'; readonly plant: string; readonly seeds: number; readonly workers: number }
  /** Look for each of them. */
  | { readonly command: 'all plants'; readonly seeds: number; readonly workers: number }

/** A planted bug has to show within so many seeds. */
export const SEEDS_FOR_PLANT = 2_000

export const HELP = `simulate: masters, slaves and chains in one process, from a seed

  --seeds N        run seeds 1 to N (default 200); exit 1 where one fails
  --from S         begin with seed S
  --seed S         run one seed and tell its whole story
  --plant NAME     run with a planted bug until it is found; with --seed, tell that story
  --plants         list the planted bugs
  --all-plants     find each of them
  --workers W      processes at a time (default: as many as there are cores)
  --help`

/** Reads the command line. @throws RangeError, TypeError for one that makes no sense */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string' },
      from: { type: 'string' },
      seed: { type: 'string' },
      plant: { type: 'string' },
      plants: { type: 'boolean' },
      'all-plants': { type: 'boolean' },
      workers: { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  const number = (name: 'seeds' | 'from' | 'seed' | 'workers', otherwise: number) => {
    const text = values[name]
    if (text === undefined) return otherwise
    const value = Number(text)
    if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`--${name} must be a number from 1 on: ${text}`)
    return value
  }
  const workers = number('workers', availableParallelism())
  if (values.help) return { command: 'help' }
  if (values.plants) return { command: 'list plants' }
  if (values['all-plants']) return { command: 'all plants', seeds: number('seeds', SEEDS_FOR_PLANT), workers }
  if (values.seed !== undefined) return { command: 'story', seed: number('seed', 1), plant: values.plant ?? null }
  if (values.plant !== undefined) {
    return { command: 'plant', plant: values.plant, seeds: number('seeds', SEEDS_FOR_PLANT), workers }
  }
  const first = number('from', 1)
  return { command: 'seeds', first, last: first + number('seeds', 200) - 1, workers }
}
