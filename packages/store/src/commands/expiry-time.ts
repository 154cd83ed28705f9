import { INT64_MAX, INT64_MIN, type Int64 } from './integer-text.ts'

/** How an expiry is given: in seconds or milliseconds, from now or as Unix time. */
export interface ExpiryUnit {
  readonly isSeconds: boolean
  readonly isRelative: boolean
}

export const EX: ExpiryUnit = { isSeconds: true, isRelative: true }
export const PX: ExpiryUnit = { isSeconds: false, isRelative: true }
export const EXAT: ExpiryUnit = { isSeconds: true, isRelative: false }
export const PXAT: ExpiryUnit = { isSeconds: false, isRelative: false }

/** Times up to here (the year 126,000 in seconds) can be counted in numbers without a second look. */
const PLAIN_LIMIT = 4e12

/**
 * An expiry as Unix time in milliseconds, or null where it doesn't fit 64 bits. A key space counts in numbers, so a
 * time beyond 2^53 - 1 (the year 287,396) becomes that: the one difference from Redis, which shows it as it was given.
 */
export function expiryTime(value: Int64, unit: ExpiryUnit, now: number): number | null {
  const base = unit.isRelative ? now : 0
  if (typeof value === 'number' && value <= PLAIN_LIMIT && value >= -PLAIN_LIMIT) {
    return (unit.isSeconds ? value * 1000 : value) + base
  }
  const milliseconds = BigInt(value) * (unit.isSeconds ? 1000n : 1n)
  const time = milliseconds + BigInt(base)
  if (milliseconds > INT64_MAX || milliseconds < INT64_MIN || time > INT64_MAX) return null
  return Math.max(Math.min(Number(time), Number.MAX_SAFE_INTEGER), Number.MIN_SAFE_INTEGER)
}

/** Whether a record with this expiry (0 = never) counts as expired: from the millisecond after it. */
export function hasExpired(expiresAt: number, now: number): boolean {
  return expiresAt !== 0 && now > expiresAt
}
