/** What each of the eight steps of replication is called. */
export const STEP_NAMES = {
  1: 'save the address',
  2: 'connect',
  3: 'ping',
  4: 'authenticate',
  5: 'the master persists',
  6: 'send the file',
  7: 'restore memory',
  8: 'incremental replication',
} as const

/** The number of a step. */
export type StepNumber = keyof typeof STEP_NAMES

/** One of the eight steps, done, as one side saw it; the first happens on the slave alone. A partial resynchronisation has no steps 5 to 7. */
export interface Step {
  readonly number: StepNumber
  readonly name: string
  /** When it began and when it was done; unix milliseconds. */
  readonly startedAt: number
  readonly endedAt: number
  /** The size of what it moved: the file (5, 6, 7) or the part of the stream that was missing (8); 0 for the others. */
  readonly bytes: number
  /** For people. */
  readonly detail: string
}

/** Builds a step that has just ended. */
export function step(number: StepNumber, startedAt: number, endedAt: number, bytes: number, detail: string): Step {
  return { number, name: STEP_NAMES[number], startedAt, endedAt, bytes, detail }
}
