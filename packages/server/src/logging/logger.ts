import { destination, type Logger, type LoggerOptions, pino } from 'pino'
import type { LogLevel } from '../configuration/settings.ts'
import { prettyLine } from './pretty-line.ts'

/** pino's level for each of Redis's. */
export const PINO_LEVELS: Readonly<Record<LogLevel, string>> = {
  error: 'error',
  warning: 'warn',
  notice: 'info',
  verbose: 'debug',
  debug: 'trace',
}

/** A logger to standard output: JSON lines, or lines for people where that is a terminal. */
export function createLogger(level: LogLevel, isTerminal: boolean): Logger {
  const options: LoggerOptions = {
    level: PINO_LEVELS[level],
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
  }
  // Written at once: the last lines before the end are the ones that matter.
  if (!isTerminal) return pino(options, destination({ fd: 1, sync: true }))
  return pino(options, { write: (line: string) => process.stdout.write(prettyLine(line)) })
}
