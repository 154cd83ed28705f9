import { parseArgs } from 'node:util'
import { OptionsError, wholeNumber } from '@repl/harness'

/** What the command line of the bench asks for. */
export interface Options {
  readonly runs: number
  readonly keys: number
  readonly isJson: boolean
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
    runs: wholeNumber('runs', values.runs, 3, 1, MAX_RUNS),
    keys: wholeNumber('keys', values.keys, 1_000_000, 1, MAX_KEYS),
    isJson: values.json ?? false,
  }
}
