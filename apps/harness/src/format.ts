const UNITS = ['bytes', 'kB', 'MB', 'GB'] as const

/** A number of bytes for people: `812 bytes`, `16.1 MB`. A kB has 1000 bytes. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  // 999.95 and not 1000, so that rounding to one digit never shows 1000.0.
  while (value >= (unit === 0 ? 1000 : 999.95) && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  return unit === 0 ? `${value} ${UNITS[0]}` : `${value.toFixed(1)} ${UNITS[unit]}`
}

/** A count for people: `135,233`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US')
}

/** Milliseconds for people: `0.4 ms`, `210 ms`, `1.23 s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 9.95) return `${milliseconds.toFixed(1)} ms`
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`
  return `${(milliseconds / 1000).toFixed(2)} s`
}
