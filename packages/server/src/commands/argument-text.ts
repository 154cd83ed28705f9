import { type CommandArguments, parseInt64 } from '@repl/store'

/** Redis's answers that several commands give. */
export const NOT_AN_INTEGER = 'ERR value is not an integer or out of range'
export const SYNTAX_ERROR = 'ERR syntax error'

/** Argument i as a word to compare with: in lower case. */
export function wordOf(args: CommandArguments, i: number): string {
  return args.latin1(i).toLowerCase()
}

/** Argument i as UTF-8 text. */
export function textOf(args: CommandArguments, i: number): string {
  return args.bytes.toString('utf8', args.starts[i]!, args.ends[i]!)
}

/** Argument i as an integer of 64 bits, or null where it is none. Beyond 2^53 it is rounded: nothing here is so many. */
export function integerOf(args: CommandArguments, i: number): number | null {
  const value = parseInt64(args.bytes, args.starts[i]!, args.ends[i]!)
  return value === null ? null : Number(value)
}
