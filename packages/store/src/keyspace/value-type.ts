/**
 * What a record's value is, in one byte of the record's header: its kind. The lower four bits are its type, the upper
 * four how the value is encoded. Numbers of this process's memory, not of any file format.
 */

export const VALUE_TYPE_STRING = 0
export const VALUE_TYPE_LIST = 1
export const VALUE_TYPE_SET = 2
export const VALUE_TYPE_SORTED_SET = 3
export const VALUE_TYPE_HASH = 4

/** The value's bytes are the value: a string, or a small collection as one listpack. */
export const ENCODING_COMPACT = 0
/** The value's bytes are a handle into the key space's table of large collections. */
export const ENCODING_LARGE = 1
/** The value's bytes are an intset; only of sets. */
export const ENCODING_INTSET = 2

const ENCODING_SHIFT = 4
const TYPE_MASK = (1 << ENCODING_SHIFT) - 1
const LARGE = ENCODING_LARGE << ENCODING_SHIFT
const ENCODING_MASK = 0xf0

/** The kind that is this type in this encoding. */
export function kindOf(type: number, encoding: number): number {
  return type | (encoding << ENCODING_SHIFT)
}

/** The type of a value of that kind. */
export function typeOfKind(kind: number): number {
  return kind & TYPE_MASK
}

/** The encoding of a value of that kind. */
export function encodingOfKind(kind: number): number {
  return kind >>> ENCODING_SHIFT
}

/** Whether a value of that kind is a handle of a large collection. */
export function isLargeKind(kind: number): boolean {
  return (kind & ENCODING_MASK) === LARGE
}
