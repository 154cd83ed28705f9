import { parseArgs } from 'node:util'

/** What the command line of the bench asks for. */
export interface Options {
  readonly runs: number
  readonly keys: number
  readonly isJson: boolean
}

/** A command line that can't be followed. */
export class OptionsError extends Error {
  readonly code = 'OPTIONS'
  override readonly name = 'OptionsError'
}

/** How the bench is called. */
export const USAGE = `Usage: bench [--runs N] [--keys N] [--json]

  --runs N   runs of each server, in alternation; 3
  --keys N   keys of the full synchronisation, and SETs of the load; 1000000
  --json     the report as JSON on standard output
`

const MAX_RUNS = 100
/** Keys have twelve digits, but memory for more than this is not to be had. */
const MAX_KEYS = 50_000_000

/**
 * Reads the command line.
 * @throws OptionsError
 */
export function parseOptions(words: readonly string[]): Options | 'help' {
  let values: { runs?: string; keys?: string; json?: boolean; help?: boolean }
  try {
    values = parseArgs({
      args: words.filter((word) => word !== '--'),
      options: {
        runs: { type: 'string' },
        keys: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values
  } catch (error) {
    throw new OptionsError(error instanceof Error ? error.message : String(error), { cause: error })
  }
  if (values.help) return 'help'
  return {
    runs: numberOf('runs', values.runs, 3, MAX_RUNS),
    keys: numberOf('keys', values.keys, 1_000_000, MAX_KEYS),
    isJson: values.json ?? false,
  }
}

function numberOf(name: string, text: string | undefined, initial: number, most: number): number {
  if (text === undefined) return initial
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < 1 || value > most) {
    throw new OptionsError(`--${name} '${text}': a whole number from 1 to ${most} is needed`)
  }
  return value
}
