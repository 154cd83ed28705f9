import { type Command, type CommandContext, CommandLookup } from '@repl/store'
import type { ClientContext } from '../connection/client-context.ts'
import type { CommandStatistics, ServerStatistics } from '../info/server-statistics.ts'
import { helpSubcommand } from './help-subcommand.ts'

/** Every command of the node in one place: those of the store and those of the server. */
export interface CommandCatalogue {
  readonly commands: ReadonlyMap<string, Command<ClientContext>>
  readonly lookup: CommandLookup<ClientContext>
}

/**
 * Puts the two tables together into one of commands that work on a client, and count themselves. A command of the
 * store is handed to `Store.execute`, which decides whether a write may be.
 */
export function buildCatalogue(
  storeCommands: Iterable<Command<CommandContext>>,
  serverCommands: Iterable<Command<ClientContext>>,
  statistics: ServerStatistics,
): CommandCatalogue {
  const commands = new Map<string, Command<ClientContext>>()
  for (const command of storeCommands) commands.set(command.name, counted(ofStore(command), statistics))
  for (const command of serverCommands) commands.set(command.name, counted(withHelp(command), statistics))
  return { commands, lookup: new CommandLookup(commands.values()) }
}

function ofStore(command: Command<CommandContext>): Command<ClientContext> {
  const { subcommands, ...rest } = command
  return {
    ...rest,
    ...(subcommands === undefined ? {} : { subcommands: subcommands.map(ofStore) }),
    execute: ({ node }, args, reply) => node.store.execute(command, args, reply),
  }
}

function withHelp(command: Command<ClientContext>): Command<ClientContext> {
  if (command.subcommands === undefined) return command
  return { ...command, subcommands: [...command.subcommands, helpSubcommand(command)] }
}

function counted(command: Command<ClientContext>, statistics: ServerStatistics, prefix = ''): Command<ClientContext> {
  const fullName = prefix + command.name
  const { execute, subcommands } = command
  const mine = statistics.ofCommand(fullName)
  return {
    ...command,
    ...(subcommands === undefined
      ? {}
      : { subcommands: subcommands.map((each) => counted(each, statistics, `${fullName}|`)) }),
    execute(context, args, reply) {
      context.client.lastCommand = fullName
      const errorsBefore = statistics.errorReplies
      if (mine.isTimed) {
        const begunAt = performance.now()
        execute(context, args, reply)
        countTime(mine, performance.now() - begunAt)
      } else execute(context, args, reply)
      mine.calls++
      if (statistics.errorReplies !== errorsBefore) mine.failedCalls++
    },
  }
}

function countTime(statistics: CommandStatistics, milliseconds: number): void {
  statistics.timedCalls++
  statistics.timedMilliseconds += milliseconds
}
