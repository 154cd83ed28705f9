import { formatCount, formatDuration } from '@repl/harness'
import { DemoFailure } from './failure.ts'
import type { Stage } from './stage.ts'
import { watchSteps } from './watching.ts'

const STEPS = [1, 2, 3, 4, 5, 6, 7, 8]

/**
 * The first act: an empty slave is told whom to follow, and becomes a copy while the master is written to.
 * @returns bytes of the snapshot that was sent
 */
export async function synchronize(stage: Stage): Promise<number> {
  const { pair, screen, writer } = stage
  screen.title(`SLAVEOF 127.0.0.1 ${pair.master.port}, while the writes go on`)
  const commands = writer.commands
  const startedAt = performance.now()
  const board = await watchSteps(stage, () => pair.slave.client.slaveof('127.0.0.1', pair.master.port))
  const milliseconds = performance.now() - startedAt
  const missing = STEPS.filter((number) => !board.shown.some((step) => step.number === number))
  if (missing.length > 0) throw new DemoFailure(`the slave says that it is in step, but skipped step ${missing.join()}`)
  const written = writer.commands - commands
  screen.passed(`in step after ${formatDuration(milliseconds)}; ${formatCount(written)} writes were answered meanwhile`)
  return board.shown.findLast((step) => step.number === 6)!.bytes
}
