import { DIGEST_LANES } from './digest-lanes.ts'

/**
 * How the digest of a list depends on the order of its items: in each lane it is h0 + h1 B + h2 B² + …, modulo 2³², of
 * the items' hashes and an odd number B of that lane's. So what is done at either end, or in place, changes it in
 * constant time, and the digest of two runs of items gives that of both together, in one multiplication.
 *
 * B is 3 or 5 modulo 8, whose powers repeat as late as those of an odd number can: after 2³⁰.
 */
const BASES = [0x8f1bbcdd, 0xa9b3c5d3, 0xc6ef3725, 0xe7037ed3]

const BYTE_VALUES = 256
const BYTES = 4
/** B to the power of each value of each byte of an exponent, lane by lane: 16 KiB. */
const powers = new Int32Array(DIGEST_LANES * BYTES * BYTE_VALUES)
for (let lane = 0; lane < DIGEST_LANES; lane++) {
  let step = BASES[lane]!
  for (let byte = 0; byte < BYTES; byte++) {
    const from = (lane * BYTES + byte) * BYTE_VALUES
    powers[from] = 1
    for (let i = 1; i < BYTE_VALUES; i++) powers[from + i] = Math.imul(powers[from + i - 1]!, step)
    step = Math.imul(powers[from + BYTE_VALUES - 1]!, step)
  }
}

/** B to the power of an exponent, which may be negative, as 2³⁰ is a period of the powers. */
function power(lane: number, exponent: number): number {
  const from = lane * BYTES * BYTE_VALUES
  return Math.imul(
    Math.imul(powers[from + (exponent & 255)]!, powers[from + 256 + ((exponent >>> 8) & 255)]!),
    Math.imul(powers[from + 512 + ((exponent >>> 16) & 255)]!, powers[from + 768 + ((exponent >>> 24) & 255)]!),
  )
}

/** Moves items by `places` to a higher index (or a lower one, where it is negative). */
export function shiftItems(lanes: Int32Array, places: number): void {
  if (places === 0) return
  for (let lane = 0; lane < DIGEST_LANES; lane++) lanes[lane] = Math.imul(lanes[lane]!, power(lane, places))
}

/** Adds items that begin at `index`. */
export function addItems(lanes: Int32Array, items: Int32Array, index: number): void {
  for (let lane = 0; lane < DIGEST_LANES; lane++) lanes[lane]! += Math.imul(items[lane]!, power(lane, index))
}

/** Takes items out that began at `index`, and leaves their places empty. */
export function removeItems(lanes: Int32Array, items: Int32Array, index: number): void {
  for (let lane = 0; lane < DIGEST_LANES; lane++) lanes[lane]! -= Math.imul(items[lane]!, power(lane, index))
}
