import { type Address, type Arena, SEGMENT_SHIFT, UNIT_MASK } from './arena.ts'
import * as layout from './record-layout.ts'
import { encodingOfKind, typeOfKind } from './value-type.ts'

/**
 * What can be read of a record by its address. No method but `readKey` and `readValue` creates an object.
 */
export abstract class RecordReader {
  protected readonly arena: Arena

  constructor(arena: Arena) {
    this.arena = arena
  }

  /** The type of a record's value: VALUE_TYPE_STRING and so on. */
  typeOf(address: Address): number {
    return typeOfKind(this.kindOf(address))
  }

  /** How a record's value is encoded: ENCODING_COMPACT and so on. */
  encodingOf(address: Address): number {
    return encodingOfKind(this.kindOf(address))
  }

  /** Type and encoding of a record's value, as `set` takes them. */
  kindOf(address: Address): number {
    return layout.kindOf(this.wordsAt(address), wordOf(address))
  }

  /** When a record expires: Unix time in milliseconds, 0 for never. */
  expiresAt(address: Address): number {
    return layout.expiryOf(this.wordsAt(address), wordOf(address))
  }

  /** The buffer that a record lies in, not to be written. The starts below are positions in it. */
  bytesAt(address: Address): Buffer {
    return this.arena.buffers[address >>> SEGMENT_SHIFT]!
  }

  keyStart(address: Address): number {
    return 4 * wordOf(address) + layout.keyOffsetFor(this.keyLength(address))
  }

  keyLength(address: Address): number {
    return layout.keyLengthOf(this.wordsAt(address), wordOf(address))
  }

  valueStart(address: Address): number {
    const keyLength = this.keyLength(address)
    return 4 * wordOf(address) + layout.keyOffsetFor(keyLength) + keyLength
  }

  valueLength(address: Address): number {
    return layout.valueLengthOf(this.wordsAt(address), wordOf(address))
  }

  /** How many bytes a record takes in its segment. */
  recordBytes(address: Address): number {
    return 8 * layout.unitsOf(this.wordsAt(address), wordOf(address))
  }

  /** A copy of a record's key. */
  readKey(address: Address): Buffer {
    const start = this.keyStart(address)
    return Buffer.from(this.bytesAt(address).subarray(start, start + this.keyLength(address)))
  }

  /** A copy of a record's value. */
  readValue(address: Address): Buffer {
    const start = this.valueStart(address)
    return Buffer.from(this.bytesAt(address).subarray(start, start + this.valueLength(address)))
  }

  protected wordsAt(address: Address): Uint32Array {
    return this.arena.words[address >>> SEGMENT_SHIFT]!
  }
}

/** Where a record's word 0 is among its segment's words. */
export function wordOf(address: Address): number {
  return (address & UNIT_MASK) << 1
}
