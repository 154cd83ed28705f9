import type { CommandArguments } from '@repl/store'

const TAB = 9
const CARRIAGE_RETURN = 13
const SPACE = 32
const DOUBLE_QUOTE = 34
const SINGLE_QUOTE = 39
const BACKSLASH = 92
const LOWER_X = 120

/** What a letter after a backslash stands for within double quotes; every other character stands for itself. */
const ESCAPES: ReadonlyMap<number, number> = new Map([
  [110, 10], // \n
  [114, 13], // \r
  [116, 9], // \t
  [98, 8], // \b
  [97, 7], // \a
])

/**
 * Splits the line bytes[start, end) of an inline request into `args`, with Redis's rules for quotes: "double" knows
 * escapes such as \n and \x41, 'single' knows only \'. Ranges point into `bytes` where the line has no quotes.
 * @returns false where quotes are not balanced, or something follows a closing quote without a space
 */
export function splitInlineRequest(bytes: Buffer, start: number, end: number, args: CommandArguments): boolean {
  args.reset(bytes)
  let wordStart = -1
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!
    if (byte === DOUBLE_QUOTE || byte === SINGLE_QUOTE) return splitQuoted(bytes, start, end, args)
    if (isSpace(byte)) {
      if (wordStart >= 0) args.push(wordStart, i)
      wordStart = -1
    } else if (wordStart < 0) wordStart = i
  }
  if (wordStart >= 0) args.push(wordStart, end)
  return true
}

/** The same for a line with quotes: the words are built in a buffer of their own, which is never longer than the line. */
function splitQuoted(line: Buffer, start: number, end: number, args: CommandArguments): boolean {
  const words = Buffer.allocUnsafe(end - start)
  args.reset(words)
  let length = 0
  let i = start
  for (;;) {
    while (i < end && isSpace(line[i]!)) i++
    if (i === end) return true
    const wordStart = length
    while (i < end && !isSpace(line[i]!)) {
      const quote = line[i]!
      if (quote !== DOUBLE_QUOTE && quote !== SINGLE_QUOTE) {
        words[length++] = quote
        i++
        continue
      }
      i++
      for (;;) {
        if (i === end) return false
        const byte = line[i]!
        if (byte === quote) break
        if (quote === DOUBLE_QUOTE && byte === BACKSLASH && i + 1 < end) {
          const code = hexByte(line, i, end)
          words[length++] = code >= 0 ? code : (ESCAPES.get(line[i + 1]!) ?? line[i + 1]!)
          i += code >= 0 ? 4 : 2
        } else if (quote === SINGLE_QUOTE && byte === BACKSLASH && i + 1 < end && line[i + 1] === SINGLE_QUOTE) {
          words[length++] = SINGLE_QUOTE
          i += 2
        } else {
          words[length++] = byte
          i++
        }
      }
      i++
      if (i < end && !isSpace(line[i]!)) return false
      break
    }
    args.push(wordStart, length)
  }
}

/** The value of \xHH at `i`, or -1 where there is none. */
function hexByte(line: Buffer, i: number, end: number): number {
  if (line[i + 1] !== LOWER_X || i + 3 >= end) return -1
  const digits = line.toString('latin1', i + 2, i + 4)
  return /^[0-9a-fA-F]{2}$/.test(digits) ? Number.parseInt(digits, 16) : -1
}

function isSpace(byte: number): boolean {
  return byte === SPACE || (byte >= TAB && byte <= CARRIAGE_RETURN)
}
