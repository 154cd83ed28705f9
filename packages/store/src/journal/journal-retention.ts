/** What of the stream stays on disk for those who were away, beyond what recovery needs. */
export interface JournalRetention {
  /** So many bytes at the end of the stream always. */
  readonly bytes: number
  /** And all that was written during the last so many ms. */
  readonly milliseconds: number
  /** But, for its age, not more than so many bytes. */
  readonly limitBytes: number
}

/** How many moments of the time that is kept are told apart. */
const MARKS = 256

/**
 * Remembers where the end of the stream was at which time. What was recovered counts as written when it was opened:
 * a restart makes it stay longer, never shorter.
 */
export class JournalAges {
  /** Times in ms and offsets, oldest first. */
  #times: number[]
  #offsets: number[]

  constructor(now: number, endOffset: number) {
    this.#times = [now]
    this.#offsets = [endOffset]
  }

  /** To be called now and then. The stream ends at `endOffset` at this time. */
  note(now: number, endOffset: number, milliseconds: number): void {
    if (now - this.#times.at(-1)! < milliseconds / MARKS || endOffset === this.#offsets.at(-1)) return
    this.#times.push(now)
    this.#offsets.push(endOffset)
    if (this.#times.length <= 2 * MARKS) return
    this.#times = this.#times.slice(-MARKS)
    this.#offsets = this.#offsets.slice(-MARKS)
  }

  /** All bytes before this offset are older than `milliseconds`; 0 where none is known to be. */
  offsetOlderThan(milliseconds: number, now: number): number {
    let offset = 0
    for (let i = 0; i < this.#times.length && this.#times[i]! <= now - milliseconds; i++) offset = this.#offsets[i]!
    return offset
  }
}

/** The offset before which nothing need be kept. */
export function unretainedBefore(
  retention: JournalRetention,
  ages: JournalAges,
  endOffset: number,
  now: number,
): number {
  const { bytes, milliseconds, limitBytes } = retention
  const byBytes = endOffset - bytes
  if (milliseconds === 0) return byBytes
  const byAge = Math.max(ages.offsetOlderThan(milliseconds, now), endOffset - limitBytes)
  return Math.min(byBytes, byAge)
}
