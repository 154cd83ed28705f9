import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { SimulationResult } from './simulation.ts'
import { isWorkerAnswer, type WorkerOrder } from './worker-messages.ts'

const WORKER_PATH = fileURLToPath(new URL('./worker.ts', import.meta.url))

/** What to run. */
export interface PoolOptions {
  readonly seeds: Iterable<number>
  /** How many processes run at a time. */
  readonly workers: number
  readonly plant: string | null
  readonly wantsStory?: boolean
  /** Told of each result, in no order. Answers whether to go on. */
  readonly onResult: (result: SimulationResult) => boolean
}

/** Runs seeds in processes of their own. @throws Error where a worker breaks down */
export async function runSeeds(options: PoolOptions): Promise<void> {
  const seeds = options.seeds[Symbol.iterator]()
  let isOver = false
  const nextSeed = () => {
    const next = isOver ? null : seeds.next()
    return next === null || next.done ? null : next.value
  }
  const workers = Array.from({ length: options.workers }, () =>
    runWorker(options, nextSeed, (result) => {
      if (!options.onResult(result)) isOver = true
    }),
  )
  await Promise.all(workers)
}

function runWorker(
  { plant, wantsStory = false }: PoolOptions,
  nextSeed: () => number | null,
  onResult: (result: SimulationResult) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = fork(WORKER_PATH, plant === null ? [] : [plant], { execArgv: [] })
    let seed: number | null = null
    const order = () => {
      seed = nextSeed()
      if (seed === null) child.disconnect()
      else child.send({ seed, wantsStory } satisfies WorkerOrder)
    }
    child.on('message', (message) => {
      if (!isWorkerAnswer(message)) return
      if (message.type === 'broken') {
        reject(new Error(message.message))
        child.kill()
        return
      }
      onResult(message.result)
      order()
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      if (seed === null) resolve()
      else reject(new Error(`a worker ended with ${signal ?? code} in seed ${seed}`))
    })
    order()
  })
}
