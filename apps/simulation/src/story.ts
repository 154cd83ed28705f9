import { createHash } from 'node:crypto'

/** One thing that happened. */
export interface StoryLine {
  /** ms of simulated time. */
  readonly at: number
  /** The node it happened on, or who did it. */
  readonly who: string
  readonly text: string
}

/** All that happened in one simulation, in order, and a hash of it: equal hashes mean the same run. */
export class Story {
  readonly lines: StoryLine[] = []
  readonly #hash = createHash('sha1')
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  tell(who: string, text: string): void {
    const line = { at: this.#now(), who, text }
    this.lines.push(line)
    this.#hash.update(format(line))
  }

  /** Goes into the hash only: too much for people. */
  note(detail: string | Uint8Array): void {
    this.#hash.update(detail)
  }

  /** Ends the story; 40 hexadecimal digits. */
  digest(): string {
    return this.#hash.digest('hex')
  }
}

/** A line as people read it. */
export function format({ at, who, text }: StoryLine): string {
  return `${(at / 1000).toFixed(4).padStart(10)} s  ${who.padEnd(9)} ${text}`
}
