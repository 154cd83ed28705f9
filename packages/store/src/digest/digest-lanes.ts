/** A digest is so many numbers of 32 bits. */
export const DIGEST_LANES = 4

export function addLanes(lanes: Int32Array, added: Int32Array): void {
  for (let lane = 0; lane < DIGEST_LANES; lane++) lanes[lane]! += added[lane]!
}

export function subtractLanes(lanes: Int32Array, subtracted: Int32Array): void {
  for (let lane = 0; lane < DIGEST_LANES; lane++) lanes[lane]! -= subtracted[lane]!
}
