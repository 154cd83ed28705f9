import { formatBytes, formatCount } from '@repl/harness'

/** One thing that is measured on both servers. */
export interface Metric {
  readonly title: string
  /** Which of two values is the better one. */
  readonly better: 'less' | 'more'
  /** What the ratio (repl-server over redis-server) is to be: at most, or, where more is better, at least. */
  readonly aim: number | null
  format(value: number): string
}

const seconds = (value: number) => `${value.toFixed(2)} s`
const perSecond = (value: number) => `${formatCount(Math.round(value / 100) * 100)}/s`
const bytesEach = (value: number) => `${value.toFixed(1)} bytes`

/** Everything that is measured, in the order of the report. */
export const metrics = {
  fullSynchronization: {
    title: 'full synchronisation, SLAVEOF to reads served',
    better: 'less',
    aim: 0.5,
    format: seconds,
  },
  setPipelined: { title: 'SET, pipeline 32, no journal', better: 'more', aim: 1, format: perSecond },
  setSingly: { title: 'SET, pipeline 1, no journal', better: 'more', aim: 1, format: perSecond },
  setPipelinedJournaled: { title: 'SET, pipeline 32, journal everysec', better: 'more', aim: 1, format: perSecond },
  setSinglyJournaled: { title: 'SET, pipeline 1, journal everysec', better: 'more', aim: 1, format: perSecond },
  usedMemoryPerKey: { title: 'memory for each key, by used_memory', better: 'less', aim: 0.7, format: bytesEach },
  residentPerKey: { title: 'memory for each key, by RSS', better: 'less', aim: 0.7, format: bytesEach },
  residentEmpty: { title: 'RSS of an empty server', better: 'less', aim: null, format: formatBytes },
} as const satisfies Record<string, Metric>

/** The name of something that is measured. */
export type MetricName = keyof typeof metrics

/** What one run gave for one server; a metric that could not be measured is left out. */
export type Sample = Partial<Record<MetricName, number>>
