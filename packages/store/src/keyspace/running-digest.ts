import type { Address } from './arena.ts'
import { Digest } from './digest.ts'

/**
 * The digest of the strings of one key space, kept while they are written: what a write replaces is taken out and what
 * it puts in its place is added, so that a write costs two hashes of its record however many others there are.
 * Collections are counted only; whoever wants them in the digest reads them from a snapshot.
 *
 * It may begin on a key space that is full: then it is the difference since then, until `complete` says what was there.
 */
export class RunningDigest {
  #strings = new Digest()
  #collections = 0
  #isComplete: boolean
  /** Changes with each `clear`: what was there before it does not count any more. */
  #generation = 0
  /** A string that is being written where it is; it counts again when the next thing happens. */
  pending: Address = 0

  constructor(isComplete: boolean) {
    this.#isComplete = isComplete
  }

  /** Whether it is of all strings, and not only of those written since it began. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  /** Collections that there are. */
  get collections(): number {
    return this.#collections
  }

  /** Names what `complete` may add to. */
  get generation(): number {
    return this.#generation
  }

  /** The digest of the strings; a later write changes it. */
  get strings(): Digest {
    return this.#strings
  }

  countCollections(change: number): void {
    this.#collections += change
  }

  /** Forgets all records. */
  clear(): void {
    this.#strings = new Digest()
    this.#collections = 0
    this.#isComplete = true
    this.#generation++
    this.pending = 0
  }

  /** Adds what was there when it began, read from a snapshot of that moment, unless all of that has been cleared. */
  complete(generation: number, strings: Digest, collections: number): void {
    if (generation !== this.#generation || this.#isComplete) return
    this.#strings.addAll(strings)
    this.#collections += collections
    this.#isComplete = true
  }
}
