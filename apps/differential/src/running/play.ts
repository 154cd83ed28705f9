import { setTimeout as sleep } from 'node:timers/promises'
import { type Difference, findDifference } from '../comparing/compare-replies.ts'
import { PREPARATION } from '../generating/sequence.ts'
import type { CommandWords, Step } from '../generating/step.ts'
import { PeerConnection } from './peer-connection.ts'

/** Longer than what is to expire lives, in ms. */
const PAUSE = 4

/** The ports of the two servers that are compared. */
export interface Opponents {
  readonly ours: number
  readonly theirs: number
}

/** Plays a sequence on both from an empty data set, and gives the first reply that differs, or null. */
export async function play(steps: readonly Step[], opponents: Opponents): Promise<Difference | null> {
  const [ours, theirs] = await Promise.all([playOn(opponents.ours, steps), playOn(opponents.theirs, steps)])
  return findDifference(commandsOf(steps), ours, theirs)
}

/** All commands of some steps. */
export function commandsOf(steps: readonly Step[]): readonly CommandWords[] {
  return steps.flatMap((step) => step.commands)
}

/** Plays a sequence on one server, from an empty data set or on what is there. */
export async function playOn(port: number, steps: readonly Step[], isFromEmpty = true): Promise<string[]> {
  using connection = await PeerConnection.open(port)
  if (isFromEmpty) await connection.exchange(PREPARATION)
  using client = await PeerConnection.open(port)
  const replies: string[] = []
  let batch: CommandWords[] = []
  for (const { commands, pauseBefore } of steps) {
    if (pauseBefore !== undefined) {
      batch.push(...commands.slice(0, pauseBefore))
      replies.push(...(await client.exchange(batch)))
      batch = []
      await sleep(PAUSE)
    }
    batch.push(...commands.slice(pauseBefore ?? 0))
  }
  replies.push(...(await client.exchange(batch)))
  return replies
}
