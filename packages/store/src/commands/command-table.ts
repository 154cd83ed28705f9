import type { Command } from './command.ts'
import type { CommandContext } from './command-context.ts'

const families: readonly (readonly Command<CommandContext>[])[] = []

/** Every command that a store carries out, by its name in lower case. */
export const storeCommands: ReadonlyMap<string, Command<CommandContext>> = new Map(
  families.flat().map((command) => [command.name, command]),
)
