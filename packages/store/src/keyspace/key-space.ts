import type { Address, Arena } from './arena.ts'
import type { KeySpaceSnapshot } from './key-space-snapshot.ts'
import { VALUE_TYPE_STRING } from './value-type.ts'

export type { Address }

/** How a key space is made. */
export interface KeySpaceOptions {
  /** The memory to put records in, where it is shared with other key spaces. */
  readonly arena?: Arena
  /** The two words of the hash function's key; the process's own random key where none is given. */
  readonly hashKey?: Uint32Array
}

/**
 * Keys and their values in memory, as records in an arena. A record is known by its address, which holds until the
 * next write, `compact` or `clear`. No method but `readKey`, `readValue` and `openSnapshot` creates an object.
 */
export class KeySpace {
  constructor(_options: KeySpaceOptions = {}) {}

  /** How many keys there are. */
  get size(): number {
    throw new Error('being built')
  }

  /** How many of them have an expiry. */
  get volatileSize(): number {
    throw new Error('being built')
  }

  /** Bytes that live records and their index take. */
  get usedMemory(): number {
    throw new Error('being built')
  }

  /** Bytes held for this key space in all, the dead and the unused ones among them. */
  get allocatedMemory(): number {
    throw new Error('being built')
  }

  /** The record of the key bytes[start, end), whether it has expired or not; 0 if there is none. */
  find(_bytes: Uint8Array, _start: number, _end: number): Address {
    throw new Error('being built')
  }

  /** The type of a record's value: VALUE_TYPE_STRING. */
  typeOf(_address: Address): number {
    throw new Error('being built')
  }

  /** When a record expires: Unix time in milliseconds, 0 for never. */
  expiresAt(_address: Address): number {
    throw new Error('being built')
  }

  /** The buffer that a record lies in. The starts below are positions in it. */
  bytesAt(_address: Address): Buffer {
    throw new Error('being built')
  }

  keyStart(_address: Address): number {
    throw new Error('being built')
  }

  keyLength(_address: Address): number {
    throw new Error('being built')
  }

  valueStart(_address: Address): number {
    throw new Error('being built')
  }

  valueLength(_address: Address): number {
    throw new Error('being built')
  }

  /** A copy of a record's key. */
  readKey(_address: Address): Buffer {
    throw new Error('being built')
  }

  /** A copy of a record's value. */
  readValue(_address: Address): Buffer {
    throw new Error('being built')
  }

  /**
   * Stores a value under a key, in place of what was there. Key and value may lie in the arena themselves.
   * @param expiresAt Unix time in milliseconds, 0 for never
   * @returns where the record is
   */
  set(
    _key: Uint8Array,
    _keyStart: number,
    _keyEnd: number,
    _value: Uint8Array,
    _valueStart: number,
    _valueEnd: number,
    _expiresAt: number,
    _type: number = VALUE_TYPE_STRING,
  ): Address {
    throw new Error('being built')
  }

  /** Deletes the key bytes[start, end); whether it was there. */
  delete(_bytes: Uint8Array, _start: number, _end: number): boolean {
    throw new Error('being built')
  }

  /**
   * Changes when a record expires (Unix time in milliseconds, 0 for never).
   * @returns where the record is now
   */
  setExpiry(_address: Address, _expiresAt: number): Address {
    throw new Error('being built')
  }

  /** Deletes all keys, in a time that does not depend on how many there are. */
  clear(): void {
    throw new Error('being built')
  }

  /**
   * Visits about `count` records from a cursor on; begin with 0. A record that is there from the first call to the
   * last is visited, whatever else comes and goes. The visitor may delete the record it is shown.
   * @returns the cursor to go on with, 0 when all have been visited
   */
  scan(_cursor: number, _count: number, _visit: (address: Address) => void): number {
    throw new Error('being built')
  }

  /** A record picked by `random` (a number in [0, 1), like Math.random); 0 if there is none. */
  randomKey(_random: () => number): Address {
    throw new Error('being built')
  }

  /** Opens a view of all records as they are now, in microseconds. Its owner closes it. */
  openSnapshot(): KeySpaceSnapshot {
    throw new Error('being built')
  }

  /**
   * Moves records out of the emptiest segments for about `budget` milliseconds, so that memory comes back.
   * @returns whether there is more to do
   */
  compact(_budget: number): boolean {
    throw new Error('being built')
  }

  /**
   * Looks for records that have expired at `now` for about `budget` milliseconds, going on where the last call
   * stopped, and calls `onExpired` for each, who deletes it.
   * @returns whether this round through all records is unfinished
   */
  sweepExpired(_now: number, _budget: number, _onExpired: (address: Address) => void): boolean {
    throw new Error('being built')
  }
}
