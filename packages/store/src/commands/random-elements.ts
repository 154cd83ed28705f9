import type { ElementIndex } from '../collections/element-index.ts'
import type { Address } from '../keyspace/key-space.ts'
import type { CommandArguments } from './command-arguments.ts'
import { NOT_AN_INTEGER } from './error-texts.ts'
import { INT64_MAX, parseInt64 } from './integer-text.ts'
import type { Reply } from './reply.ts'

/** Redis would go on until its memory is full; a reply of more elements helps nobody. */
export const MAX_REPEATED_ELEMENTS = 2 ** 24
/** From a larger share of the elements on it is cheaper to go through all than to draw until enough are different. */
const WALK_SHARE = 1 / 3

/** How HRANDFIELD, SRANDMEMBER and ZRANDMEMBER are asked for several elements. */
export interface RandomCount {
  readonly count: number
  /** A negative count: an element may come more than once. */
  readonly mayRepeat: boolean
}

/** The count in argument i; null where there is none (the error has been given). */
export function parseRandomCount(args: CommandArguments, i: number, reply: Reply): RandomCount | null {
  const value = parseInt64(args.bytes, args.starts[i]!, args.ends[i]!)
  if (value === null) {
    reply.error(NOT_AN_INTEGER)
    return null
  }
  if (value < -INT64_MAX) {
    reply.error(`ERR value is out of range, value must between -${INT64_MAX} and ${INT64_MAX}`)
    return null
  }
  if (value < -MAX_REPEATED_ELEMENTS) {
    reply.error('ERR value is out of range')
    return null
  }
  return { count: Math.abs(Number(value)), mayRepeat: value < 0 }
}

/** `count` different numbers below `size`, in ascending order, each choice as likely as any other. */
export function distinctIndexes(size: number, count: number, random: () => number): number[] {
  const indexes: number[] = []
  // Selection sampling: every index is taken with the chance that is left for it.
  for (let i = 0; i < size && indexes.length < count; i++) {
    if (random() * (size - i) < count - indexes.length) indexes.push(i)
  }
  return indexes
}

/** `count` different elements, all of them where there are not more. */
export function distinctElements(elements: ElementIndex, count: number, random: () => number): Address[] {
  const { size } = elements
  if (count < size * WALK_SHARE) {
    const found = new Set<Address>()
    while (found.size < count) found.add(elements.pick(random))
    return [...found]
  }
  const found: Address[] = []
  const cursor = elements.cursor()
  for (let i = 0; cursor.next() && found.length < count; i++) {
    if (random() * (size - i) < count - found.length) found.push(cursor.address)
  }
  return found
}
