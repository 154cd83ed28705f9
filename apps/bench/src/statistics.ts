/** What several runs of one measurement come to. */
export interface Summary {
  readonly median: number
  readonly least: number
  readonly most: number
  readonly runs: number
}

/**
 * Sums up the samples of one measurement. Of an even number, the median is the mean of the two in the middle.
 * @throws RangeError for no sample, or one that is no number
 */
export function summarize(samples: readonly number[]): Summary {
  if (samples.length === 0 || samples.some(Number.isNaN)) throw new RangeError(`no samples: [${samples.join(', ')}]`)
  const sorted = samples.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
  return { median, least: sorted[0]!, most: sorted.at(-1)!, runs: sorted.length }
}

/** The order of the two in each run: it alternates, so that neither always has the warmer machine. */
export function alternate<T>(first: T, second: T, run: number): readonly [T, T] {
  return run % 2 === 0 ? [first, second] : [second, first]
}
