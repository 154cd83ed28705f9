import {
  type Address,
  type Arena,
  LARGEST_SHARED_UNITS,
  SEGMENT_SHIFT,
  type Segment,
  UNIT_BYTES,
  UNIT_MASK,
} from './arena.ts'
import { markDead } from './record-layout.ts'

/** What an open snapshot sees: all that was in the log in `epoch`, in segment `segment` only units below `unit`. */
export interface LogMark {
  readonly epoch: number
  readonly segment: number
  readonly unit: number
}

/** Something that lived from one epoch to another. */
interface Lifetime {
  readonly openedAt: number
  readonly retiredAt: number
}

interface Waiting extends Lifetime {
  readonly release: () => void
}

const NO_MARK: LogMark = { epoch: 0, segment: 0, unit: 0 }

/**
 * The records of one key space in the order in which they were written: where they are appended, how much of each
 * segment lives, and what open snapshots still see. An epoch begins whenever a snapshot is opened; memory (a segment,
 * a page of an index) carries the epoch that it was made in, and what was made in `sealedEpoch` or before may be seen
 * by a snapshot: it isn't written in place, nor reused before the snapshots that see it are closed.
 */
export class RecordLog {
  readonly arena: Arena
  /** The current epoch. */
  epoch = 1
  /** The epoch of the newest open snapshot; 0 where none is open. */
  sealedEpoch = 0
  #sealedSegment = 0
  #sealedUnit = 0
  #head: Segment | null = null
  /** All segments in use, the head among them. */
  readonly #segments = new Set<Segment>()
  /** Segments without a live record that an open snapshot still sees. */
  #retired: Segment[] = []
  /** What else is dead and still seen by an open snapshot. */
  #waiting: Waiting[] = []
  /** In the order in which they were opened. */
  readonly #openMarks: LogMark[] = []
  #liveUnits = 0
  #usedUnits = 0
  #allocatedUnits = 0

  constructor(arena: Arena) {
    this.arena = arena
  }

  /** Bytes of live records. */
  get liveBytes(): number {
    return this.#liveUnits * UNIT_BYTES
  }

  /** Bytes of dead records in segments that are in use. */
  get deadBytes(): number {
    return (this.#usedUnits - this.#liveUnits) * UNIT_BYTES
  }

  /** Bytes of all segments, those kept only for snapshots among them. */
  get allocatedBytes(): number {
    return this.#allocatedUnits * UNIT_BYTES
  }

  /** The segments in use. */
  get segments(): ReadonlySet<Segment> {
    return this.#segments
  }

  /**
   * Room for a record of so many units, to be written at once.
   * @throws ArenaFullError
   */
  append(units: number): Address {
    let segment = this.#head
    if (segment === null || segment.usedUnits + units > segment.units) segment = this.#open(units)
    const unit = segment.usedUnits
    segment.usedUnits = unit + units
    segment.liveUnits += units
    this.#usedUnits += units
    this.#liveUnits += units
    return ((segment.number << SEGMENT_SHIFT) | unit) >>> 0
  }

  /** Lets a record die. What it holds stays readable until its segment is released. */
  free(address: Address, units: number): void {
    const segment = this.arena.segments[address >>> SEGMENT_SHIFT]!
    markDead(segment.words, (address & UNIT_MASK) << 1)
    segment.liveUnits -= units
    this.#liveUnits -= units
    if (segment.liveUnits === 0 && segment !== this.#head) this.#retire(segment)
  }

  /** Lets all records die at once. */
  clear(): void {
    this.#head = null
    this.#liveUnits = 0
    for (const segment of this.#segments) this.#retire(segment)
  }

  /** Whether an open snapshot may see the record, so that it must not be written in place. */
  isSealed(address: Address): boolean {
    const number = address >>> SEGMENT_SHIFT
    if (this.arena.segments[number]!.openedAt > this.sealedEpoch) return false
    return number !== this.#sealedSegment || (address & UNIT_MASK) < this.#sealedUnit
  }

  /** Whether records can be moved out of a segment so that it becomes free. */
  isCompactable(segment: Segment): boolean {
    return (
      segment !== this.#head && !segment.isRun && segment.openedAt > this.sealedEpoch && segment.retiredAt === Infinity
    )
  }

  /** Keeps everything as it is now until the mark is closed. */
  openMark(): LogMark {
    const mark = { epoch: this.epoch++, segment: this.#head?.number ?? 0, unit: this.#head?.usedUnits ?? 0 }
    this.#openMarks.push(mark)
    this.#seal(mark)
    return mark
  }

  /**
   * Calls `release` when no open snapshot sees any more what was made in epoch `openedAt` and has died now: at once,
   * or when the last one that does is closed.
   */
  whenUnseen(openedAt: number, release: () => void): void {
    const waiting = { openedAt, retiredAt: this.epoch, release }
    if (this.#isSeen(waiting)) this.#waiting.push(waiting)
    else release()
  }

  /** Lets go of what only this mark kept. */
  closeMark(mark: LogMark): void {
    const place = this.#openMarks.indexOf(mark)
    if (place < 0) return
    this.#openMarks.splice(place, 1)
    this.#seal(this.#openMarks.at(-1) ?? NO_MARK)
    this.#retired = this.#retired.filter((segment) => {
      if (this.#isSeen(segment)) return true
      this.#release(segment)
      return false
    })
    this.#waiting = this.#waiting.filter((waiting) => {
      if (this.#isSeen(waiting)) return true
      waiting.release()
      return false
    })
  }

  #open(units: number): Segment {
    const segment = this.arena.open(units, this.epoch)
    this.#segments.add(segment)
    this.#allocatedUnits += segment.units
    // A run is full at once, so the head stays what it was.
    if (units > LARGEST_SHARED_UNITS) return segment
    const previous = this.#head
    this.#head = segment
    if (previous?.liveUnits === 0) this.#retire(previous)
    return segment
  }

  #retire(segment: Segment): void {
    this.#segments.delete(segment)
    this.#usedUnits -= segment.usedUnits
    segment.retiredAt = this.epoch
    if (this.#isSeen(segment)) this.#retired.push(segment)
    else this.#release(segment)
  }

  #release(segment: Segment): void {
    this.#allocatedUnits -= segment.units
    this.arena.release(segment)
  }

  #isSeen({ openedAt, retiredAt }: Lifetime): boolean {
    return this.#openMarks.some((mark) => openedAt <= mark.epoch && mark.epoch < retiredAt)
  }

  #seal(mark: LogMark): void {
    this.sealedEpoch = mark.epoch
    this.#sealedSegment = mark.segment
    this.#sealedUnit = mark.unit
  }
}
