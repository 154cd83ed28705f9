/** What each of the eight steps of replication is called, as the master sees it. */
export const STEP_NAMES = {
  2: 'connect',
  3: 'ping',
  4: 'authenticate',
  5: 'persist',
  6: 'send the file',
  7: 'the slave restores its memory',
  8: 'incremental replication',
} as const

/** The number of a step; the first one happens on the slave alone. */
export type StepNumber = keyof typeof STEP_NAMES

/** One of the eight steps, done, as the master saw it. A partial resynchronisation has no steps 5 to 7. */
export interface Step {
  readonly number: StepNumber
  readonly name: string
  /** When it began and when it was done; unix milliseconds. */
  readonly startedAt: number
  readonly endedAt: number
  /** The size of what it moved: the file (5, 6, 7) or the part of the stream that the slave lacked (8); otherwise 0. */
  readonly bytes: number
  /** For people. */
  readonly detail: string
}

/** Builds a step that has just ended. */
export function step(number: StepNumber, startedAt: number, endedAt: number, bytes: number, detail: string): Step {
  return { number, name: STEP_NAMES[number], startedAt, endedAt, bytes, detail }
}
