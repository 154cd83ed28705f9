import type { Difference } from '../comparing/compare-replies.ts'
import type { Family } from '../generating/family.ts'
import { SequenceMaker } from '../generating/sequence.ts'
import type { CommandWords } from '../generating/step.ts'
import { shrink } from '../shrinking/shrink.ts'
import { commandsOf, type Opponents, play } from './play.ts'

/** Steps of a sequence. */
const SEQUENCE_LENGTH = 250
/** How long a difference may take to be made short, in ms. */
const SHRINKING_TIME = 20_000

/** What is to be run. */
export interface RunPlan {
  readonly opponents: Opponents
  readonly families: readonly Family[]
  readonly seed: number
  /** About so many commands are sent. */
  readonly commands: number
  /** It ends when so many commands have been answered differently. */
  readonly differences: number
  readonly onDifference: (found: FoundDifference) => void
  readonly signal: AbortSignal
}

/** A difference, and the shortest sequence found that shows one. */
export interface FoundDifference {
  readonly sequence: number
  readonly commands: readonly CommandWords[]
  readonly difference: Difference
}

/** How a run ended. */
export interface RunResult {
  readonly commands: number
  readonly sequences: number
  readonly differences: number
}

/** Plays one sequence after the other. With several differences asked for, each command is reported once. */
export async function run(plan: RunPlan): Promise<RunResult> {
  const { opponents, signal } = plan
  const maker = new SequenceMaker(plan.seed, plan.families, SEQUENCE_LENGTH)
  const reported = new Set<string>()
  let commands = 0
  let sequences = 0
  while (commands < plan.commands && reported.size < plan.differences) {
    signal.throwIfAborted()
    const { number, steps } = maker.sequence(sequences++)
    commands += commandsOf(steps).length
    const difference = await play(steps, opponents)
    if (difference === null || reported.has(kindOf(difference))) continue
    const kind = kindOf(difference)
    reported.add(kind)
    // Whatever else differs in a shorter sequence is another matter.
    const still = async (fewer: typeof steps) => {
      const shown = await play(fewer, opponents)
      return shown !== null && kindOf(shown) === kind
    }
    const shortest = await shrink(steps, still, performance.now() + SHRINKING_TIME)
    // What was found, where it doesn't show twice.
    const shown = (await play(shortest, opponents)) ?? difference
    plan.onDifference({ sequence: number, commands: commandsOf(shortest), difference: shown })
  }
  return { commands, sequences, differences: reported.size }
}

/** Differences of one kind are taken for one: the same command, answered by an error of the same sort or none. */
function kindOf({ words, theirs, ours }: Difference): string {
  const name = words[0]!.toLowerCase()
  return ours.startsWith('-ERR unknown command')
    ? `${name} unknown`
    : `${name} ${ours.slice(0, 1)} ${theirs.slice(0, 12)}`
}
