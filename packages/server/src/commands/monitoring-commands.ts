import type { Command, CommandDescription } from '@repl/store'
import type { ClientContext } from '../connection/client-context.ts'
import { integerOf } from './argument-text.ts'

type ServerCommand = Command<ClientContext>

const ADMIN_FLAGS = ['admin', 'loading', 'stale'] as const
const DEFAULT_SLOW_LOG_COUNT = 10

const monitor: ServerCommand = {
  name: 'monitor',
  arity: 1,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  group: 'server',
  since: '1.0.0',
  summary: 'Listen for all requests received by the server in real time',
  propagation: 'none',
  execute({ client, node }, _args, reply) {
    if (client.isInTransaction) return reply.error("ERR MONITOR isn't allowed for DENY BLOCKING client")
    // A second time it is not answered, as in Redis.
    if (node.monitors.has(client)) return
    node.monitors.add(client)
    reply.status('OK')
  },
}

const slowLogGet: ServerCommand = {
  name: 'get',
  arity: -2,
  flags: ADMIN_FLAGS,
  tips: ['request_policy:all_nodes', 'nondeterministic_output'],
  group: 'server',
  since: '2.2.12',
  summary: "Get the slow log's entries",
  syntax: '[count:integer]',
  complexity: 'O(N) where N is the number of entries returned',
  history: [['4.0.0', 'Added client IP address, port and name to the reply.']],
  propagation: 'none',
  execute({ node }, args, reply) {
    const count = args.count > 2 ? integerOf(args, 2) : DEFAULT_SLOW_LOG_COUNT
    if (args.count > 3) return reply.error("ERR wrong number of arguments for 'slowlog|get' command")
    if (count === null || count < -1) return reply.error('ERR count should be greater than or equal to -1')
    const entries = node.slowLog.entries(count)
    reply.array(entries.length)
    for (const { id, at, microseconds, words, address, clientName } of entries) {
      reply.array(6)
      reply.integer(id)
      reply.integer(at)
      reply.integer(microseconds)
      reply.array(words.length)
      for (const word of words) reply.bulk(word, 0, word.length)
      reply.text(address)
      reply.text(clientName)
    }
  },
}

const slowLogLength: ServerCommand = {
  name: 'len',
  arity: 2,
  flags: ADMIN_FLAGS,
  tips: ['request_policy:all_nodes', 'response_policy:agg_sum', 'nondeterministic_output'],
  group: 'server',
  since: '2.2.12',
  summary: "Get the slow log's length",
  complexity: 'O(1)',
  propagation: 'none',
  execute: ({ node }, _args, reply) => reply.integer(node.slowLog.length),
}

const slowLogReset: ServerCommand = {
  name: 'reset',
  arity: 2,
  flags: ADMIN_FLAGS,
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  group: 'server',
  since: '2.2.12',
  summary: 'Clear all entries from the slow log',
  complexity: 'O(N) where N is the number of entries in the slowlog',
  propagation: 'none',
  execute({ node }, _args, reply) {
    node.slowLog.reset()
    reply.status('OK')
  },
}

/** A command that is nothing without its subcommands. */
function container(description: CommandDescription, subcommands: readonly ServerCommand[]): ServerCommand {
  return {
    ...description,
    arity: -2,
    flags: [],
    group: 'server',
    complexity: 'Depends on subcommand.',
    propagation: 'none',
    subcommands,
    execute: (_context, _args, reply) => reply.error(`ERR wrong number of arguments for '${description.name}' command`),
  }
}

const LATENCY = {
  flags: ['admin', 'noscript', 'loading', 'stale'],
  tips: ['nondeterministic_output', 'request_policy:all_nodes', 'response_policy:special'],
  group: 'server',
  since: '2.8.13',
  complexity: 'O(1)',
  propagation: 'none',
} as const

/** There is no latency monitor: INFO's `event_loop_delay_max_ms` and SLOWLOG tell what held the server up. */
const latencySubcommands: readonly ServerCommand[] = [
  {
    ...LATENCY,
    name: 'doctor',
    arity: 2,
    summary: 'Return a human readable latency analysis report.',
    execute: (_context, _args, reply) =>
      reply.verbatim(
        'Latency events are not recorded here. See event_loop_delay_max_ms in INFO stats, and SLOWLOG GET.\n',
      ),
  },
  {
    ...LATENCY,
    name: 'history',
    arity: 3,
    summary: 'Return timestamp-latency samples for the event.',
    syntax: 'event',
    execute: (_context, _args, reply) => reply.array(0),
  },
  {
    ...LATENCY,
    name: 'latest',
    arity: 2,
    summary: 'Return the latest latency samples for all events.',
    execute: (_context, _args, reply) => reply.array(0),
  },
  {
    ...LATENCY,
    name: 'reset',
    arity: -2,
    tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
    summary: 'Reset latency data for one or more events.',
    syntax: '[event...]',
    execute: (_context, _args, reply) => reply.integer(0),
  },
]

const MEMORY = {
  arity: 2,
  flags: [],
  tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'],
  group: 'server',
  since: '4.0.0',
  propagation: 'none',
} as const

const memorySubcommands: readonly ServerCommand[] = [
  {
    ...MEMORY,
    name: 'doctor',
    summary: 'Outputs memory problems report',
    complexity: 'O(1)',
    execute: (_context, _args, reply) =>
      reply.verbatim(
        'There is no allocator here whose fragmentation could be examined. MEMORY STATS has the figures.\n',
      ),
  },
  {
    ...MEMORY,
    name: 'purge',
    tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
    summary: 'Ask the allocator to release memory',
    complexity: 'Depends on how much memory is allocated, could be slow',
    execute: (_context, _args, reply) => reply.status('OK'),
  },
  {
    ...MEMORY,
    name: 'stats',
    summary: 'Show memory usage details',
    complexity: 'O(1)',
    execute({ node }, _args, reply) {
      const { dataSet } = node.store
      const { rss } = process.memoryUsage()
      const keys = dataSet.size
      const figures: [string, number][] = [
        ['peak.allocated', Math.max(node.statistics.peakMemory, rss)],
        ['total.allocated', rss],
        ['replication.backlog', node.configuration.values.replBacklogSize],
        ['keys.count', keys],
        ['keys.bytes-per-key', keys === 0 ? 0 : Math.floor(dataSet.usedMemory / keys)],
        ['dataset.bytes', dataSet.usedMemory],
      ]
      reply.map(figures.length + 1)
      for (const [name, figure] of figures) {
        reply.text(name)
        reply.integer(figure)
      }
      reply.text('dataset.percentage')
      reply.double((dataSet.usedMemory / rss) * 100)
    },
  },
]

const slowLogCommand = container(
  { name: 'slowlog', since: '2.2.12', summary: 'A container for slow log commands', helpSince: '6.2.0' },
  [slowLogGet, slowLogLength, slowLogReset],
)

const latencyCommand = container(
  { name: 'latency', since: '2.8.13', summary: 'A container for latency diagnostics commands' },
  latencySubcommands,
)

const memoryCommand = container(
  { name: 'memory', since: '4.0.0', summary: 'A container for memory diagnostics commands' },
  memorySubcommands,
)

/** What shows how the server is doing, beside INFO. */
export const monitoringCommands: readonly ServerCommand[] = [monitor, slowLogCommand, latencyCommand, memoryCommand]
