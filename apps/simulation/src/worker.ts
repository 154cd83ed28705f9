/**
 * One process that runs simulations, one after another: its globals are not the real ones, and the packages may have a
 * planted bug, whose name is its argument.
 */
import { checkAllChanged, loadFromSources } from './loading/source-loader.ts'
import { plantNamed } from './plants.ts'
import { patchGlobals } from './runtime/patched-globals.ts'
import { isWorkerOrder, type WorkerAnswer } from './worker-messages.ts'

const plant = process.argv[2]

function answer(message: WorkerAnswer): void {
  process.send?.(message)
}

process.once('disconnect', () => process.exit(0))

try {
  loadFromSources(plant === undefined ? [] : plantNamed(plant).changes)
  patchGlobals()
  const { simulate } = await import('./simulation.ts')
  checkAllChanged()
  process.on('message', async (order: unknown) => {
    if (!isWorkerOrder(order)) throw new Error('a worker got no order that it understands')
    const result = await simulate(order.seed)
    const isWanted = order.wantsStory || result.failure !== null
    answer({ type: 'result', result: isWanted ? result : { ...result, lines: [] } })
  })
} catch (error) {
  answer({ type: 'broken', message: error instanceof Error ? (error.stack ?? error.message) : String(error) })
}
