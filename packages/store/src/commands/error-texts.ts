import type { CommandArguments } from './command-arguments.ts'

// Redis's own words: clients match on them.

export const SYNTAX_ERROR = 'ERR syntax error'
export const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value'
export const NOT_AN_INTEGER = 'ERR value is not an integer or out of range'
export const NOT_A_FLOAT = 'ERR value is not a valid float'
export const NO_SUCH_KEY = 'ERR no such key'
export const SAME_OBJECT = 'ERR source and destination objects are the same'
export const NO_SUCH_DATABASE = 'ERR DB index is out of range'
export const STRING_TOO_LONG = 'ERR string exceeds maximum allowed size (proto-max-bulk-len)'

/** Redis's error for an expiry that is zero, negative or out of range. */
export function invalidExpireTime(commandName: string): string {
  return `ERR invalid expire time in '${commandName}' command`
}

/** Argument i as an error repeats it: at most `limit` bytes, and up to the first NUL, as C's printf does. */
export function shownArgument(args: CommandArguments, i: number, limit = Number.POSITIVE_INFINITY): string {
  const text = args.latin1(i)
  const nul = text.indexOf('\0')
  return text.slice(0, nul < 0 ? limit : Math.min(nul, limit))
}
