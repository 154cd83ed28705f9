import { CommandArguments } from '../commands/command-arguments.ts'
import { encodedLength, encodeInto, MAX_COMMAND_BYTES } from '../journal/command-stream.ts'
import type { Journal } from '../journal/journal.ts'

/** The name of the stream's command that holds a unit: its one argument is a stream of commands itself. */
export const UNIT_COMMAND = 'EXEC'

/** A unit up to this size is gathered in memory that is kept for the next one. */
const KEPT_BYTES = 64 * 1024
/** Room for the name, the tags and the lengths around a unit's commands. */
const ENVELOPE_BYTES = 64
/** The most bytes of commands in one unit: the stream has no longer command. */
export const MAX_UNIT_BYTES = MAX_COMMAND_BYTES - ENVELOPE_BYTES

const NAME = Buffer.from(UNIT_COMMAND)

/**
 * What a transaction has written, until all of it goes to the journal in one piece. The piece is a single command of
 * the stream, `EXEC commands`, so whatever holds for a command holds for it: it is never in the journal in part, and
 * nobody applies a part of it.
 */
export class EffectUnit {
  readonly #kept = Buffer.allocUnsafeSlow(KEPT_BYTES)
  #bytes: Buffer = this.#kept
  #length = NAME.length
  #count = 0
  readonly #envelope = new CommandArguments()

  constructor() {
    NAME.copy(this.#kept, 0)
  }

  /**
   * Adds a command. Where the unit would be longer than the stream's longest command, what there is goes to the
   * journal first: a transaction that writes a gigabyte is the one that is not in one piece.
   */
  add(args: CommandArguments, journal: Journal): void {
    const length = encodedLength(args)
    if (this.#length + length > MAX_UNIT_BYTES) this.appendTo(journal)
    if (this.#length + length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.#length + length, this.#bytes.length * 2))
      this.#bytes.copy(larger, 0, 0, this.#length)
      this.#bytes = larger
    }
    this.#length = encodeInto(args, this.#bytes, this.#length)
    this.#count++
  }

  /** Appends what was added, as it is where it is one command, and is empty then. */
  appendTo(journal: Journal): void {
    const bytes = this.#bytes
    const end = this.#length
    const count = this.#count
    this.#bytes = this.#kept
    this.#length = NAME.length
    this.#count = 0
    if (count === 1) journal.appendEncoded(bytes, NAME.length, end)
    if (count < 2) return
    const envelope = this.#envelope
    envelope.reset(bytes)
    envelope.push(0, NAME.length)
    envelope.push(NAME.length, end)
    journal.append(envelope)
  }
}
