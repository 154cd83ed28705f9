import type { Command } from '@repl/store'

/** A command by its whole name: `config|get` for a subcommand. */
export type NamedCommand<Context> = readonly [fullName: string, command: Command<Context>]

/** All of them, each followed by its subcommands. */
export function everyCommand<Context>(commands: Iterable<Command<Context>>): NamedCommand<Context>[] {
  return [...commands].flatMap((command) => [
    [command.name, command] as const,
    ...(command.subcommands ?? []).map((each) => [`${command.name}|${each.name}`, each] as const),
  ])
}
