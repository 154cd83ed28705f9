import type { Command } from '@repl/store'
import type { ClientContext } from '../connection/client-context.ts'
import { infoText } from '../info/info-text.ts'
import { aclCommand } from './acl-commands.ts'
import { wordOf } from './argument-text.ts'
import { clientCommand } from './client-commands.ts'
import { commandCommand } from './command-command.ts'
import { configCommand } from './config-commands.ts'
import { connectionCommands } from './connection-commands.ts'
import { debugCommand } from './debug-commands.ts'
import { monitoringCommands } from './monitoring-commands.ts'
import { persistenceCommands } from './persistence-commands.ts'
import { pubsubCommands } from './pubsub-commands.ts'
import { replicationCommands } from './replication-commands.ts'
import { transactionCommands } from './transaction-commands.ts'

type ServerCommand = Command<ClientContext>

const info: ServerCommand = {
  name: 'info',
  arity: -1,
  flags: ['loading', 'stale'],
  tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'],
  group: 'server',
  since: '1.0.0',
  summary: 'Get information and statistics about the server',
  syntax: '[section...]',
  complexity: 'O(1)',
  history: [['7.0.0', 'Added support for taking multiple section arguments.']],
  propagation: 'none',
  execute({ node }, args, reply) {
    const sections = Array.from({ length: args.count - 1 }, (_, i) => wordOf(args, i + 1))
    reply.verbatim(infoText(node, sections))
  },
}

const time: ServerCommand = {
  name: 'time',
  arity: 1,
  flags: ['loading', 'stale', 'fast'],
  tips: ['nondeterministic_output'],
  group: 'server',
  since: '2.6.0',
  summary: 'Return the current server time',
  complexity: 'O(1)',
  propagation: 'none',
  execute(_context, _args, reply) {
    const now = performance.timeOrigin + performance.now()
    reply.array(2)
    reply.text(String(Math.floor(now / 1000)))
    reply.text(String(Math.floor((now % 1000) * 1000)))
  },
}

/** Every command that the server adds to those of the store. */
export const serverCommands: readonly ServerCommand[] = [
  ...connectionCommands,
  ...transactionCommands,
  ...pubsubCommands,
  aclCommand,
  clientCommand,
  commandCommand,
  configCommand,
  debugCommand,
  info,
  ...monitoringCommands,
  ...persistenceCommands,
  ...replicationCommands,
  time,
]
