/** One command of a replication stream. */
export interface StreamCommand {
  readonly words: readonly Buffer[]
  /** Where the next one begins, relative to the bytes that it was read from. */
  readonly end: number
}

const ARGUMENTS_FIELD = (1 << 3) | 2

/**
 * Reads the commands of a piece of the stream: `Command { repeated bytes args = 1 }`, each behind its length. Written
 * anew, so that a mistake in the store's own codec does not hide here as well.
 * @throws RangeError where the piece does not end with a whole command
 */
export function readCommands(bytes: Buffer): StreamCommand[] {
  const commands: StreamCommand[] = []
  let position = 0
  while (position < bytes.length) {
    const length = readVarint(bytes, position)
    const end = length.end + length.value
    if (end > bytes.length) throw new RangeError(`the command at ${position} ends at ${end} of ${bytes.length}`)
    commands.push({ words: readWords(bytes, length.end, end), end })
    position = end
  }
  return commands
}

function readWords(bytes: Buffer, start: number, end: number): Buffer[] {
  const words: Buffer[] = []
  let position = start
  while (position < end) {
    const tag = readVarint(bytes, position)
    if (tag.value !== ARGUMENTS_FIELD) throw new RangeError(`a field ${tag.value} at ${position}`)
    const length = readVarint(bytes, tag.end)
    position = length.end + length.value
    if (position > end) throw new RangeError(`an argument at ${length.end} goes beyond its command`)
    words.push(bytes.subarray(length.end, position))
  }
  return words
}

function readVarint(bytes: Buffer, start: number): { value: number; end: number } {
  let value = 0
  for (let position = start, scale = 1; position < bytes.length; position++, scale *= 128) {
    const byte = bytes[position]!
    value += (byte & 0x7f) * scale
    if (byte < 128) return { value, end: position + 1 }
  }
  throw new RangeError(`a number at ${start} does not end`)
}
