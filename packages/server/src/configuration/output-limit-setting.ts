import type { ClientClass, OutputLimit, OutputLimits } from '../connection/output-limits.ts'
import { parseMemorySize } from './memory-size.ts'
import { InvalidSettingError, type SettingKind } from './setting-kind.ts'

const CLASS_OF_NAME: Readonly<Record<string, ClientClass>> = {
  normal: 'normal',
  replica: 'replica',
  slave: 'replica',
  pubsub: 'pubsub',
}

/** `class hard soft seconds`, for one class or several. */
export const outputLimits: SettingKind<OutputLimits> = {
  placeholder: '"class hard soft seconds …"',
  parse(value, present) {
    const words = value.trim().split(/\s+/)
    if (words.length % 4 !== 0) {
      throw new InvalidSettingError('Wrong number of arguments in buffer limit configuration.')
    }
    const limits = { ...present }
    for (let i = 0; i < words.length; i += 4) {
      const name = CLASS_OF_NAME[words[i]!.toLowerCase()]
      if (name === undefined) {
        throw new InvalidSettingError('Invalid client class specified in buffer limit configuration.')
      }
      const hard = parseMemorySize(words[i + 1]!)
      const soft = parseMemorySize(words[i + 2]!)
      const seconds = /^\d{1,9}$/.test(words[i + 3]!) ? Number(words[i + 3]) : null
      if (hard === null || soft === null || seconds === null) {
        throw new InvalidSettingError('Error in hard, soft or soft_seconds setting in buffer limit configuration.')
      }
      limits[name] = { hard, soft, softSeconds: seconds }
    }
    return limits
  },
  format: ({ normal, replica, pubsub }) =>
    [`normal ${numbers(normal)}`, `slave ${numbers(replica)}`, `pubsub ${numbers(pubsub)}`].join(' '),
}

function numbers({ hard, soft, softSeconds }: OutputLimit): string {
  return `${hard} ${soft} ${softSeconds}`
}
