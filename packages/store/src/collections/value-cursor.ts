/**
 * Goes through the elements of one value, whatever its type and encoding, without an object for each. A string has
 * one element: itself. What the fields give is valid until the next call of `next`, and `next` is called before them.
 */
export interface ValueCursor {
  /** How many elements there are in all: members, items, pairs of field and value. */
  readonly size: number
  /** Goes to the next element; false at the end. */
  next(): boolean
  /** bytes[start, end): an item of a list, a member of a set or a sorted set, a field of a hash. */
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  /** valueBytes[valueStart, valueEnd): the field's value. Only of a hash. */
  readonly valueBytes: Buffer
  readonly valueStart: number
  readonly valueEnd: number
  /** Only of a sorted set. */
  readonly score: number
}

export const NO_BYTES = Buffer.alloc(0)
