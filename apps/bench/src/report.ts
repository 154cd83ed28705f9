import { type Metric, type MetricName, metrics, type Sample } from './metric.ts'
import { type Summary, summarize } from './statistics.ts'

/** All runs of both servers. `redis` is null where redis-server is absent. */
export interface Results {
  readonly repl: readonly Sample[]
  readonly redis: readonly Sample[] | null
}

/** What came out for one metric. */
export type Verdict = 'reaches the aim' | 'wins, misses the aim' | 'wins' | 'LOSES' | 'no peer'

/** One line of the report. */
export interface Row {
  readonly name: MetricName
  readonly title: string
  readonly repl: Summary
  readonly redis: Summary | null
  /** repl-server over redis-server, of the medians. */
  readonly ratio: number | null
  readonly aim: number | null
  readonly verdict: Verdict
}

/** Sums up all runs, a row for each metric that has been measured. */
export function summarizeResults(results: Results): Row[] {
  const rows: Row[] = []
  for (const name of Object.keys(metrics) as MetricName[]) {
    const metric: Metric = metrics[name]
    const repl = summaryOf(results.repl, name)
    if (repl === null) continue
    const redis = summaryOf(results.redis ?? [], name)
    const ratio = redis === null ? null : repl.median / redis.median
    rows.push({ name, title: metric.title, repl, redis, ratio, aim: metric.aim, verdict: judge(metric, ratio) })
  }
  return rows
}

function summaryOf(samples: readonly Sample[], name: MetricName): Summary | null {
  const values = samples.map((sample) => sample[name]).filter((value) => value !== undefined)
  return values.length === 0 ? null : summarize(values)
}

/** Judges a ratio of repl-server over redis-server. Being equal is no loss. */
export function judge(metric: Pick<Metric, 'better' | 'aim'>, ratio: number | null): Verdict {
  if (ratio === null) return 'no peer'
  const reaches = (bound: number) => (metric.better === 'less' ? ratio <= bound : ratio >= bound)
  if (metric.aim !== null && reaches(metric.aim)) return 'reaches the aim'
  if (!reaches(1)) return 'LOSES'
  return metric.aim === null ? 'wins' : 'wins, misses the aim'
}

/** The report as a table for people, and under it where repl-server loses. */
export function renderReport(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.title,
    renderSummary(row.name, row.repl),
    row.redis === null ? '-' : renderSummary(row.name, row.redis),
    row.ratio === null ? '-' : row.ratio.toFixed(2),
    row.aim === null ? '' : `${metrics[row.name].better === 'less' ? '<=' : '>='} ${row.aim.toFixed(2)}`,
    row.verdict,
  ])
  const table = [['', 'repl-server', 'redis-server', 'ratio', 'aim', ''], ...cells]
  const widths = table[0]!.map((_, column) => Math.max(...table.map((line) => line[column]!.length)))
  const lines = table.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  )
  return [
    ...lines,
    '',
    'Medians (least to most); the ratio is repl-server over redis-server.',
    renderLosses(rows),
  ].join('\n')
}

function renderSummary(name: MetricName, summary: Summary): string {
  const { format } = metrics[name]
  const range = summary.runs === 1 ? '' : ` (${format(summary.least)} to ${format(summary.most)})`
  return format(summary.median) + range
}

function renderLosses(rows: readonly Row[]): string {
  if (rows.every((row) => row.ratio === null)) return 'redis-server is not installed: no comparison.'
  const losses = rows.filter((row) => row.verdict === 'LOSES')
  if (losses.length === 0) return 'repl-server loses nowhere.'
  return `repl-server LOSES at:\n${losses.map((row) => `  ${row.title} (ratio ${row.ratio!.toFixed(2)})`).join('\n')}`
}
