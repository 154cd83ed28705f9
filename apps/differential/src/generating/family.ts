import type { Random } from './random.ts'
import type { CommandWords, Step } from './step.ts'
import { compileTemplate, type Vocabulary } from './template.ts'

/** Makes any command of any family: what transactions are filled with. */
export type AnyCommand = (random: Random) => CommandWords

/** Makes a step that is more than one command. */
export type StepMaker = (random: Random, anyCommand: AnyCommand) => Step

/** A family of commands, as it is declared. */
export interface Family {
  readonly name: string
  /** How often it comes up, compared with other families. */
  readonly weight: number
  readonly vocabulary: Vocabulary
  /** Commands with this word are not marred. */
  readonly neverMarred?: string
  /** Templates (see `compileTemplate`), by how often each of them comes up compared with others of the family. */
  readonly commands: Readonly<Record<number, readonly string[]>>
  /** The same for steps of several commands. */
  readonly steps?: Readonly<Record<number, readonly StepMaker[]>>
}

/** A family, ready to make steps. */
export interface CompiledFamily {
  readonly name: string
  readonly weight: number
  readonly makeCommand: AnyCommand
  readonly makeStep: StepMaker
}

/** Words in the place of others, or too many: what a careless client sends. None of them makes a command costly. */
const ODD_WORDS = ['', 'x', '-1', '0', '1.5', '9223372036854775807', '9223372036854775808', 'nx', ' 1', 'a\xff\0b', '*']
/** One command of so many is marred. */
const MARRED = 16
/** With other words these might wait for ever, tell about the server instead of the data, or choose at random. */
const NEVER_MARRED = /^(b[lrz].*|wait|command|config|spop)$/i

/** @throws RangeError for a template with a name that the vocabulary lacks */
export function compileFamily(family: Family): CompiledFamily {
  const templates = spread(family.commands).map((template) => compileTemplate(template, family.vocabulary))
  const steps = spread(family.steps ?? {})
  const makeCommand: AnyCommand = (random) => {
    const words = random.pick(templates)(random)
    return family.neverMarred !== undefined && words.includes(family.neverMarred) ? words : marred(words, random)
  }
  const makeStep: StepMaker = (random, anyCommand) => {
    const chosen = random.below(templates.length + steps.length)
    if (chosen < templates.length) return { commands: [makeCommand(random)] }
    return steps[chosen - templates.length]!(random, anyCommand)
  }
  return { name: family.name, weight: family.weight, makeCommand, makeStep }
}

/** Each choice as many times as its weight says. */
export function spread<T>(choices: Readonly<Record<number, readonly T[]>>): T[] {
  return Object.entries(choices).flatMap(([weight, all]) => Array<readonly T[]>(Number(weight)).fill(all).flat())
}

/** Now and then an argument is missing, one is too many, one is odd, or the name is in capitals. */
function marred(words: CommandWords, random: Random): CommandWords {
  if (!random.oneIn(MARRED) || NEVER_MARRED.test(words[0]!)) return words
  const at = random.between(1, Math.max(1, words.length - 1))
  switch (random.below(4)) {
    case 0:
      return words.slice(0, Math.max(1, words.length - random.between(1, 2)))
    case 1:
      return [...words, random.pick(ODD_WORDS)]
    case 2:
      return words.map((word, i) => (i === at ? random.pick(ODD_WORDS) : word))
    default:
      return words.map((word, i) => (i === 0 ? word.toUpperCase() : word))
  }
}
