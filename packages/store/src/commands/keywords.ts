import type { CommandArguments } from './command-arguments.ts'

/** Whether argument i is this word in any case. Creates nothing. @param word in lower-case letters */
export function isKeyword(args: CommandArguments, i: number, word: string): boolean {
  const start = args.starts[i]!
  if (args.ends[i]! - start !== word.length) return false
  for (let at = 0; at < word.length; at++) {
    const byte = args.bytes[start + at]!
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
    if (lower !== word.charCodeAt(at)) return false
  }
  return true
}
