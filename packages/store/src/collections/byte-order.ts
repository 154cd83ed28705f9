/** Up to this length a loop is faster than a call into native code. */
const COMPARE_NATIVELY_FROM = 32

/** The order of a[aStart, aEnd) and b[bStart, bEnd) as C's memcmp has it, the shorter of two like ones first. */
export function compareBytes(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const common = Math.min(aEnd - aStart, bEnd - bStart)
  if (common >= COMPARE_NATIVELY_FROM) return Buffer.compare(a.subarray(aStart, aEnd), b.subarray(bStart, bEnd))
  for (let i = 0; i < common; i++) {
    const difference = a[aStart + i]! - b[bStart + i]!
    if (difference !== 0) return difference
  }
  return aEnd - aStart - (bEnd - bStart)
}
