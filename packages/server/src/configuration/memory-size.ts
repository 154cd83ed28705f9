const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1000,
  kb: 1024,
  m: 1000 * 1000,
  mb: 1024 * 1024,
  g: 1000 * 1000 * 1000,
  gb: 1024 * 1024 * 1024,
}

/** Bytes of a size as Redis writes it: `1024`, `1k` (1000), `1kb` (1024), `64mb`, `1gb`. Null for anything else. */
export function parseMemorySize(text: string): number | null {
  const match = /^(\d{1,16})([a-z]{0,2})$/.exec(text.toLowerCase())
  if (match === null) return null
  const unit = UNITS[match[2]!]
  if (unit === undefined) return null
  const bytes = Number(match[1]) * unit
  return Number.isSafeInteger(bytes) ? bytes : null
}

/** A size for people, as INFO's `_human` fields have it: `960.65K`. */
export function humanSize(bytes: number): string {
  if (bytes < 1024) return `${bytes}B`
  let size = bytes
  let unit = -1
  while (size >= 1024 && unit < 4) {
    size /= 1024
    unit++
  }
  return `${size.toFixed(2)}${'KMGTP'[unit]}`
}
