import type { Command } from '@repl/store'
import { usageText } from '../commands/command-usage.ts'
import type { ClientContext } from '../connection/client-context.ts'

/** The HELP that every command with subcommands has, made of what they say of themselves. */
export function helpSubcommand(container: Command<ClientContext>): Command<ClientContext> {
  const name = container.name.toUpperCase()
  return {
    name: 'help',
    arity: 2,
    flags: ['loading', 'stale'],
    group: container.group,
    since: container.helpSince ?? container.since,
    summary: 'Show helpful text about the different subcommands',
    complexity: 'O(1)',
    propagation: 'none',
    execute(_context, _args, reply) {
      const lines = [
        `${name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`,
        ...(container.subcommands ?? []).flatMap(linesOf),
        'HELP',
        '    Prints this help.',
      ]
      reply.array(lines.length)
      for (const line of lines) reply.status(line)
    },
  }
}

function linesOf({ name, summary, syntax = '' }: Command<ClientContext>): string[] {
  return [`${name.toUpperCase()} ${usageText(syntax)}`.trimEnd(), `    ${summary}`]
}
