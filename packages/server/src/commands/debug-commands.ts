import type { Command } from '@repl/store'
import type { ClientContext } from '../connection/client-context.ts'

type ServerCommand = Command<ClientContext>

const ADMIN_FLAGS = ['admin', 'noscript', 'loading', 'stale'] as const

const digest: ServerCommand = {
  name: 'digest',
  arity: 2,
  flags: ADMIN_FLAGS,
  group: 'server',
  since: '1.0.0',
  summary: 'A digest of the data set: equal on two nodes exactly when their data is.',
  propagation: 'none',
  execute({ client, node }, _args, reply) {
    client.suspend(async () => reply.status(await node.store.digestMemory()))
  },
}

const sleep: ServerCommand = {
  name: 'sleep',
  arity: 3,
  flags: ADMIN_FLAGS,
  group: 'server',
  since: '1.0.0',
  summary: 'Stop the whole server for so many seconds.',
  propagation: 'none',
  execute({ node }, args, reply) {
    const seconds = Number(args.latin1(2))
    if (!(seconds >= 0) || !Number.isFinite(seconds)) return reply.error('ERR value is not a valid float')
    node.logger.warn({ seconds }, 'DEBUG SLEEP stops everything')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, seconds * 1000)
    reply.status('OK')
  },
}

/** DEBUG. */
export const debugCommand: ServerCommand = {
  name: 'debug',
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  group: 'server',
  since: '1.0.0',
  summary: 'A container for debugging commands',
  propagation: 'none',
  subcommands: [digest, sleep],
  execute(_context, _args, reply) {
    reply.error("ERR wrong number of arguments for 'debug' command")
  },
}
