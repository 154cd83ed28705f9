import { randomSeed } from '../src/options.ts'

/** What decides every command of these tests: REPL_DIFFERENTIAL_SEED, or a seed that nobody has chosen. */
export const SEED = Number(process.env['REPL_DIFFERENTIAL_SEED'] ?? randomSeed())
