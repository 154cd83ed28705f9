import { AsyncLocalStorage } from 'node:async_hooks'

const current = new AsyncLocalStorage<SimulatedProcess | undefined>()

/**
 * One life of a node's program. All that it starts (promises, ticks, timers) runs in its name, so that it can be
 * killed: what a dead process has still planned does not happen.
 */
export class SimulatedProcess {
  readonly name: string
  /** How far its wall clock is from simulated time, in ms. */
  clockSkew: number
  #isAlive = true
  /** What has come while the process was stopped; null while it is not. */
  #heldBack: (() => void)[] | null = null

  constructor(name: string, clockSkew: number) {
    this.name = name
    this.clockSkew = clockSkew
  }

  /** In whose name the present code runs; undefined for the simulation itself. */
  static get current(): SimulatedProcess | undefined {
    return current.getStore()
  }

  get isAlive(): boolean {
    return this.#isAlive
  }

  run<T>(action: () => T): T {
    return current.run(this, action)
  }

  get isStopped(): boolean {
    return this.#heldBack !== null
  }

  /** What the system brings: happens in the name of the process, when it is not stopped, and while it lives. */
  deliver(action: () => void): void {
    if (!this.#isAlive) return
    if (this.#heldBack !== null) this.#heldBack.push(action)
    else this.run(action)
  }

  /** SIGSTOP: it does nothing, and nobody is told. */
  stop(): void {
    this.#heldBack ??= []
  }

  /** SIGCONT. Answers with what has to be delivered now, in order. */
  goOn(): readonly (() => void)[] {
    const heldBack = this.#heldBack ?? []
    this.#heldBack = null
    return heldBack
  }

  /** Ends it between two instructions. */
  kill(): void {
    this.#isAlive = false
  }
}

/** Wraps what is to happen later so that it happens in the name of whoever asks now, and only while that one lives. */
export function inCurrentProcess(action: () => void): () => void {
  const process = current.getStore()
  if (process === undefined) return action
  return () => process.deliver(action)
}

/** Runs an action in nobody's name. */
export function outsideProcesses<T>(action: () => T): T {
  return current.run(undefined, action)
}
