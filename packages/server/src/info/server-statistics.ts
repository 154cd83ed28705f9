import { monitorEventLoopDelay } from 'node:perf_hooks'

/** How often the event loop is looked at, in ms. */
const DELAY_RESOLUTION = 1
/** Different error codes that are counted; more are not told apart, so that nobody can fill the table. */
const MAXIMUM_ERROR_CODES = 128
/** The time of the first calls of each command is measured, then of every sixteenth: two clock reads cost more than a GET. */
const ALWAYS_TIMED_CALLS = 16

/** How often a command was called, and how long that took. */
export class CommandStatistics {
  calls = 0
  rejectedCalls = 0
  failedCalls = 0
  timedCalls = 0
  timedMilliseconds = 0

  /** Whether the next call is one of those that are timed. */
  get isTimed(): boolean {
    return this.calls < ALWAYS_TIMED_CALLS || (this.calls & 15) === 0
  }

  /** Estimated from the calls that were timed. */
  get microsecondsPerCall(): number {
    return this.timedCalls === 0 ? 0 : (this.timedMilliseconds * 1000) / this.timedCalls
  }
}

/** The counters of INFO that CONFIG RESETSTAT sets back, and the rates made of them. */
export class ServerStatistics implements Disposable {
  connectionsReceived = 0
  connectionsRejected = 0
  inputBytes = 0
  outputBytes = 0
  readsProcessed = 0
  writesProcessed = 0
  errorReplies = 0
  /** By the command's full name, `config|get` for a subcommand. */
  readonly commands = new Map<string, CommandStatistics>()
  /** By the first word of the reply. */
  readonly errors = new Map<string, number>()
  /** Per second, over the last second. */
  operationsPerSecond = 0
  inputBytesPerSecond = 0
  outputBytesPerSecond = 0
  peakMemory = 0
  readonly #delay: ReturnType<typeof monitorEventLoopDelay>
  #sample = { at: performance.now(), commands: 0, input: 0, output: 0 }

  constructor() {
    this.#delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION })
    this.#delay.enable()
  }

  /** The statistics of a command, made on the first call. */
  ofCommand(fullName: string): CommandStatistics {
    let statistics = this.commands.get(fullName)
    if (statistics === undefined) {
      statistics = new CommandStatistics()
      this.commands.set(fullName, statistics)
    }
    return statistics
  }

  /** Commands that were carried out, all together. */
  get commandsProcessed(): number {
    let calls = 0
    for (const statistics of this.commands.values()) calls += statistics.calls
    return calls
  }

  /** The longest that a turn of the event loop has kept a timer waiting, in ms. */
  get maximumEventLoopDelay(): number {
    return Math.max(0, this.#delay.max / 1e6 - DELAY_RESOLUTION)
  }

  /** Counts an error reply; the text begins with its code. */
  readonly countError = (text: string): void => {
    this.errorReplies++
    const space = text.indexOf(' ')
    const code = space < 0 ? text : text.slice(0, space)
    const count = this.errors.get(code)
    if (count !== undefined) this.errors.set(code, count + 1)
    else if (this.errors.size < MAXIMUM_ERROR_CODES) this.errors.set(code, 1)
  }

  /** Works out the rates since the last call. To be called each second. */
  sample(): void {
    const now = performance.now()
    const seconds = (now - this.#sample.at) / 1000
    const next = { at: now, commands: this.commandsProcessed, input: this.inputBytes, output: this.outputBytes }
    if (seconds > 0) {
      this.operationsPerSecond = Math.max(0, (next.commands - this.#sample.commands) / seconds)
      this.inputBytesPerSecond = Math.max(0, (next.input - this.#sample.input) / seconds)
      this.outputBytesPerSecond = Math.max(0, (next.output - this.#sample.output) / seconds)
    }
    this.#sample = next
  }

  /** CONFIG RESETSTAT. */
  reset(): void {
    this.connectionsReceived = 0
    this.connectionsRejected = 0
    this.inputBytes = 0
    this.outputBytes = 0
    this.readsProcessed = 0
    this.writesProcessed = 0
    this.errorReplies = 0
    // Dispatch keeps the objects, so they are set back and not replaced.
    for (const statistics of this.commands.values()) Object.assign(statistics, new CommandStatistics())
    this.errors.clear()
    this.#delay.reset()
    this.#sample = { at: performance.now(), commands: 0, input: 0, output: 0 }
  }

  [Symbol.dispose](): void {
    this.#delay.disable()
  }
}
