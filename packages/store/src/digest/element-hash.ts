import { murmur3 } from './murmur3.ts'

/** A score on its way into a hash. */
const scores = new Float64Array(1)
const scoreBytes = new Uint8Array(scores.buffer)

/** Not 0, with which an empty element would have the hash 0, and make no difference. */
const SEED = 1

/** The hash of a list's item or a set's member into `lanes`; and what that of other elements begins with. */
export function hashElement(bytes: Uint8Array, start: number, end: number, lanes: Int32Array): void {
  lanes[0] = SEED
  lanes[1] = 0
  lanes[2] = 0
  lanes[3] = 0
  murmur3(bytes, start, end, lanes)
}

/** Goes on with the value of a hash's field. Where both part makes a difference: murmur3 takes in each length. */
export function hashFieldValue(bytes: Uint8Array, start: number, end: number, lanes: Int32Array): void {
  murmur3(bytes, start, end, lanes)
}

/** Goes on with the score of a sorted set's member. */
export function hashScore(score: number, lanes: Int32Array): void {
  // 0 and -0 are the same score.
  scores[0] = score + 0
  murmur3(scoreBytes, 0, scoreBytes.length, lanes)
}
