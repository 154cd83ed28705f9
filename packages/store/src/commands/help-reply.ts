import type { Command } from './command.ts'
import type { CommandContext } from './command-context.ts'

/** The HELP of a command with subcommands. @param lines between the first and the last, as redis-server has them */
export function helpCommand(
  container: string,
  group: Command<CommandContext>['group'],
  since: string,
  lines: readonly string[],
): Command<CommandContext> {
  const all = [
    `${container.toUpperCase()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`,
    ...lines,
    'HELP',
    '    Prints this help.',
  ]
  return {
    name: 'help',
    arity: 2,
    flags: ['loading', 'stale'],
    group,
    since,
    summary: 'Show helpful text about the different subcommands',
    complexity: 'O(1)',
    propagation: 'none',
    execute(_context, _args, reply) {
      reply.array(all.length)
      for (const line of all) reply.status(line)
    },
  }
}
