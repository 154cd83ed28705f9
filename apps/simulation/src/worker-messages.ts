import type { SimulationResult } from './simulation.ts'

/** What a worker is told: to run one seed. */
export interface WorkerOrder {
  readonly seed: number
  /** Whether the whole story is wanted where nothing failed. */
  readonly wantsStory: boolean
}

/** What a worker answers: the lines of the story only where it failed, or they are wanted. */
export type WorkerAnswer =
  | { readonly type: 'result'; readonly result: SimulationResult }
  /** It can't run anything. */
  | { readonly type: 'broken'; readonly message: string }

/** Whether a message is an order. */
export function isWorkerOrder(message: unknown): message is WorkerOrder {
  return typeof message === 'object' && message !== null && 'seed' in message && typeof message.seed === 'number'
}

/** Whether a message is an answer. */
export function isWorkerAnswer(message: unknown): message is WorkerAnswer {
  if (typeof message !== 'object' || message === null || !('type' in message)) return false
  return message.type === 'result' || message.type === 'broken'
}
