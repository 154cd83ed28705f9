/** Persist a snapshot when at least `changes` keys changed, and `seconds` have passed since the last one. */
export interface SavePoint {
  readonly seconds: number
  readonly changes: number
}

/** Reads Redis's `save "3600 1 300 100"`; an empty text means none. Null where it is no list of pairs of numbers. */
export function parseSavePoints(text: string): SavePoint[] | null {
  const words = text.trim() === '' ? [] : text.trim().split(/\s+/)
  if (words.length % 2 !== 0) return null
  const points: SavePoint[] = []
  for (let i = 0; i < words.length; i += 2) {
    if (!/^\d{1,9}$/.test(words[i]!) || !/^\d{1,9}$/.test(words[i + 1]!)) return null
    const point = { seconds: Number(words[i]), changes: Number(words[i + 1]) }
    if (point.seconds < 1) return null
    points.push(point)
  }
  return points
}

/** The text that `parseSavePoints` reads. */
export function formatSavePoints(points: readonly SavePoint[]): string {
  return points.map(({ seconds, changes }) => `${seconds} ${changes}`).join(' ')
}

/** Whether one of the points asks for a snapshot now. */
export function isSaveDue(points: readonly SavePoint[], changes: number, secondsSinceSave: number): boolean {
  return points.some((point) => changes >= point.changes && changes > 0 && secondsSinceSave >= point.seconds)
}
