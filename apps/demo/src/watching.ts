import { formatBytes, numberIn, readInfo, WaitTimeoutError, waitUntil } from '@repl/harness'
import { DemoFailure } from './failure.ts'
import { LogFollower } from './log-follower.ts'
import type { Pair } from './pair.ts'
import type { Screen } from './screen.ts'
import type { Stage } from './stage.ts'
import { StepBoard } from './step-board.ts'

const TIMEOUT = 60_000
const LAST_STEP = 8

/**
 * Carries out what makes the slave synchronise, and shows the steps as they happen, until the last is done. The writer
 * writes all the while.
 * @returns the board with all steps that were shown
 * @throws DemoFailure when they don't come to an end; ServerEndedError
 */
export async function watchSteps(stage: Stage, begin: () => Promise<unknown>): Promise<StepBoard> {
  const { pair, screen, signal } = stage
  const board = new StepBoard((step) => screen.step(step))
  using _master = new LogFollower(pair.master.server.logPath, board.takeFromMaster)
  using _slave = new LogFollower(pair.slave.server.logPath, board.takeFromSlave)
  await begin()
  try {
    await waitUntil({ awaited: 'step 8 of 8', timeout: TIMEOUT, signal }, async () => {
      pair.master.server.assertRunning()
      pair.slave.server.assertRunning()
      stage.writer.assertWriting()
      if (board.shown.at(-1)?.number === LAST_STEP) return true
      if (screen.isTerminal) await showProgress(pair, screen)
      return undefined
    })
  } catch (error) {
    if (error instanceof WaitTimeoutError) throw await explain(pair, board, error)
    throw error
  }
  return board
}

async function showProgress({ master, slave }: Pair, screen: Screen): Promise<void> {
  const [onMaster, onSlave] = await Promise.all([
    readInfo(master.client, 'persistence'),
    readInfo(slave.client, 'replication'),
  ])
  switch (onSlave.get('master_link_state')) {
    case 'sync': {
      const done = numberIn(onMaster, 'current_save_keys_processed')
      return screen.bar('the master persists', done, numberIn(onMaster, 'current_save_keys_total'))
    }
    case 'transfer': {
      const done = numberIn(onSlave, 'master_sync_read_bytes')
      return screen.bar('send the file', done, numberIn(onSlave, 'master_sync_total_bytes'), formatBytes)
    }
  }
}

async function explain({ slave }: Pair, board: StepBoard, error: WaitTimeoutError): Promise<DemoFailure> {
  const info = await readInfo(slave.client, 'replication').catch(() => null)
  const last = board.shown.at(-1)
  const link = info === null ? 'the slave does not answer' : `the slave's link is '${info.get('master_link_state')}'`
  const why = info?.get('master_link_error')
  return new DemoFailure(
    `${error.message}; the last step was ${last?.number ?? 'none'}, ${link}${why === undefined ? '' : `: ${why}`}`,
    { cause: error },
  )
}
