import type { LogEntry } from './log-follower.ts'
import type { ShownStep } from './screen.ts'

/** The steps of which the master knows the better story: it persists, and it has the sync buffer. */
const TOLD_BY_MASTER: ReadonlySet<number> = new Set([5, 6])

/** Puts together, from the logs of both sides, the steps of one synchronisation, and shows each once and in order. */
export class StepBoard {
  readonly #onStep: (step: ShownStep) => void
  readonly #ofMaster = new Map<number, ShownStep>()
  readonly #waiting: ShownStep[] = []
  readonly #shown: ShownStep[] = []

  constructor(onStep: (step: ShownStep) => void) {
    this.#onStep = onStep
  }

  /** The steps that were shown. */
  get shown(): readonly ShownStep[] {
    return this.#shown
  }

  /** Takes an entry of the slave's log. */
  readonly takeFromSlave = (entry: LogEntry): void => {
    const step = stepIn(entry)
    if (step !== null) this.#waiting.push(step)
    this.#show()
  }

  /** Takes an entry of the master's log. */
  readonly takeFromMaster = (entry: LogEntry): void => {
    const step = stepIn(entry)
    if (step !== null) this.#ofMaster.set(step.number, step)
    this.#show()
  }

  #show(): void {
    for (let step = this.#waiting[0]; step !== undefined; step = this.#waiting[0]) {
      const told = TOLD_BY_MASTER.has(step.number) ? this.#ofMaster.get(step.number) : step
      if (told === undefined) return
      this.#waiting.shift()
      const shown = { ...step, detail: told.detail }
      this.#shown.push(shown)
      this.#onStep(shown)
    }
  }
}

/** The step that an entry of a log of repl-server tells of; null for all other entries. */
export function stepIn(entry: LogEntry): ShownStep | null {
  const { step, name, bytes, milliseconds, msg } = entry
  if (typeof step !== 'number' || typeof name !== 'string' || typeof msg !== 'string') return null
  if (typeof bytes !== 'number' || typeof milliseconds !== 'number') return null
  return { number: step, name, bytes, milliseconds, detail: msg.replace(/^\[\d\/8\] /, '') }
}
