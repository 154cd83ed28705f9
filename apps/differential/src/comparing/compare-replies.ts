import type { CommandWords } from '../generating/step.ts'
import { isMeant } from './meant-differences.ts'
import { formatReply, parseReply, type Reply } from './reply.ts'

/** The first reply that differs. */
export interface Difference {
  /** The command's number in the sequence. */
  readonly index: number
  readonly words: CommandWords
  readonly ours: string
  readonly theirs: string
}

const QUEUED = '+QUEUED\r\n'

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
    if (mine !== other && !areEqual(words, queue, mine, other)) return { index, words, ours: mine, theirs: other }
    if (other === QUEUED) queue.push(words)
    else if (name === 'multi' || name === 'exec' || name === 'discard' || name === 'reset') queue = []
  }
  return null
}

function areEqual(words: CommandWords, queue: readonly CommandWords[], ours: string, theirs: string): boolean {
  // A connection that broke has given no reply.
  if (!isReply(ours) || !isReply(theirs)) return false
  const [mine, other] = [parseReply(ours), parseReply(theirs)]
  if (words[0]!.toLowerCase() !== 'exec') return isMeant(mine, other, words)
  if (!('items' in mine) || !('items' in other)) return false
  if (mine.items.length !== other.items.length || mine.items.length !== queue.length) return false
  return mine.items.every((item, i) => areEqualQueued(item, other.items[i]!, queue[i]!))
}

function areEqualQueued(ours: Reply, theirs: Reply, words: CommandWords): boolean {
  return formatReply(ours) === formatReply(theirs) || isMeant(ours, theirs, words)
}

function isReply(text: string): boolean {
  return text.endsWith('\r\n')
}
