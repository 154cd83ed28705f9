import type { Command } from '@repl/store'
import type { ClientContext } from '../connection/client-context.ts'

type ServerCommand = Command<ClientContext>

const ADMIN_FLAGS = ['admin', 'noscript', 'loading', 'stale'] as const

const digest: ServerCommand = {
  name: 'digest',
  arity: 2,
  // It reads the data in slices, and answers when it is through.
  flags: [...ADMIN_FLAGS, 'no_multi'],
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

const flipByte: ServerCommand = {
  name: 'flip-byte',
  arity: 3,
  flags: ADMIN_FLAGS,
  group: 'server',
  since: '1.0.0',
  summary: 'Flip a bit of a string in memory behind the back of everything that keeps count, to see who notices.',
  propagation: 'none',
  execute({ node }, args, reply) {
    const keySpace = node.store.dataSet.keySpace(0)
    const address = keySpace.find(args.bytes, args.starts[2]!, args.ends[2]!)
    if (address === 0 || keySpace.valueLength(address) === 0) return reply.error('ERR no such key')
    keySpace.bytesAt(address)[keySpace.valueStart(address)]! ^= 1
    node.logger.warn('DEBUG FLIP-BYTE has damaged a value in memory')
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
  subcommands: [digest, flipByte, sleep],
  execute(_context, _args, reply) {
    reply.error("ERR wrong number of arguments for 'debug' command")
  },
}
