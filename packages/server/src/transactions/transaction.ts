import type { Command, CommandArguments } from '@repl/store'
import type { ClientContext } from '../connection/client-context.ts'

/** A command that waits for EXEC, with its own copy of what was asked. */
export interface QueuedCommand {
  readonly command: Command<ClientContext>
  readonly args: CommandArguments
}

/** What a client has queued since MULTI. */
export class Transaction {
  readonly commands: QueuedCommand[] = []
  /** A command was refused when it came: EXEC will carry out none. */
  isAborted = false
  /** Whether one of the commands writes. */
  hasWrites = false
  #bytes = 0

  /** Memory that the arguments take; they count as requests that wait, and are held to the same limit. */
  get bytes(): number {
    return this.#bytes
  }

  /** Adds a command; the arguments are copied. */
  add(command: Command<ClientContext>, args: CommandArguments): void {
    const copy = args.clone()
    this.commands.push({ command, args: copy })
    this.#bytes += copy.bytes.length + copy.starts.byteLength + copy.ends.byteLength
    if (command.propagation !== 'none') this.hasWrites = true
  }
}
