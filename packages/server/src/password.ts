import { createHash, timingSafeEqual } from 'node:crypto'

/** Whether two passwords are equal, in a time that tells nothing of where they differ or how long the right one is. */
export function isPasswordEqual(given: Uint8Array, right: string): boolean {
  return timingSafeEqual(createHash('sha256').update(given).digest(), createHash('sha256').update(right).digest())
}
