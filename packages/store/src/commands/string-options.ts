import type { CommandArguments } from './command-arguments.ts'
import { invalidExpireTime, NOT_AN_INTEGER } from './error-texts.ts'
import { EX, EXAT, type ExpiryUnit, expiryTime, PX, PXAT } from './expiry-time.ts'
import { parseInt64 } from './integer-text.ts'
import { isKeyword } from './keywords.ts'
import type { Reply } from './reply.ts'

/** The options of SET and GETEX. */
export interface StringOptions {
  onlyIfAbsent: boolean
  onlyIfPresent: boolean
  returnsOldValue: boolean
  keepsExpiry: boolean
  removesExpiry: boolean
  expiryUnit: ExpiryUnit | null
  /** The argument that holds the expiry, where there is a unit. */
  expiryArgument: number
}

/**
 * Reads the options that begin at argument `from`, with Redis's rules of what goes with what; null where that breaks
 * them. The same option twice is allowed, as in Redis.
 */
export function parseStringOptions(
  args: CommandArguments,
  from: number,
  command: 'set' | 'getex',
): StringOptions | null {
  const isSet = command === 'set'
  const options: StringOptions = {
    onlyIfAbsent: false,
    onlyIfPresent: false,
    returnsOldValue: false,
    keepsExpiry: false,
    removesExpiry: false,
    expiryUnit: null,
    expiryArgument: 0,
  }
  for (let i = from; i < args.count; i++) {
    if (isSet && isKeyword(args, i, 'nx') && !options.onlyIfPresent) options.onlyIfAbsent = true
    else if (isSet && isKeyword(args, i, 'xx') && !options.onlyIfAbsent) options.onlyIfPresent = true
    else if (isSet && isKeyword(args, i, 'get')) options.returnsOldValue = true
    else if (isSet && isKeyword(args, i, 'keepttl') && options.expiryUnit === null) options.keepsExpiry = true
    else if (!isSet && isKeyword(args, i, 'persist') && options.expiryUnit === null) options.removesExpiry = true
    else {
      const unit = expiryUnit(args, i)
      const isOther = options.expiryUnit !== null && options.expiryUnit !== unit
      if (unit === null || isOther || options.keepsExpiry || options.removesExpiry || i + 1 === args.count) return null
      options.expiryUnit = unit
      options.expiryArgument = ++i
    }
  }
  return options
}

function expiryUnit(args: CommandArguments, i: number): ExpiryUnit | null {
  if (isKeyword(args, i, 'ex')) return EX
  if (isKeyword(args, i, 'px')) return PX
  if (isKeyword(args, i, 'exat')) return EXAT
  if (isKeyword(args, i, 'pxat')) return PXAT
  return null
}

/**
 * Argument i as the expiry of a value that is being stored: Unix time in milliseconds. 0 where it isn't above zero or
 * out of range; the error has been given then.
 */
export function parseValueExpiry(
  args: CommandArguments,
  i: number,
  unit: ExpiryUnit,
  now: number,
  commandName: string,
  reply: Reply,
): number {
  const value = parseInt64(args.bytes, args.starts[i]!, args.ends[i]!)
  if (value === null) {
    reply.error(NOT_AN_INTEGER)
    return 0
  }
  const time = value <= 0 ? null : expiryTime(value, unit, now)
  if (time === null) {
    reply.error(invalidExpireTime(commandName))
    return 0
  }
  return time
}
