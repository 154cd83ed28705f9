import type { Command } from './command.ts'
import type { CommandArguments } from './command-arguments.ts'
import { shownArgument } from './error-texts.ts'

/** Of an unknown command's name and arguments, an error shows so many bytes each, as Redis does. */
const SHOWN_LENGTH = 128

interface Entry<Context> {
  readonly name: Uint8Array
  readonly command: Command<Context>
  readonly subcommands: CommandLookup<Context> | null
}

/**
 * Finds commands by the bytes that a client sent, in any case, without creating a string: the first step of every
 * command's hot path.
 */
export class CommandLookup<Context> {
  readonly #entries = new Map<number, Entry<Context>[]>()

  /** @param commands names in lower case. A later command of the same name replaces an earlier one. */
  constructor(commands: Iterable<Command<Context>>) {
    const byName = new Map<string, Command<Context>>()
    for (const command of commands) byName.set(command.name, command)
    for (const command of byName.values()) {
      const name = Buffer.from(command.name, 'latin1')
      const subcommands = command.subcommands === undefined ? null : new CommandLookup(command.subcommands)
      const entry = { name, command, subcommands }
      const hash = hashName(name, 0, name.length)
      const bucket = this.#entries.get(hash)
      if (bucket === undefined) this.#entries.set(hash, [entry])
      else bucket.push(entry)
    }
  }

  /** The command, or the subcommand where it has them, that these arguments name; undefined where there is none. */
  find(args: CommandArguments, position = 0): Command<Context> | undefined {
    if (position >= args.count) return undefined
    const start = args.starts[position]!
    const end = args.ends[position]!
    const bucket = this.#entries.get(hashName(args.bytes, start, end))
    if (bucket === undefined) return undefined
    for (const entry of bucket) {
      if (!namesEqual(entry.name, args.bytes, start, end)) continue
      if (entry.subcommands === null || args.count <= position + 1) return entry.command
      return entry.subcommands.find(args, position + 1)
    }
    return undefined
  }

  /**
   * Why these arguments can't be carried out by the command that `find` returned for them, or null: the text of
   * Redis's error for an unknown command, an unknown subcommand, a wrong number of arguments.
   */
  refusal(args: CommandArguments, command: Command<Context> | undefined): string | null {
    if (command === undefined) {
      const container = this.#container(args)
      if (container === undefined) return unknownCommand(args)
      const shown = shownArgument(args, 1, SHOWN_LENGTH)
      return `ERR unknown subcommand '${shown}'. Try ${container.name.toUpperCase()} HELP.`
    }
    if (command.arity >= 0 ? args.count === command.arity : args.count >= -command.arity) return null
    const container = this.#container(args)
    const isSubcommand = container !== undefined && container !== command
    return wrongArity(isSubcommand ? `${container.name}|${command.name}` : command.name)
  }

  #container(args: CommandArguments): Command<Context> | undefined {
    const start = args.starts[0]!
    const end = args.ends[0]!
    const bucket = this.#entries.get(hashName(args.bytes, start, end))
    return bucket?.find((entry) => namesEqual(entry.name, args.bytes, start, end))?.command
  }
}

/** Redis's error for a wrong number of arguments; a subcommand is named `container|subcommand`. */
export function wrongArity(fullName: string): string {
  return `ERR wrong number of arguments for '${fullName}' command`
}

function unknownCommand(args: CommandArguments): string {
  let shown = ''
  for (let i = 1; i < args.count && shown.length < SHOWN_LENGTH; i++) {
    shown += `'${shownArgument(args, i, SHOWN_LENGTH - shown.length)}' `
  }
  return `ERR unknown command '${shownArgument(args, 0, SHOWN_LENGTH)}', with args beginning with: ${shown}`
}

/** FNV-1a over the bytes with the case bit set: names are few and short, and a collision only costs a comparison. */
function hashName(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i]! | 0x20), 0x01000193)
  // Kept small so that it stays an integer without a heap object.
  return hash & 0x3fffffff
}

function namesEqual(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== name.length) return false
  for (let i = 0; i < name.length; i++) {
    const byte = bytes[start + i]!
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
    if (lower !== name[i]) return false
  }
  return true
}
