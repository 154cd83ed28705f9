import { type AnyCommand, type CompiledFamily, compileFamily, type Family } from './family.ts'
import { Random } from './random.ts'
import { type Step, stepOf } from './step.ts'

/** What is played on both servers from an empty data set, on a new connection. */
export interface Sequence {
  /** Its number among those of its seed. */
  readonly number: number
  readonly steps: readonly Step[]
}

/** Limits of compact encodings, low now and then so that small values cross them, and Redis's defaults of them. */
const LIMITS: readonly (readonly [name: string, initial: string, choices: readonly string[]])[] = [
  ['hash-max-listpack-entries', '512', ['512', '128', '0', '4']],
  ['hash-max-listpack-value', '64', ['64', '64', '3', '0', '200']],
  ['set-max-intset-entries', '512', ['512', '512', '0', '5']],
  ['zset-max-listpack-entries', '128', ['128', '128', '0', '4']],
  ['zset-max-listpack-value', '64', ['64', '64', '3']],
  ['list-max-listpack-size', '-2', ['-2', '-2', '-1', '3', '128']],
]

/** Sent on a connection of its own before each sequence. */
export const PREPARATION = [['flushall'], ...LIMITS.map(([name, initial]) => ['config', 'set', name, initial])] as const

/** Makes sequences from a seed; the same number is always the same sequence. */
export class SequenceMaker {
  readonly #seed: number
  readonly #families: readonly CompiledFamily[]
  readonly #length: number

  /** @param length steps in each sequence */
  constructor(seed: number, families: readonly Family[], length: number) {
    this.#seed = seed
    this.#length = length
    this.#families = families.map(compileFamily).flatMap((family) => Array<CompiledFamily>(family.weight).fill(family))
  }

  sequence(number: number): Sequence {
    const random = new Random(this.#seed, number)
    const anyCommand: AnyCommand = (source) => source.pick(this.#families).makeCommand(source)
    const steps: Step[] = [stepOf('hello', number % 2 === 0 ? '2' : '3')]
    if (random.oneIn(3)) {
      const [name, , choices] = random.pick(LIMITS)
      steps.push(stepOf('config', 'set', name, random.pick(choices)))
    }
    while (steps.length < this.#length) steps.push(random.pick(this.#families).makeStep(random, anyCommand))
    return { number, steps }
  }
}
