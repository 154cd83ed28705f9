import type { Command, CommandDescription, Reply } from '@repl/store'
import type { Client, ClientContext, Node } from '../connection/client-context.ts'
import { integerOf, textOf, wordOf } from './argument-text.ts'
import { failoverCommand } from './failover-command.ts'
import { offsetCommands } from './offset-commands.ts'
import { waitingCommands } from './waiting-commands.ts'

type ServerCommand = Command<ClientContext>

function follow(description: Omit<CommandDescription, 'summary'>): ServerCommand {
  return {
    ...description,
    arity: 3,
    // Not in a transaction, since to follow no one may take its time.
    flags: ['admin', 'noscript', 'stale', 'no_async_loading', 'no_multi'],
    group: 'server',
    summary: 'Make the server a replica of another instance, or promote it as master.',
    syntax: '<args: <host-port: host port:integer> | <no-one: NO ONE>>',
    complexity: 'O(1)',
    propagation: 'none',
    execute({ client, node }, args, reply) {
      if (node.failover.state !== 'no-failover') return reply.error('ERR REPLICAOF not allowed while failing over.')
      if (wordOf(args, 1) === 'no' && wordOf(args, 2) === 'one') {
        node.logger.info({ client: client.address }, 'told to follow no one')
        return followNoOne(node, client, reply)
      }
      const host = textOf(args, 1)
      const port = integerOf(args, 2)
      if (port === null || port < 1 || port > 65535) return reply.error('ERR Invalid master port')
      const { master } = node.slave
      if (master !== null && master.host === host && master.port === port) {
        return reply.status('OK Already connected to specified master')
      }
      try {
        node.slave.slaveof(host, port)
      } catch (error) {
        return reply.error(`ERR ${error instanceof Error ? error.message : String(error)}`)
      }
      node.logger.info({ client: client.address, master: `${host}:${port}` }, 'told to follow a master')
      reply.status('OK')
    },
  }
}

/** Answers when this node takes writes, so that the client's next command may be one. */
function followNoOne(node: Node, client: Client, reply: Reply): void {
  node.slave.slaveof(null)
  if (!node.store.isReadOnly) {
    reply.status('OK')
    return
  }
  client.suspend(async () => {
    // A promotion under way is shared; a slave that had lost its master's address is promoted only here.
    await node.store.promote()
    reply.status('OK')
  })
}

const role: ServerCommand = {
  name: 'role',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast'],
  group: 'server',
  since: '2.8.12',
  summary: 'Return the role of the instance in the context of replication',
  complexity: 'O(1)',
  propagation: 'none',
  execute({ node }, _args, reply) {
    const { store, slave, master } = node
    if (store.isReadOnly) {
      reply.array(5)
      reply.text('slave')
      reply.text(slave.master?.host ?? '')
      reply.integer(slave.master?.port ?? 0)
      reply.text(ROLE_STATES[slave.state])
      reply.integer(store.appliedOffset)
      return
    }
    const online = master.slaves.filter(({ state }) => state === 'online')
    reply.array(3)
    reply.text('master')
    reply.integer(store.offset)
    reply.array(online.length)
    for (const each of online) {
      reply.array(3)
      reply.text(each.address)
      reply.text(String(each.port))
      reply.text(String(each.receivedOffset))
    }
  },
}

/** Redis's word in ROLE for each state of a slave. */
const ROLE_STATES: Readonly<Record<Node['slave']['state'], string>> = {
  none: 'none',
  connect: 'connect',
  connecting: 'connecting',
  handshake: 'handshake',
  sync: 'sync',
  transfer: 'sync',
  loading: 'sync',
  connected: 'connected',
}

/** Who follows whom, and how far. */
export const replicationCommands: readonly ServerCommand[] = [
  follow({ name: 'replicaof', since: '5.0.0' }),
  follow({ name: 'slaveof', since: '1.0.0', deprecation: { since: '5.0.0', replacement: '`REPLICAOF`' } }),
  role,
  ...offsetCommands,
  failoverCommand,
  ...waitingCommands,
]
