import { DivergedError } from '../errors.ts'
import type { Divergence } from './digest-check.ts'

/** What the comparisons with the master have come to. */
export class DigestRecord {
  /** Comparisons, and how many of them found a difference. */
  checks = 0
  mismatches = 0
  /** Comparisons for which all memory was read. */
  memoryChecks = 0
  /** The offset at which both were last found equal; -1 for never. */
  lastEqualOffset = -1
  lastDivergence: Divergence | null = null

  noteEqual(offset: number, isOfMemory: boolean): void {
    this.#note(isOfMemory)
    this.lastEqualOffset = offset
  }

  /** @returns the error that says what differs */
  noteDivergence(divergence: Divergence): DivergedError {
    const { offset, expected, actual, isOfMemory } = divergence
    this.#note(isOfMemory)
    this.mismatches++
    this.lastDivergence = divergence
    const digest = isOfMemory ? 'the digest of memory' : 'the digest'
    return new DivergedError(
      `the data set is not the master's at offset ${offset}: ${digest} is ${actual} and the master's is ${expected}`,
    )
  }

  #note(isOfMemory: boolean): void {
    this.checks++
    if (isOfMemory) this.memoryChecks++
  }
}
