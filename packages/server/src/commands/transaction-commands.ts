import type { Command } from '@repl/store'
import type { ClientContext } from '../connection/client-context.ts'

type ServerCommand = Command<ClientContext>

/** The most keys that one client may watch. */
const MAXIMUM_WATCHED_KEYS = 1024 * 1024

const multi: ServerCommand = {
  name: 'multi',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  group: 'transactions',
  since: '1.2.0',
  summary: 'Mark the start of a transaction block',
  complexity: 'O(1)',
  propagation: 'none',
  execute({ client }, _args, reply) {
    if (client.transaction !== null) return reply.error('ERR MULTI calls can not be nested')
    client.beginTransaction()
    reply.status('OK')
  },
}

const exec: ServerCommand = {
  name: 'exec',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'skip_slowlog'],
  group: 'transactions',
  since: '1.2.0',
  summary: 'Execute all commands issued after MULTI',
  complexity: 'Depends on commands in the transaction',
  propagation: 'none',
  execute(context, _args, reply) {
    const { client, node } = context
    const { transaction } = client
    if (transaction === null) return reply.error('ERR EXEC without MULTI')
    const isWatchBroken = node.store.isWatchBroken(client.watch)
    client.endTransaction()
    if (transaction.isAborted) return reply.error('EXECABORT Transaction discarded because of previous errors.')
    if (isWatchBroken) return reply.nilArray()
    const { commands } = transaction
    reply.array(commands.length)
    client.carryOutTransaction(() => {
      for (const { command, args } of commands) {
        command.execute(context, args, reply)
        node.monitors.feed(context, command, args)
      }
    })
    client.lastCommand = 'exec'
  },
}

const discard: ServerCommand = {
  name: 'discard',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  group: 'transactions',
  since: '2.0.0',
  summary: 'Discard all commands issued after MULTI',
  complexity: 'O(N), when N is the number of queued commands',
  propagation: 'none',
  execute({ client }, _args, reply) {
    if (client.transaction === null) return reply.error('ERR DISCARD without MULTI')
    client.endTransaction()
    reply.status('OK')
  },
}

const watch: ServerCommand = {
  name: 'watch',
  arity: -2,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  keyAccess: 'RO',
  keys: { first: 1, last: -1, step: 1 },
  group: 'transactions',
  since: '2.2.0',
  summary: 'Watch the given keys to determine execution of the MULTI/EXEC block',
  syntax: 'key...',
  complexity: 'O(1) for every key.',
  propagation: 'none',
  execute({ client, node }, args, reply) {
    if (client.transaction !== null) return reply.error('ERR WATCH inside MULTI is not allowed')
    // What is lost already can't be won back.
    if (!client.watch.isBroken) {
      if (client.watch.keys.length + args.count - 1 > MAXIMUM_WATCHED_KEYS) {
        return reply.error(`ERR a client can watch at most ${MAXIMUM_WATCHED_KEYS} keys`)
      }
      for (let i = 1; i < args.count; i++) node.store.watch(client.watch, client.database, args.copy(i))
    }
    reply.status('OK')
  },
}

const unwatch: ServerCommand = {
  name: 'unwatch',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  group: 'transactions',
  since: '2.2.0',
  summary: 'Forget about all watched keys',
  complexity: 'O(1)',
  propagation: 'none',
  execute({ client }, _args, reply) {
    client.unwatch()
    reply.status('OK')
  },
}

/** Commands that are carried out together, or not at all. */
export const transactionCommands: readonly ServerCommand[] = [multi, exec, discard, watch, unwatch]
