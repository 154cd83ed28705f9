/** Where a record lies in its arena: a 32-bit number in units of 8 bytes; 0 is none. */
export type Address = number

/** An address counts units of this many bytes; every record begins at one. */
export const UNIT_BYTES = 8
/** The upper bits of an address are its segment's number, the lower SEGMENT_SHIFT ones a unit in that segment. */
export const SEGMENT_SHIFT = 17
/** How many units a segment has: 1 MiB, so that little is kept back for a snapshot or for a compaction at a time. */
export const SEGMENT_UNITS = 1 << SEGMENT_SHIFT
/** The part of an address that is a unit in its segment. */
export const UNIT_MASK = SEGMENT_UNITS - 1
/** A larger record gets a run of its own, so that at most a quarter of a segment is lost at its end. */
export const LARGEST_SHARED_UNITS = SEGMENT_UNITS / 4
/** How many segment numbers an address can tell apart, number 0 (never used, so that address 0 is none) among them. */
const SEGMENT_NUMBERS = 1 << (32 - SEGMENT_SHIFT)
/** Free segments kept for the next writes; more of them go back to the operating system. */
const MAX_SPARE_SEGMENTS = 16

/** No room is left for a record: all addresses are taken, or the operating system gave no memory. */
export class ArenaFullError extends Error {
  readonly code = 'ARENA_FULL'
  override readonly name = 'ArenaFullError'

  constructor(bytes: number, allocatedBytes: number, options?: ErrorOptions) {
    super(
      `no ${bytes} bytes are left in the arena: ${allocatedBytes} are allocated of at most ` +
        `${SEGMENT_NUMBERS * SEGMENT_UNITS * UNIT_BYTES}`,
      options,
    )
  }
}

/** A piece of memory for records, or a run of several that holds one large record. */
export class Segment {
  readonly number: number
  /** How many segment numbers it takes; more than 1 for a run. */
  readonly numbers: number
  readonly units: number
  readonly buffer: Buffer
  readonly words: Uint32Array
  /** The epoch of the log that it was opened in. */
  readonly openedAt: number
  /** The epoch of the log in which its last live record died; Infinity until then. */
  retiredAt = Infinity
  /** Units that have been handed out. */
  usedUnits = 0
  /** Units of records that live. */
  liveUnits = 0

  constructor(number: number, numbers: number, storage: Storage, openedAt: number) {
    this.number = number
    this.numbers = numbers
    this.units = storage.buffer.length / UNIT_BYTES
    this.buffer = storage.buffer
    this.words = storage.words
    this.openedAt = openedAt
  }

  /** Holds one record that was too large for a segment shared with others. */
  get isRun(): boolean {
    return this.units !== SEGMENT_UNITS
  }
}

interface Storage {
  readonly buffer: Buffer
  readonly words: Uint32Array
}

/**
 * The memory that records live in, outside the JavaScript heap, and the numbers that address it. Several key spaces
 * may share one; each segment belongs to the log of one of them.
 */
export class Arena {
  /** By segment number: what a record is read through. Entries of free numbers are empty. */
  readonly buffers: Buffer[] = [NO_BUFFER]
  /** The same bytes as 32-bit words. */
  readonly words: Uint32Array[] = [NO_WORDS]
  readonly segments: (Segment | undefined)[] = [undefined]
  readonly #spare: Storage[] = []
  /** No number below this one is free. */
  #lowestFree = 1
  #allocatedBytes = 0

  /** Bytes of all segments, those kept for the next writes among them. */
  get allocatedBytes(): number {
    return this.#allocatedBytes
  }

  /**
   * Takes a segment into use: an ordinary one, or for more than LARGEST_SHARED_UNITS a run of that size.
   * @throws ArenaFullError
   */
  open(units: number, epoch: number): Segment {
    const isShared = units <= LARGEST_SHARED_UNITS
    const numbers = isShared ? 1 : Math.ceil(units / SEGMENT_UNITS)
    const number = this.#freeNumbers(numbers)
    if (number + numbers > SEGMENT_NUMBERS) throw new ArenaFullError(units * UNIT_BYTES, this.#allocatedBytes)
    const storage = (isShared ? this.#spare.pop() : undefined) ?? this.#allocate(isShared ? SEGMENT_UNITS : units)
    const segment = new Segment(number, numbers, storage, epoch)
    for (let taken = number; taken < number + numbers; taken++) {
      this.segments[taken] = segment
      this.buffers[taken] = segment.buffer
      this.words[taken] = segment.words
    }
    if (number === this.#lowestFree) this.#lowestFree = number + numbers
    return segment
  }

  /** Gives a segment back that nobody reads any more. */
  release(segment: Segment): void {
    for (let number = segment.number; number < segment.number + segment.numbers; number++) {
      this.segments[number] = undefined
      this.buffers[number] = NO_BUFFER
      this.words[number] = NO_WORDS
    }
    this.#lowestFree = Math.min(this.#lowestFree, segment.number)
    if (!segment.isRun && this.#spare.length < MAX_SPARE_SEGMENTS) {
      this.#spare.push({ buffer: segment.buffer, words: segment.words })
    } else {
      this.#allocatedBytes -= segment.buffer.length
    }
  }

  /** The first of so many free numbers in a row; beyond those in use where there is no gap for them. */
  #freeNumbers(wanted: number): number {
    let found = 0
    let number = this.#lowestFree
    for (; number < this.segments.length && found < wanted; number++) {
      found = this.segments[number] === undefined ? found + 1 : 0
    }
    return number - found
  }

  #allocate(units: number): Storage {
    const bytes = units * UNIT_BYTES
    try {
      // Growable, though it never grows: V8 maps such memory itself and unmaps it, where other buffers come from the
      // C heap and leave holes there. Views of a fixed length on it are as fast as any.
      const memory = new SharedArrayBuffer(bytes, { maxByteLength: bytes })
      this.#allocatedBytes += bytes
      return { buffer: Buffer.from(memory, 0, bytes), words: new Uint32Array(memory, 0, bytes / 4) }
    } catch (error) {
      throw new ArenaFullError(bytes, this.#allocatedBytes, { cause: error })
    }
  }
}

const NO_BUFFER = Buffer.alloc(0)
const NO_WORDS = new Uint32Array(0)
