const LEVEL_NAMES: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
}

/** Makes a line for people of one of pino's: `12:30:01.123 info message key=value`. */
export function prettyLine(json: string): string {
  const entry: unknown = JSON.parse(json)
  if (typeof entry !== 'object' || entry === null) return json
  const { level, time, msg, ...rest } = entry as Record<string, unknown>
  const fields = Object.entries(rest).map(([key, value]) => ` ${key}=${shown(value)}`)
  return `${String(time).slice(11, 23)} ${(LEVEL_NAMES[Number(level)] ?? '').padEnd(5)} ${msg}${fields.join('')}\n`
}

function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'message' in value) return JSON.stringify(value.message)
  return typeof value === 'string' && /^[^\s"]+$/.test(value) ? value : JSON.stringify(value)
}
