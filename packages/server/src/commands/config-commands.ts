import type { Command } from '@repl/store'
import { ConfigFileError } from '../configuration/config-file.ts'
import { ConfigurationError } from '../configuration/configuration.ts'
import type { ClientContext } from '../connection/client-context.ts'
import { textOf } from './argument-text.ts'

type ServerCommand = Command<ClientContext>

const ADMIN_FLAGS = ['admin', 'noscript', 'loading', 'stale'] as const

const get: ServerCommand = {
  name: 'get',
  arity: -3,
  flags: ADMIN_FLAGS,
  group: 'server',
  since: '2.0.0',
  summary: 'Get the values of configuration parameters',
  syntax: '<parameter>...',
  complexity: 'O(N) when N is the number of configuration parameters provided',
  history: [['7.0.0', 'Added the ability to pass multiple pattern parameters in one call']],
  propagation: 'none',
  execute({ node }, args, reply) {
    const patterns = Array.from({ length: args.count - 2 }, (_, i) => args.latin1(i + 2))
    const found = node.configuration.get(patterns)
    reply.map(found.size)
    for (const [name, value] of found) {
      reply.text(name)
      reply.text(value)
    }
  },
}

const set: ServerCommand = {
  name: 'set',
  arity: -4,
  flags: ADMIN_FLAGS,
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  group: 'server',
  since: '2.0.0',
  summary: 'Set configuration parameters to the given values',
  syntax: '<parameter value>...',
  complexity: 'O(N) when N is the number of configuration parameters provided',
  history: [['7.0.0', 'Added the ability to set multiple parameters in one call.']],
  propagation: 'none',
  execute({ node }, args, reply) {
    if (args.count % 2 !== 0) return reply.error("ERR wrong number of arguments for 'config|set' command")
    const changes: [string, string][] = []
    for (let i = 2; i < args.count; i += 2) changes.push([textOf(args, i), textOf(args, i + 1)])
    try {
      node.configuration.set(changes)
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error
      return reply.error(`ERR ${error.message}`)
    }
    reply.status('OK')
  },
}

const resetStat: ServerCommand = {
  name: 'resetstat',
  arity: 2,
  flags: ADMIN_FLAGS,
  group: 'server',
  since: '2.0.0',
  summary: 'Reset the stats returned by INFO',
  complexity: 'O(1)',
  propagation: 'none',
  execute({ node }, _args, reply) {
    node.statistics.reset()
    reply.status('OK')
  },
}

const rewrite: ServerCommand = {
  name: 'rewrite',
  arity: 2,
  flags: ADMIN_FLAGS,
  group: 'server',
  since: '2.8.0',
  summary: 'Rewrite the configuration file with the in memory configuration',
  complexity: 'O(1)',
  propagation: 'none',
  execute({ node }, _args, reply) {
    try {
      // Whom to follow is for SLAVEOF to say, and may have changed since.
      node.configuration.rewrite({ replicaof: node.slave.master })
    } catch (error) {
      if (error instanceof ConfigFileError) {
        node.logger.error({ err: error }, 'CONFIG REWRITE failed')
        return reply.error(`ERR Rewriting config file: ${error.message}`)
      }
      if (!(error instanceof ConfigurationError)) throw error
      return reply.error(`ERR ${error.message}`)
    }
    reply.status('OK')
  },
}

/** CONFIG. */
export const configCommand: ServerCommand = {
  name: 'config',
  arity: -2,
  flags: [],
  group: 'server',
  since: '2.0.0',
  summary: 'A container for server configuration commands',
  helpSince: '5.0.0',
  complexity: 'Depends on subcommand.',
  propagation: 'none',
  subcommands: [get, resetStat, rewrite, set],
  execute(_context, _args, reply) {
    reply.error("ERR wrong number of arguments for 'config' command")
  },
}
