import { parseMemorySize } from './memory-size.ts'
import { formatSavePoints, parseSavePoints, type SavePoint } from './save-points.ts'

/** A value that a setting can't take. The message is Redis's own where Redis has one. */
export class InvalidSettingError extends Error {
  readonly code = 'INVALID_SETTING'
  override readonly name = 'InvalidSettingError'
}

/** How the values of a setting are read and written. */
export interface SettingKind<Value> {
  /** What a value looks like, for --help. */
  readonly placeholder: string
  /**
   * @param present the value so far, for what names only a part of it
   * @throws InvalidSettingError
   */
  parse(text: string, present: Value): Value
  format(value: Value): string
}

/** A whole number within bounds. */
export function integer(minimum: number, maximum: number, placeholder = 'number'): SettingKind<number> {
  return {
    placeholder,
    parse(text) {
      if (!/^-?\d{1,16}$/.test(text)) throw new InvalidSettingError(`argument couldn't be parsed into an integer`)
      const value = Number(text)
      if (value < minimum || value > maximum) {
        throw new InvalidSettingError(`argument must be between ${minimum} and ${maximum} inclusive`)
      }
      return value
    },
    format: String,
  }
}

/** A number of bytes, with Redis's units. */
export function memory(minimum: number, maximum = Number.MAX_SAFE_INTEGER): SettingKind<number> {
  return {
    placeholder: 'bytes',
    parse(text) {
      const value = parseMemorySize(text)
      if (value === null) throw new InvalidSettingError('argument must be a memory value')
      if (value < minimum || value > maximum) {
        throw new InvalidSettingError(`argument must be between ${minimum} and ${maximum} inclusive`)
      }
      return value
    },
    format: String,
  }
}

/** One of a few words. */
export function oneOf<Word extends string>(...words: readonly Word[]): SettingKind<Word> {
  return {
    placeholder: words.join('|'),
    parse(text) {
      const found = words.find((word) => word === text.toLowerCase())
      if (found === undefined) {
        throw new InvalidSettingError(`argument(s) must be one of the following: ${words.join(', ')}`)
      }
      return found
    },
    format: (value) => value,
  }
}

/** Any text of at most `maximumLength` characters without control characters. */
export function text(placeholder: string, maximumLength = 512): SettingKind<string> {
  return {
    placeholder,
    parse(value) {
      if (value.length > maximumLength) {
        throw new InvalidSettingError(`argument has ${value.length} characters, the limit is ${maximumLength}`)
      }
      if (value.includes('\0') || value.includes('\n'))
        throw new InvalidSettingError('argument has a control character')
      return value
    },
    format: (value) => value,
  }
}

/** When snapshots are persisted by themselves. */
export const savePoints: SettingKind<readonly SavePoint[]> = {
  placeholder: '"seconds changes …"',
  parse(value) {
    const points = parseSavePoints(value)
    if (points === null) throw new InvalidSettingError('Invalid save parameters')
    return points
  },
  format: formatSavePoints,
}

/** Where a master is reached; null for `no one` and for an empty text. */
export const masterAddress: SettingKind<{ readonly host: string; readonly port: number } | null> = {
  placeholder: '"host port"',
  parse(value) {
    const words = value.trim().split(/\s+/)
    if (value.trim() === '' || /^no one$/i.test(words.join(' '))) return null
    const port = Number(words[1])
    if (words.length !== 2 || !/^\d{1,5}$/.test(words[1]!) || port < 1 || port > 65535) {
      throw new InvalidSettingError(`a master's address is "HOST PORT" with a port from 1 to 65535, or "no one"`)
    }
    return { host: words[0]!, port }
  },
  format: (value) => (value === null ? '' : `${value.host} ${value.port}`),
}
