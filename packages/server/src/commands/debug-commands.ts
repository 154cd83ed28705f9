import {
  type Command,
  CommandArguments,
  type CommandContext,
  type ReplyValue,
  storeCommands,
  ValueReply,
} from '@repl/store'
import type { ClientContext } from '../connection/client-context.ts'

type ServerCommand = Command<ClientContext>

const ADMIN_FLAGS = ['admin', 'noscript', 'loading', 'stale'] as const

const SECOND_KEY = { first: 2, last: 2, step: 1 }

const digest: ServerCommand = {
  name: 'digest',
  arity: 2,
  // It reads the data in slices, and answers when it is through.
  flags: [...ADMIN_FLAGS, 'no_multi'],
  group: 'server',
  since: '1.0.0',
  summary: 'A digest of the data set: equal on two nodes exactly when their data is.',
  complexity: 'O(N) where N is the size of all data, in slices between other commands',
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
  syntax: 'seconds:double',
  complexity: 'O(1), but nothing else is done meanwhile',
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
  keys: SECOND_KEY,
  keyAccess: 'RW update',
  group: 'server',
  since: '1.0.0',
  summary: 'Flip a bit of a string in memory behind the back of everything that keeps count, to see who notices.',
  syntax: 'key',
  complexity: 'O(1)',
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

/** DUMP's version and checksum, which are no part of the value. */
const DUMP_TRAILER_BYTES = 10

const object: ServerCommand = {
  name: 'object',
  arity: 3,
  flags: ADMIN_FLAGS,
  keys: SECOND_KEY,
  keyAccess: 'RO access',
  group: 'server',
  since: '1.0.0',
  summary: 'Show how the value of a key is kept.',
  syntax: 'key',
  complexity: 'O(N) where N is the size of the value',
  propagation: 'none',
  execute({ client, node }, args, reply) {
    const value = new ValueReply()
    const ask = (command: Command<CommandContext> | undefined, ...words: (string | Buffer)[]): ReplyValue => {
      if (command === undefined) return null
      node.store.execute(command, CommandArguments.of(...words, args.copy(2)), value, client.database)
      return value.take()
    }
    const isEncoding = ({ name }: Command<CommandContext>): boolean => name === 'encoding'
    const encoding = ask(storeCommands.get('object')?.subcommands?.find(isEncoding), 'object', 'encoding')
    if (encoding === null) return reply.error('ERR no such key')
    const dump = ask(storeCommands.get('dump'), 'dump')
    const length = dump instanceof Buffer ? dump.length - DUMP_TRAILER_BYTES : 0
    reply.status(`Value at:0x0 refcount:1 encoding:${encoding} serializedlength:${length} lru:0 lru_seconds_idle:0`)
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
  complexity: 'Depends on subcommand.',
  isInternal: true,
  propagation: 'none',
  subcommands: [digest, flipByte, object, sleep],
  execute(_context, _args, reply) {
    reply.error("ERR wrong number of arguments for 'debug' command")
  },
}
