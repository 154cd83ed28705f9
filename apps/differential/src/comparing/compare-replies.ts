import type { CommandWords } from '../generating/step.ts'
import { isMeant } from './meant-differences.ts'
import { formatReply, parseReply, type Reply } from './reply.ts'

/** The first reply that differs. */
export interface Difference {
  /** The number of the command in the sequence, or of the EXEC that carried it out. */
  readonly index: number
  readonly words: CommandWords
  readonly ours: string
  readonly theirs: string
}

const QUEUED = '+QUEUED\r\n'
const OK = '+OK\r\n'

/** Finds the first reply that differs in a way that isn't meant; null where there is none. */
export function findDifference(
  commands: readonly CommandWords[],
  ours: readonly string[],
  theirs: readonly string[],
): Difference | null {
  // What a transaction has queued: EXEC's reply is compared command by command.
  let queue: CommandWords[] = []
  for (const [index, words] of commands.entries()) {
    const [mine, other] = [ours[index]!, theirs[index]!]
    const name = words[0]?.toLowerCase()
    const difference = mine === other ? null : differenceBetween({ index, words, ours: mine, theirs: other }, queue)
    if (difference !== null) return difference
    if (other === QUEUED) queue.push(words)
    else if (name === 'exec' || name === 'discard' || name === 'reset' || (name === 'multi' && other === OK)) queue = []
  }
  return null
}

/** Of EXEC, the first of the replies in its reply that differs. */
function differenceBetween(found: Difference, queue: readonly CommandWords[]): Difference | null {
  const { index, words, ours, theirs } = found
  // A connection that broke has given no reply.
  if (!isReply(ours) || !isReply(theirs)) return found
  const [mine, other] = [parseReply(ours), parseReply(theirs)]
  if (words[0]!.toLowerCase() !== 'exec') return isMeant(mine, other, words) ? null : found
  if (!('items' in mine) || !('items' in other)) return found
  if (mine.items.length !== other.items.length || mine.items.length !== queue.length) return found
  for (const [i, item] of mine.items.entries()) {
    if (areEqualQueued(item, other.items[i]!, queue[i]!)) continue
    return { index, words: queue[i]!, ours: formatReply(item), theirs: formatReply(other.items[i]!) }
  }
  return null
}

function areEqualQueued(ours: Reply, theirs: Reply, words: CommandWords): boolean {
  return formatReply(ours) === formatReply(theirs) || isMeant(ours, theirs, words)
}

function isReply(text: string): boolean {
  return text.endsWith('\r\n')
}
