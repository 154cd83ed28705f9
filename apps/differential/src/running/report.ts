import type { CommandWords } from '../generating/step.ts'
import type { FoundDifference } from './run.ts'

/** Longer words and replies are cut in reports. */
const LONGEST = 600

/** A difference, for people. */
export function describeDifference(found: FoundDifference, seed: number): string {
  const { difference, commands, sequence } = found
  return [
    `Seed ${seed}, sequence ${sequence}: ${describeCommand(difference.words)} is answered differently. The shortest sequence found:`,
    '',
    ...commands.map((words) => `  ${describeCommand(words)}`),
    '',
    `  repl-server:  ${shown(difference.ours)}`,
    `  redis-server: ${shown(difference.theirs)}`,
  ].join('\n')
}

/** A command as redis-cli would take it. */
export function describeCommand(words: CommandWords): string {
  return shown(words.map((word) => (/^[\w*.:|+-]+$/.test(word) ? word : quoted(word))).join(' '), false)
}

function shown(text: string, isQuoted = true): string {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}… (${text.length} bytes)` : text
  return isQuoted ? quoted(cut) : cut
}

function quoted(word: string): string {
  return JSON.stringify(word)
    .replace(/\\u00([0-9a-f]{2})/g, '\\x$1')
    .replace(/[\x7f-\xff]/g, (c) => `\\x${c.charCodeAt(0).toString(16)}`)
}
