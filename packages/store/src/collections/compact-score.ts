import { entryInteger, entryStringLength, entryStringStart, isIntegerEntry } from './listpack.ts'

/** The score of a sorted set's listpack whose entry is at `at`. */
export function compactScoreAt(block: Buffer, at: number): number {
  if (isIntegerEntry(block, at)) return Number(entryInteger(block, at))
  const start = entryStringStart(block, at)
  return parseCompactScore(block, start, start + entryStringLength(block, at))
}

/** The score that a compact sorted set has as text, as Redis writes it: `%.17g`, an integer, `inf`, `-inf`. */
export function parseCompactScore(bytes: Buffer, start: number, end: number): number {
  const text = bytes.toString('latin1', start, end)
  if (text === 'inf') return Number.POSITIVE_INFINITY
  return text === '-inf' ? Number.NEGATIVE_INFINITY : Number(text)
}
