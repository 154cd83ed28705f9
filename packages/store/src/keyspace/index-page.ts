/**
 * A page grows to this many home slots, then it splits: 8 KiB, which are cloned in 3 µs (32 KiB take 19), so that a
 * turn of the event loop with a thousand writes into as many pages stays short while a snapshot is open.
 */
export const MAX_HOMES = 1024
const MIN_HOMES = 16
/** From here pages grow by a constant step, so that even just after it has grown a page is well filled. */
const FINE_STEPS_FROM = 512
const FINE_STEP = 128
/** Beyond the last home slot, for records that their neighbours pushed up; one page in thousands needs more. */
const SPILL_SLOTS = 16
/** Sorted slots let a search stop at the first greater hash, so that 13/16 full is as quick as 3/4 unsorted. */
const MAX_LOAD_SIXTEENTHS = 13

/**
 * One page of an index: slots of two words (hash, address), address 0 where a slot is empty. All hashes in a page
 * share their first `depth` bits. The bits after those say where a slot's home is, and a slot lies in its home or
 * above, in the order of hashes without a gap between home and slot. The last slot is always empty.
 *
 * Bit 0 of the hash word is not part of the hash: it says that the record is volatile, that it has an expiry.
 */
export class IndexPage {
  readonly slots: Uint32Array
  readonly homes: number
  readonly depth: number
  /** The epoch of the log that it was made in; see RecordLog. */
  readonly epoch: number
  /** At this count it has to grow or to be split before the next insertion. */
  readonly fullAt: number
  count = 0
  volatileCount = 0

  constructor(slots: Uint32Array, homes: number, depth: number, epoch: number) {
    this.slots = slots
    this.homes = homes
    this.depth = depth
    this.epoch = epoch
    this.fullAt = (homes * MAX_LOAD_SIXTEENTHS) >>> 4
  }

  /** A page with no record in it. */
  static empty(depth: number, epoch: number): IndexPage {
    return new IndexPage(new Uint32Array(2 * (MIN_HOMES + SPILL_SLOTS)), MIN_HOMES, depth, epoch)
  }

  /**
   * A page with the slots entries[2 * from, 2 * to), which are sorted by hash and share `depth` bits, and with room
   * for one more at least.
   */
  static of(entries: Uint32Array, from: number, to: number, depth: number, epoch: number): IndexPage {
    const homes = homesFor(to - from)
    for (let spill = SPILL_SLOTS; ; spill *= 2) {
      const page = new IndexPage(new Uint32Array(2 * (homes + spill)), homes, depth, epoch)
      if (page.#fill(entries, from, to)) return page
    }
  }

  /** The same page to be written in another epoch. */
  clone(epoch: number): IndexPage {
    const page = new IndexPage(this.slots.slice(), this.homes, this.depth, epoch)
    page.count = this.count
    page.volatileCount = this.volatileCount
    return page
  }

  /** Whether so few of its slots are taken that a smaller page would do. */
  get isSparse(): boolean {
    return this.homes > MIN_HOMES && this.count < (this.homes * 3) >>> 3
  }

  /** Where the slot of a hash is at home; rises with the hash. */
  homeOf(hash: number): number {
    return Math.imul(((hash & ~1) << this.depth) >>> 16, this.homes) >>> 16
  }

  /** Copies the slots that are taken to target[2 * at], in order; `target` has room for them. */
  pack(target: Uint32Array, at: number): void {
    const slots = this.slots
    let to = 2 * at
    for (let i = 0; i < slots.length; i += 2) {
      if (slots[i + 1] === 0) continue
      target[to] = slots[i]!
      target[to + 1] = slots[i + 1]!
      to += 2
    }
  }

  /**
   * Puts a record into a slot, where a search for its hash ended, and moves the ones from there on up.
   * @returns false, with nothing changed, where they would need the last slot
   */
  insertAt(slot: number, hashWord: number, address: number): boolean {
    const slots = this.slots
    const begin = 2 * slot
    let end = begin
    while (slots[end + 1] !== 0) end += 2
    if (end === slots.length - 2) return false
    for (let i = end + 1; i > begin + 1; i--) slots[i] = slots[i - 2]!
    slots[begin] = hashWord
    slots[begin + 1] = address
    this.count++
    this.volatileCount += hashWord & 1
    return true
  }

  /** Empties a slot, and moves those above it down as far as their homes allow. */
  removeAt(slot: number): void {
    const slots = this.slots
    this.count--
    this.volatileCount -= slots[2 * slot]! & 1
    let hole = slot
    for (let next = slot + 1; ; next++, hole++) {
      const address = slots[2 * next + 1]!
      const hashWord = slots[2 * next]!
      if (address === 0 || this.homeOf(hashWord) === next) break
      slots[2 * hole] = hashWord
      slots[2 * hole + 1] = address
    }
    slots[2 * hole] = 0
    slots[2 * hole + 1] = 0
  }

  /** Puts another address into a slot that is taken. */
  replaceAt(slot: number, hashWord: number, address: number): void {
    const at = 2 * slot
    this.volatileCount += (hashWord & 1) - (this.slots[at]! & 1)
    this.slots[at] = hashWord
    this.slots[at + 1] = address
  }

  #fill(entries: Uint32Array, from: number, to: number): boolean {
    const slots = this.slots
    const last = slots.length / 2 - 1
    let free = 0
    let volatileCount = 0
    for (let i = from; i < to; i++) {
      const hashWord = entries[2 * i]!
      const home = this.homeOf(hashWord)
      if (free < home) free = home
      // One more record has to find room, wherever it comes.
      if (free + 1 >= last) return false
      slots[2 * free] = hashWord
      slots[2 * free + 1] = entries[2 * i + 1]!
      volatileCount += hashWord & 1
      free++
    }
    this.count = to - from
    this.volatileCount = volatileCount
    return true
  }
}

/** The smallest page that takes so many records and a sixteenth more. */
function homesFor(count: number): number {
  const wanted = count + (count >>> 4) + 1
  let homes = MIN_HOMES
  while (homes < MAX_HOMES && (homes * MAX_LOAD_SIXTEENTHS) >>> 4 < wanted) {
    homes += homes < FINE_STEPS_FROM ? homes >>> 1 : FINE_STEP
  }
  return Math.min(homes, MAX_HOMES)
}
