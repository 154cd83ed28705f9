import type { Command } from '@repl/store'
import type { ClientContext } from '../connection/client-context.ts'
import { integerOf } from './argument-text.ts'

type ServerCommand = Command<ClientContext>

/** The longest wait that a timer can be set for, in ms. */
const LONGEST_WAIT = 2 ** 31 - 1

const replOffset: ServerCommand = {
  name: 'reploffset',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast'],
  group: 'generic',
  since: '7.0.0',
  summary: "The offset of this client's last write, to be awaited on a slave by WAITOFFSET",
  complexity: 'O(1)',
  propagation: 'none',
  execute({ client, node }, _args, reply) {
    // Whoever has written nothing may want to read what others have.
    reply.integer(client.lastWriteOffset || node.store.offset)
  },
}

const waitOffset: ServerCommand = {
  name: 'waitoffset',
  arity: 3,
  flags: ['noscript', 'blocking'],
  group: 'generic',
  since: '7.0.0',
  summary: 'Wait until this node has applied the stream up to an offset: 1, or 0 after so many milliseconds',
  syntax: 'offset:integer timeout:integer',
  complexity: 'O(1)',
  propagation: 'none',
  execute({ client, node }, args, reply) {
    const offset = integerOf(args, 1)
    if (offset === null || offset < 0) return reply.error('ERR offset is not an integer or out of range')
    const timeout = integerOf(args, 2)
    if (timeout === null) return reply.error('ERR timeout is not an integer or out of range')
    if (timeout < 0) return reply.error('ERR timeout is negative')
    const { store } = node
    if (store.appliedOffset >= offset) return reply.integer(1)
    if (!store.isReadOnly) return reply.integer(0)
    client.suspend(async (signal) => {
      const isReached = await store.reached(offset, { timeout: Math.min(timeout, LONGEST_WAIT), signal })
      if (!signal.aborted) reply.integer(isReached ? 1 : 0)
    })
  },
}

/** Reading your writes on a slave. */
export const offsetCommands: readonly ServerCommand[] = [replOffset, waitOffset]
