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
  const ofBoth = new Map<string, Command<ClientContext>>()
  for (const command of storeCommands) {
    const mine = ofStore(command)
    if (mine.subcommands !== undefined) ofBoth.set(command.name, mine)
    commands.set(command.name, counted(withHelp(mine), statistics))
  }
  for (const command of serverCommands) {
    commands.set(command.name, counted(withHelp(joined(command, ofBoth.get(command.name))), statistics))
  }
  return { commands, lookup: new CommandLookup(commands.values()) }
}

function ofStore(command: Command<CommandContext>): Command<ClientContext> {
  const { subcommands, ...rest } = command
  return {
    ...rest,
    ...(subcommands === undefined ? {} : { subcommands: subcommands.map(ofStore) }),
    execute: ({ client, node }, args, reply) => node.store.execute(command, args, reply, client.database, client),
  }
}

/** A command of the server, with the subcommands that the store has under the same name. */
function joined(command: Command<ClientContext>, ofStore: Command<ClientContext> | undefined): Command<ClientContext> {
  if (ofStore === undefined) return command
  // Without the store's HELP, which knows only its own.
  const ofStores = (ofStore.subcommands ?? []).filter(({ name }) => name !== 'help')
  const subcommands = [...ofStores, ...(command.subcommands ?? [])]
  return { ...command, subcommands: subcommands.sort((a, b) => (a.name < b.name ? -1 : 1)) }
}

function withHelp(command: Command<ClientContext>): Command<ClientContext> {
  if (command.subcommands === undefined || command.subcommands.some(({ name }) => name === 'help')) return command
  return { ...command, subcommands: [...command.subcommands, helpSubcommand(command)] }
}

function counted(command: Command<ClientContext>, statistics: ServerStatistics, prefix = ''): Command<ClientContext> {
  const fullName = prefix + command.name
  const { execute, subcommands } = command
  const mine = statistics.ofCommand(fullName)
  const isSlowLogged = !command.flags.includes('skip_slowlog')
  return {
    ...command,
    ...(subcommands === undefined
      ? {}
      : { subcommands: subcommands.map((each) => counted(each, statistics, `${fullName}|`)) }),
    execute(context, args, reply) {
      context.client.lastCommand = fullName
      const errorsBefore = statistics.errorReplies
      const { slowLog } = context.node
      if (mine.isTimed || slowLog.isPrecise) {
        const begunAt = performance.now()
        execute(context, args, reply)
        const milliseconds = performance.now() - begunAt
        countTime(mine, milliseconds)
        if (isSlowLogged) slowLog.note(milliseconds, args, context.client)
        slowLog.startClock()
      } else {
        execute(context, args, reply)
        if (isSlowLogged) slowLog.tick(args, context.client)
      }
      mine.calls++
      if (statistics.errorReplies !== errorsBefore) mine.failedCalls++
    },
  }
}

function countTime(statistics: CommandStatistics, milliseconds: number): void {
  statistics.timedCalls++
  statistics.timedMilliseconds += milliseconds
}
