import type { Command } from '@repl/store'
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
  propagation: 'none',
  execute({ node }, _args, reply) {
    node.slowLog.reset()
    reply.status('OK')
  },
}

function container(name: string, since: string, summary: string, subcommands: readonly ServerCommand[]): ServerCommand {
  return {
    name,
    arity: -2,
    flags: [],
    group: 'server',
    since,
    summary,
    propagation: 'none',
    subcommands,
    execute: (_context, _args, reply) => reply.error(`ERR wrong number of arguments for '${name}' command`),
  }
}

const READING_TIPS = ['nondeterministic_output', 'request_policy:all_nodes', 'response_policy:special'] as const
const RESETTING_TIPS = ['request_policy:all_nodes', 'response_policy:all_succeeded'] as const

function latency(name: string, arity: number, summary: string, execute: ServerCommand['execute']): ServerCommand {
  return {
    name,
    arity,
    flags: ['admin', 'noscript', 'loading', 'stale'],
    tips: name === 'reset' ? RESETTING_TIPS : READING_TIPS,
    group: 'server',
    since: '2.8.13',
    summary,
    propagation: 'none',
    execute,
  }
}

/** There is no latency monitor: INFO's `event_loop_delay_max_ms` and SLOWLOG tell what held the server up. */
const latencySubcommands = [
  latency('doctor', 2, 'Return a human readable latency analysis report.', (_context, _args, reply) =>
    reply.verbatim(
      'Latency events are not recorded here. See event_loop_delay_max_ms in INFO stats, and SLOWLOG GET.\n',
    ),
  ),
  latency('history', 3, 'Return timestamp-latency samples for the event.', (_context, _args, reply) => reply.array(0)),
  latency('latest', 2, 'Return the latest latency samples for all events.', (_context, _args, reply) => reply.array(0)),
  latency('reset', -2, 'Reset latency data for one or more events.', (_context, _args, reply) => reply.integer(0)),
]

function memory(name: string, summary: string, execute: ServerCommand['execute']): ServerCommand {
  const tips =
    name === 'purge'
      ? ['request_policy:all_shards', 'response_policy:all_succeeded']
      : ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special']
  return { name, arity: 2, flags: [], tips, group: 'server', since: '4.0.0', summary, propagation: 'none', execute }
}

const memorySubcommands = [
  memory('doctor', 'Outputs memory problems report', (_context, _args, reply) =>
    reply.verbatim('There is no allocator here whose fragmentation could be examined. MEMORY STATS has the figures.\n'),
  ),
  memory('purge', 'Ask the allocator to release memory', (_context, _args, reply) => reply.status('OK')),
  memory('stats', 'Show memory usage details', ({ node }, _args, reply) => {
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
  }),
]

/** What shows how the server is doing, beside INFO. */
export const monitoringCommands: readonly ServerCommand[] = [
  monitor,
  container('slowlog', '2.2.12', 'A container for slow log commands', [slowLogGet, slowLogLength, slowLogReset]),
  container('latency', '2.8.13', 'A container for latency diagnostics commands', latencySubcommands),
  container('memory', '4.0.0', 'A container for memory diagnostics commands', memorySubcommands),
]
