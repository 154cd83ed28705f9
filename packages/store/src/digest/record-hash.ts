import { VALUE_TYPE_STRING } from '../keyspace/value-type.ts'
import { murmur3 } from './murmur3.ts'

const WORDS_OF_TWO = 2 ** 32

/**
 * What the hash of a record begins with, into `lanes`: murmur3 of the key, whose four seeds are the type, the key's
 * length and the expiry. Of the type alone: how a value is encoded is each node's own affair. Not keyed, so that it is
 * the same on every node: it finds errors, and not an attacker who looks for collisions.
 */
export function hashKey(
  bytes: Uint8Array,
  keyStart: number,
  keyEnd: number,
  type: number,
  expiresAt: number,
  lanes: Int32Array,
): void {
  lanes[0] = type
  lanes[1] = keyEnd - keyStart
  lanes[2] = expiresAt
  lanes[3] = expiresAt / WORDS_OF_TWO
  murmur3(bytes, keyStart, keyEnd, lanes)
}

/** The hash of a string's record into `lanes`. */
export function hashStringRecord(
  bytes: Uint8Array,
  keyStart: number,
  keyEnd: number,
  valueStart: number,
  valueEnd: number,
  expiresAt: number,
  lanes: Int32Array,
): void {
  hashKey(bytes, keyStart, keyEnd, VALUE_TYPE_STRING, expiresAt, lanes)
  murmur3(bytes, valueStart, valueEnd, lanes)
}

// Lanes as bytes, in the one place where murmur3 takes them.
const elementBytes = new Uint8Array(16)
const elementLanes = new Int32Array(elementBytes.buffer)

/** Completes the hash of a collection's record, begun by `hashKey`, by the digest of its elements. */
export function finishRecordHash(elements: Int32Array, lanes: Int32Array): void {
  elementLanes[0] = elements[0]!
  elementLanes[1] = elements[1]!
  elementLanes[2] = elements[2]!
  elementLanes[3] = elements[3]!
  murmur3(elementBytes, 0, elementBytes.length, lanes)
}
