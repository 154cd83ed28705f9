import type { Address } from '../keyspace/key-space.ts'
import { VALUE_TYPE_HASH, VALUE_TYPE_STRING } from '../keyspace/value-type.ts'
import { CommandArguments } from './command-arguments.ts'
import type { CommandContext } from './command-context.ts'
import { findField, foundValue } from './hash-record.ts'

const ASTERISK = 0x2a
const HASH_SIGN = 0x23
const NUL = 0
const ARROW = Buffer.from('->')

/** What BY and GET name: a key, or a field of a hash, that an element's text is to be put into. */
export class SortPattern {
  /** Whether there is a place for the element. */
  readonly hasPlaceholder: boolean
  /** `#`: the element itself. */
  readonly isElement: boolean
  readonly #prefix: Buffer
  readonly #postfix: Buffer
  readonly #field: Buffer | null
  readonly #args = new CommandArguments()

  constructor(pattern: Buffer) {
    // C sees no more than what is before a NUL when it looks for the place.
    const nul = pattern.indexOf(NUL)
    const seen = nul < 0 ? pattern : pattern.subarray(0, nul)
    const place = seen.indexOf(ASTERISK)
    this.isElement = seen.length === 1 && seen[0] === HASH_SIGN
    this.hasPlaceholder = place >= 0
    const arrow = place < 0 ? -1 : seen.indexOf(ARROW, place + 1)
    const hasField = arrow >= 0 && arrow + ARROW.length < seen.length
    this.#prefix = pattern.subarray(0, Math.max(place, 0))
    this.#postfix = pattern.subarray(place + 1, hasField ? arrow : pattern.length)
    this.#field = hasField ? pattern.subarray(arrow + ARROW.length) : null
  }

  /** A copy of what the pattern gives for an element; null where there is no such thing. */
  lookup(context: CommandContext, element: Buffer): Buffer | null {
    if (this.isElement) return element
    if (!this.hasPlaceholder) return null
    const args = this.#args
    args.reset(Buffer.concat([this.#prefix, element, this.#postfix]))
    args.push(0, args.bytes.length)
    const { keySpace } = context
    const address: Address = context.lookup(args, 0)
    if (address === 0) return null
    const field = this.#field
    if (field === null) return keySpace.typeOf(address) === VALUE_TYPE_STRING ? keySpace.readValue(address) : null
    if (keySpace.typeOf(address) !== VALUE_TYPE_HASH) return null
    if (!findField(keySpace, address, field, 0, field.length)) return null
    return Buffer.from(foundValue.bytes.subarray(foundValue.start, foundValue.end))
  }
}
