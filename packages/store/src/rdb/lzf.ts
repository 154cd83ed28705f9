/**
 * Decompresses LZF (Marc Lehmann's libLZF, as Redis compresses strings in RDB files): source[start, end) to
 * target[0, length).
 * @returns whether the source was well-formed and gave exactly `length` bytes; if not, the target holds garbage.
 */
export function decompressLzf(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  length: number,
): boolean {
  let from = start
  let to = 0
  while (from < end) {
    const control = source[from++]!
    if (control < 32) {
      // A run of 1 to 32 bytes as they are.
      const run = control + 1
      if (from + run > end || to + run > length) return false
      for (let i = 0; i < run; i++) target[to++] = source[from++]!
      continue
    }
    // A copy of 3 to 264 bytes from 1 to 8192 bytes back; source and target may overlap, which repeats a pattern.
    let count = control >>> 5
    if (count === 7) {
      if (from >= end) return false
      count += source[from++]!
    }
    count += 2
    if (from >= end) return false
    let back = to - ((control & 31) << 8) - source[from++]! - 1
    if (back < 0 || to + count > length) return false
    for (let i = 0; i < count; i++) target[to++] = target[back++]!
  }
  return to === length
}

/** No LZF source is smaller than this part of what it stands for: three bytes give at most 264. */
export const LZF_MAXIMUM_RATIO = 88
