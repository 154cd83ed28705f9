/** The score that a compact sorted set has as text, as Redis writes it: `%.17g`, an integer, `inf`, `-inf`. */
export function parseCompactScore(bytes: Buffer, start: number, end: number): number {
  const text = bytes.toString('latin1', start, end)
  if (text === 'inf') return Number.POSITIVE_INFINITY
  return text === '-inf' ? Number.NEGATIVE_INFINITY : Number(text)
}
