/** Commands of which kind wait: those that write, or all. */
export type PauseMode = 'write' | 'all'

/** Who waits for the end of a pause. */
export interface Paused {
  onPauseEnded(): void
}

/** CLIENT PAUSE: for a time, clients' commands wait. */
export class ClientPause implements Disposable {
  #mode: PauseMode = 'write'
  #until = 0
  #timer: NodeJS.Timeout | null = null
  readonly #waiting = new Set<Paused>()
  #holds = 0
  readonly #onChange: (isActive: boolean) => void

  /** @param onChange hears of the beginning and the end of a pause */
  constructor(onChange: (isActive: boolean) => void) {
    this.#onChange = onChange
  }

  get isActive(): boolean {
    return this.#timer !== null || this.#holds > 0
  }

  /** Whether a command has to wait. */
  holds(isWrite: boolean): boolean {
    if (this.#timer !== null && (isWrite || this.#mode === 'all')) return true
    return isWrite && this.#holds > 0
  }

  /** Begins a pause of `duration` ms. One that is on is made longer and stricter by it, never shorter or milder. */
  begin(mode: PauseMode, duration: number): void {
    const wasActive = this.#timer !== null
    this.#mode = wasActive && this.#mode === 'all' ? 'all' : mode
    this.#until = Math.max(wasActive ? this.#until : 0, Date.now() + duration)
    this.#startTimer()
    if (!wasActive) this.#onChange(true)
  }

  /** Has writes wait, whatever CLIENT PAUSE and UNPAUSE say, until the hold is disposed of: a failover. */
  holdWrites(): Disposable {
    this.#holds++
    let isHeld = true
    return {
      [Symbol.dispose]: () => {
        if (!isHeld) return
        isHeld = false
        this.#holds--
        this.#wake()
      },
    }
  }

  /** Has somebody hear of the end: of a pause, though another may still hold the same command. */
  wait(paused: Paused): void {
    this.#waiting.add(paused)
  }

  forget(paused: Paused): void {
    this.#waiting.delete(paused)
  }

  /** Ends the pause. */
  end(): void {
    if (this.#timer === null) return
    clearTimeout(this.#timer)
    this.#timer = null
    this.#onChange(false)
    this.#wake()
  }

  #wake(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const each of waiting) each.onPauseEnded()
  }

  [Symbol.dispose](): void {
    this.end()
  }

  #startTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    const left = Math.max(0, this.#until - Date.now())
    const step = Math.min(left, LONGEST_TIMER)
    this.#timer = setTimeout(() => (Date.now() >= this.#until ? this.end() : this.#startTimer()), step)
  }
}

/** Node's timers know no longer time, in ms. */
const LONGEST_TIMER = 2_147_483_647
