import { type Address, SEGMENT_SHIFT, type Segment } from './arena.ts'
import { isDead, unitsOf } from './record-layout.ts'
import type { RecordLog } from './record-log.ts'

/** With less than this share of dead bytes nothing is moved: it costs more time than the memory is worth. */
const TOLERATED_DEAD_SHARE = 1 / 8
/** A segment with a smaller share of dead bytes isn't worth moving: four bytes are copied to win one. */
const WORTHWHILE_DEAD_SHARE = 1 / 5
/** Records between two looks at the clock: some 10 µs. */
const RECORDS_PER_LOOK = 32

/**
 * Moves the living out of the segments with the most dead, a slice of time at a time, so that the segments become
 * free. Segments that an open snapshot sees are left alone: they would not become free.
 */
export class Compaction {
  readonly #log: RecordLog
  readonly #relocate: (address: Address) => void
  #victim: Segment | null = null
  /** How far the victim has been emptied. */
  #unit = 0

  /** @param relocate appends the record anew, makes its owner point there, and frees the old one */
  constructor(log: RecordLog, relocate: (address: Address) => void) {
    this.#log = log
    this.#relocate = relocate
  }

  /**
   * Goes on until `deadline`, a value of performance.now().
   * @returns whether there is more to do
   */
  advanceUntil(deadline: number): boolean {
    do {
      if (this.#victim === null || !this.#log.isCompactable(this.#victim)) {
        this.#victim = this.#emptiest()
        this.#unit = 0
        if (this.#victim === null) return false
      }
      this.#empty(this.#victim, RECORDS_PER_LOOK)
    } while (performance.now() < deadline)
    return true
  }

  #empty(victim: Segment, records: number): void {
    const first = (victim.number << SEGMENT_SHIFT) >>> 0
    for (let i = 0; i < records; i++) {
      if (this.#unit >= victim.usedUnits) {
        this.#victim = null
        return
      }
      const at = 2 * this.#unit
      const address = first + this.#unit
      this.#unit += unitsOf(victim.words, at)
      if (!isDead(victim.words, at)) this.#relocate(address)
    }
  }

  #emptiest(): Segment | null {
    const log = this.#log
    if (log.deadBytes <= (log.deadBytes + log.liveBytes) * TOLERATED_DEAD_SHARE) return null
    let emptiest: Segment | null = null
    let leastLive = Infinity
    for (const segment of log.segments) {
      if (segment.liveUnits >= leastLive || !log.isCompactable(segment)) continue
      if (segment.liveUnits > segment.units * (1 - WORTHWHILE_DEAD_SHARE)) continue
      emptiest = segment
      leastLive = segment.liveUnits
    }
    return emptiest
  }
}
