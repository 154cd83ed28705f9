import type { CommandArguments } from '@repl/store'
import type { Client } from '../connection/client-context.ts'

/** Of a command's arguments an entry keeps so many, and so many bytes of each. */
const KEPT_ARGUMENTS = 32
const KEPT_BYTES = 128
/** With a threshold below this (µs), a clock that counts milliseconds tells too little. */
const PRECISE_BELOW = 4000

/** A command that took long. */
export interface SlowLogEntry {
  readonly id: number
  /** Unix time in seconds. */
  readonly at: number
  readonly microseconds: number
  readonly words: readonly Buffer[]
  readonly address: string
  readonly clientName: string
}

/** The latest commands that took longer than a threshold. */
export class SlowLog {
  /** In µs; 0 for every command, negative for none. */
  threshold = 10_000
  #maximumLength = 128
  #nextId = 0
  #entries: SlowLogEntry[] = []

  /** Unix ms. Commands follow each other closely, so the end of one is the beginning of the next. */
  #clock = 0

  /** A series of commands begins. */
  startClock(): void {
    this.#clock = Date.now()
  }

  /** A command has ended; with a clock that is read once for each, and counts milliseconds. */
  tick(args: CommandArguments, client: Client): void {
    const now = Date.now()
    const milliseconds = now - this.#clock
    this.#clock = now
    if (milliseconds * 1000 >= this.threshold && this.threshold >= 0) this.note(milliseconds, args, client)
  }

  /** Whether commands are to be timed exactly. */
  get isPrecise(): boolean {
    return this.threshold >= 0 && this.threshold < PRECISE_BELOW
  }

  get length(): number {
    return this.#entries.length
  }

  set maximumLength(length: number) {
    this.#maximumLength = length
    this.#entries.length = Math.min(this.#entries.length, length)
  }

  /** Adds a command, if it took long enough. */
  note(milliseconds: number, args: CommandArguments, client: Client): void {
    const microseconds = Math.round(milliseconds * 1000)
    if (this.threshold < 0 || microseconds < this.threshold || this.#maximumLength === 0) return
    const { address, name } = client
    const at = Math.floor(Date.now() / 1000)
    this.#entries.unshift({ id: this.#nextId++, at, microseconds, words: wordsOf(args), address, clientName: name })
    if (this.#entries.length > this.#maximumLength) this.#entries.pop()
  }

  /** The newest entries first; all where `count` is negative. */
  entries(count: number): readonly SlowLogEntry[] {
    return count < 0 ? this.#entries : this.#entries.slice(0, count)
  }

  reset(): void {
    this.#entries = []
  }
}

function wordsOf(args: CommandArguments): Buffer[] {
  const kept = args.count > KEPT_ARGUMENTS ? KEPT_ARGUMENTS - 1 : args.count
  const words = Array.from({ length: kept }, (_, i) => {
    const word = args.view(i)
    if (word.length <= KEPT_BYTES) return Buffer.from(word)
    const more = `... (${word.length - KEPT_BYTES} more bytes)`
    return Buffer.concat([word.subarray(0, KEPT_BYTES), Buffer.from(more)])
  })
  if (kept < args.count) words.push(Buffer.from(`... (${args.count - kept} more arguments)`))
  return words
}
