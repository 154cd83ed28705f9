import { parseArgs } from 'node:util'

/** What the command line of the demo asks for. */
export interface Options {
  /** The pair goes on when the demo has ended. */
  readonly isPairKept: boolean
}

/** How the demo is called. */
export const USAGE = `Usage: demo [--keep]

  --keep   leave the pair running, and say how to talk to it
`

/**
 * Reads the command line.
 * @throws TypeError for an option that there isn't
 */
export function parseOptions(words: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    // Package managers may pass on the -- before the options.
    args: words.filter((word) => word !== '--'),
    options: { keep: { type: 'boolean' }, help: { type: 'boolean' } },
  })
  return values.help ? 'help' : { isPairKept: values.keep ?? false }
}
