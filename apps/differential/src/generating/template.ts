import type { Random } from './random.ts'
import type { CommandWords } from './step.ts'

/** Makes one word of a command, or several. */
export type WordMaker = (random: Random) => string | readonly string[]

/** The words that a template's `<names>` stand for. */
export type Vocabulary = Readonly<Record<string, WordMaker>>

/** Appends the words of one part of a template. */
type Part = (random: Random, words: string[]) => void

const PLACEHOLDER = /^<([\w-]+)>(?:([*+])(\d+))?$/

/**
 * Compiles the pattern of a command. Its parts, between spaces, are:
 * - a word as it is: `hset`
 * - `<name>`: what the vocabulary has by that name; `<name>*3`: up to three times; `<name>+3`: once to three times
 * - `nx|xx|<name>|`: one of these; the empty one is no word
 *
 * @throws RangeError for a name that the vocabulary lacks
 */
export function compileTemplate(template: string, vocabulary: Vocabulary): (random: Random) => CommandWords {
  const parts = template.split(' ').map((part) => compilePart(part, vocabulary, template))
  return (random) => {
    const words: string[] = []
    for (const part of parts) part(random, words)
    return words
  }
}

function compilePart(part: string, vocabulary: Vocabulary, template: string): Part {
  if (part.includes('|')) {
    const choices = part.split('|').map((choice) => compilePart(choice, vocabulary, template))
    return (random, words) => random.pick(choices)(random, words)
  }
  if (part === '') return () => {}
  const [, name, sign, most] = PLACEHOLDER.exec(part) ?? []
  if (name === undefined) return (_random, words) => words.push(part)
  const maker = vocabulary[name]
  if (maker === undefined) throw new RangeError(`'${template}': the vocabulary has no '${name}'`)
  const least = sign === '*' ? 0 : 1
  return (random, words) => {
    for (let n = random.between(least, Number(most ?? 1)); n > 0; n--) {
      const made = maker(random)
      if (typeof made === 'string') words.push(made)
      else words.push(...made)
    }
  }
}
