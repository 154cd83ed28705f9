import { parseArgs } from 'node:util'
import { OptionsError, wholeNumber } from '@repl/harness'
import { families } from './families/families.ts'

/** What the command line asks for. */
export interface Options {
  readonly commands: number
  readonly seed: number
  /** Families of commands that take part. */
  readonly families: readonly string[]
  /** How many different differences are looked for before it ends. */
  readonly differences: number
}

const NAMES = families.map((family) => family.name)

/** How the program is called. */
export const USAGE = `Usage: differential [--commands N] [--seed S] [--families A,B] [--differences N]

  --commands N      about so many commands; 100000
  --seed S          a number that decides every command; random
  --families A,B    only these: ${NAMES.join(', ')}
  --differences N   go on until so many commands were answered differently; 1
`

const MAX_COMMANDS = 1_000_000_000
const MAX_SEED = 2 ** 32 - 1

/**
 * Reads the command line.
 * @throws OptionsError
 */
export function parseOptions(words: readonly string[]): Options | 'help' {
  let values: { commands?: string; seed?: string; families?: string; differences?: string; help?: boolean }
  try {
    values = parseArgs({
      args: words.filter((word) => word !== '--'),
      options: {
        commands: { type: 'string' },
        seed: { type: 'string' },
        families: { type: 'string' },
        differences: { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values
  } catch (error) {
    throw new OptionsError(error instanceof Error ? error.message : String(error), { cause: error })
  }
  if (values.help) return 'help'
  return {
    commands: wholeNumber('commands', values.commands, 100_000, 1, MAX_COMMANDS),
    seed: wholeNumber('seed', values.seed, randomSeed(), 0, MAX_SEED),
    families: values.families === undefined ? NAMES : values.families.split(',').map(familyName),
    differences: wholeNumber('differences', values.differences, 1, 1, 1000),
  }
}

/** A seed that nobody has chosen. */
export function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!
}

function familyName(name: string): string {
  if (NAMES.includes(name)) return name
  throw new OptionsError(`--families '${name}': there are ${NAMES.join(', ')}`)
}
