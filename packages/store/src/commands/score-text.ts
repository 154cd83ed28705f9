import { type ElementRange, type LexBound, lexRange, scoreRange } from '../collections/sorted-set-range.ts'
import type { CommandArguments } from './command-arguments.ts'
import { NOT_A_FLOAT } from './error-texts.ts'
import { parseInt64 } from './integer-text.ts'
import type { Reply } from './reply.ts'

const NOT_A_RANGE_OF_SCORES = 'ERR min or max is not a float'
const NOT_A_RANGE_OF_MEMBERS = 'ERR min or max not valid string range item'

const PARENTHESIS = 0x28
const BRACKET = 0x5b
const PLUS = 0x2b
const MINUS = 0x2d

// The forms that C's strtod takes (`nan` aside), and spaces before them.
const NUMBER_FORMAT =
  /^([ \t\n\v\f\r]*)([+-]?)(?:(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)|0x(?:([\da-f]+)(?:\.([\da-f]*))?|\.([\da-f]+))(?:p([+-]?\d+))?|(inf(?:inity)?))$/i
const ONLY_ZEROS = /^[0.]*(?:e|$)/i

interface ParsedNumber {
  readonly value: number
  readonly hasSpaceBefore: boolean
  /** Too large for a double, or too small: C's ERANGE where the result is an infinity or zero. */
  readonly isOutOfRange: boolean
}

/** Reads a text as C's strtod does, all of it; null where it isn't a number. */
function parseNumber(text: string): ParsedNumber | null {
  const match = NUMBER_FORMAT.exec(text)
  if (match === null) return null
  const [, spaces, sign, decimal, hexWhole, hexFraction, hexOnlyFraction, hexPower, infinity] = match
  let magnitude: number
  let isZero = false
  if (decimal !== undefined) {
    magnitude = Number(decimal)
    isZero = ONLY_ZEROS.test(decimal)
  } else if (infinity !== undefined) {
    magnitude = Number.POSITIVE_INFINITY
  } else {
    const fraction = hexFraction ?? hexOnlyFraction ?? ''
    const digits = BigInt(`0x0${hexWhole ?? ''}${fraction}`)
    isZero = digits === 0n
    magnitude = scaled(digits, Number(hexPower ?? 0) - 4 * fraction.length)
  }
  const isOutOfRange =
    infinity === undefined && (magnitude === Number.POSITIVE_INFINITY || (magnitude === 0 && !isZero))
  return { value: sign === '-' ? -magnitude : magnitude, hasSpaceBefore: spaces !== '', isOutOfRange }
}

/** digits * 2 ** power, rounded. */
function scaled(digits: bigint, power: number): number {
  if (digits === 0n) return 0
  // In steps that neither overflow nor lose bits on the way, unless the result does.
  let value = Number(digits)
  if (value === Number.POSITIVE_INFINITY) {
    const excess = digits.toString(2).length - 1000
    return scaled(digits >> BigInt(excess), power + excess)
  }
  let rest = Math.max(-5000, Math.min(5000, power))
  for (; rest > 900; rest -= 900) value *= 2 ** 900
  for (; rest < -900; rest += 900) value *= 2 ** -900
  return value * 2 ** rest
}

/** Argument i as a score, an increment or a weight; NaN where it is none (the error has been given). */
export function parseScore(args: CommandArguments, i: number, reply: Reply, error = NOT_A_FLOAT): number {
  const integer = parseInt64(args.bytes, args.starts[i]!, args.ends[i]!)
  if (integer !== null) return Number(integer)
  const number = parseNumber(args.latin1(i))
  if (number !== null && !number.hasSpaceBefore && !number.isOutOfRange) return number.value
  reply.error(error)
  return Number.NaN
}

/**
 * A text (latin1) as SORT takes it, by C's strtod: up to the first NUL, spaces before it, nothing at all as 0. NaN where
 * it is no number, or none that a double holds.
 */
export function parseDouble(text: string): number {
  const nul = text.indexOf('\0')
  const seen = nul < 0 ? text : text.slice(0, nul)
  if (seen === '') return 0
  const number = parseNumber(seen)
  return number === null || number.isOutOfRange ? Number.NaN : number.value
}

/** The range of scores that two arguments give; null where they don't (the error has been given). */
export function parseScoreRange(args: CommandArguments, min: number, max: number, reply: Reply): ElementRange | null {
  const low = parseScoreLimit(args, min)
  const high = parseScoreLimit(args, max)
  if (low !== null && high !== null) return scoreRange(low, isExclusive(args, min), high, isExclusive(args, max))
  reply.error(NOT_A_RANGE_OF_SCORES)
  return null
}

function isExclusive(args: CommandArguments, i: number): boolean {
  return args.lengthOf(i) > 0 && args.bytes[args.starts[i]!] === PARENTHESIS
}

/** Unlike a score: up to the first NUL, nothing at all is 0, and what is out of range is an infinity or 0. */
function parseScoreLimit(args: CommandArguments, i: number): number | null {
  const all = args.latin1(i)
  const nul = all.indexOf('\0')
  const text = all.slice(isExclusive(args, i) ? 1 : 0, nul < 0 ? all.length : nul)
  return text === '' ? 0 : (parseNumber(text)?.value ?? null)
}

/** The range of members that two arguments give; null where they don't (the error has been given). */
export function parseLexRange(args: CommandArguments, min: number, max: number, reply: Reply): ElementRange | null {
  const low = parseLexBound(args, min)
  const high = parseLexBound(args, max)
  if (low !== null && high !== null) return lexRange(low, high)
  reply.error(NOT_A_RANGE_OF_MEMBERS)
  return null
}

function parseLexBound(args: CommandArguments, i: number): LexBound | null {
  const start = args.starts[i]!
  const end = args.ends[i]!
  const first = start === end ? 0 : args.bytes[start]!
  if (first === PLUS || first === MINUS) {
    // C sees the end of the string in a NUL.
    if (end - start > 1 && args.bytes[start + 1] !== 0) return null
    return first === PLUS ? 'last' : 'first'
  }
  if (first !== PARENTHESIS && first !== BRACKET) return null
  return { member: args.bytes.subarray(start + 1, end), isExclusive: first === PARENTHESIS }
}
