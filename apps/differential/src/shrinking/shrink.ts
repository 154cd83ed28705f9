import type { Step } from '../generating/step.ts'

/** Tells whether what is looked for is still there in a shorter sequence. */
export type Still = (steps: readonly Step[]) => Promise<boolean>

/**
 * Makes a sequence shorter while it still shows what is looked for (delta debugging): leaves out runs of steps, then
 * of single commands, then of words of commands, until nothing more can go or the deadline is reached.
 */
export async function shrink(steps: readonly Step[], still: Still, deadline: number): Promise<readonly Step[]> {
  const bounded: Still = async (fewer) => performance.now() < deadline && (await still(fewer))
  let shortest = await leaveOut(steps, bounded)
  const single = shortest.flatMap(split)
  if (single.length > shortest.length && (await bounded(single))) shortest = await leaveOut(single, bounded)
  for (let i = 0; i < shortest.length; i++) {
    const step = shortest[i]!
    if (step.commands.length !== 1) continue
    const [name, ...words] = step.commands[0]!
    const withWords = (fewer: readonly string[]) => shortest.with(i, { ...step, commands: [[name!, ...fewer]] })
    shortest = withWords(await leaveOut(words, (fewer) => bounded(withWords(fewer))))
  }
  return shortest
}

/** The smallest part of `items` found that is still enough: runs are left out, halved until they are single items. */
export async function leaveOut<T>(
  items: readonly T[],
  still: (fewer: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let left = items
  for (let run = Math.ceil(left.length / 2); run >= 1; run = run === 1 ? 0 : Math.ceil(run / 2)) {
    for (let at = left.length - run; at > -run; at -= run) {
      const fewer = left.toSpliced(Math.max(0, at), Math.min(run, at + run))
      if (fewer.length < left.length && (await still(fewer))) left = fewer
    }
  }
  return left
}

function split({ commands, pauseBefore }: Step): Step[] {
  return commands.map((words, i) => (i === pauseBefore ? { commands: [words], pauseBefore: 0 } : { commands: [words] }))
}
