import type { Command, CommandArguments } from '@repl/store'
import type { ClientContext } from '../connection/client-context.ts'
import { integerOf, NOT_AN_INTEGER } from './argument-text.ts'

type ServerCommand = Command<ClientContext>

const WAIT_ON_REPLICA =
  'ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is configured to be writable (which is not the default) writes to replicas are just local and are not propagated.'
const WAITAOF_ON_REPLICA =
  'ERR WAITAOF cannot be used with replica instances. Please also note that writes to replicas are just local and are not propagated.'
const WAITAOF_WITHOUT_FILE = 'ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.'

/** What a client that waits is told when the node becomes a slave. */
const UNBLOCKED = 'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)'

/** The longest time-out, in ms: Node's timers know no longer one. */
const LONGEST_WAIT = 2_147_483_647

/** Argument i as a time-out in ms, or the error to answer with. */
function timeoutOf(args: CommandArguments, i: number): number | string {
  const timeout = integerOf(args, i)
  if (timeout === null) return 'ERR timeout is not an integer or out of range'
  return timeout < 0 ? 'ERR timeout is negative' : Math.min(timeout, LONGEST_WAIT)
}

const wait: ServerCommand = {
  name: 'wait',
  arity: 3,
  flags: ['noscript'],
  tips: ['request_policy:all_shards', 'response_policy:agg_min'],
  group: 'generic',
  since: '3.0.0',
  summary:
    'Wait for the synchronous replication of all the write commands sent in the context of the current connection',
  syntax: 'numreplicas:integer timeout:integer',
  complexity: 'O(1)',
  propagation: 'none',
  execute({ client, node }, args, reply) {
    const { master, store } = node
    if (store.isReadOnly) return reply.error(WAIT_ON_REPLICA)
    const count = integerOf(args, 1)
    if (count === null) return reply.error(NOT_AN_INTEGER)
    const timeout = timeoutOf(args, 2)
    if (typeof timeout === 'string') return reply.error(timeout)
    const offset = client.lastWriteOffset
    const acknowledged = master.appliedBy(offset)
    if (acknowledged >= count || client.isInTransaction) return reply.integer(acknowledged)
    client.suspend(
      async (signal) => {
        const reached = await master.waitForAcknowledgements(count, offset, timeout)
        if (signal.aborted) return
        if (store.isReadOnly) reply.error(UNBLOCKED)
        else reply.integer(reached)
      },
      (error) => (error === null ? reply.integer(master.appliedBy(offset)) : reply.error(error)),
    )
  },
}

const waitaof: ServerCommand = {
  name: 'waitaof',
  arity: 4,
  flags: ['noscript', 'blocking'],
  tips: ['request_policy:all_shards', 'response_policy:agg_min'],
  group: 'generic',
  since: '7.2.0',
  summary:
    'Wait until the write commands of the current connection are on disk, here and on so many replicas, as Redis 7.2 does',
  syntax: 'numlocal:integer numreplicas:integer timeout:integer',
  complexity: 'O(1)',
  propagation: 'none',
  execute({ client, node }, args, reply) {
    const { master, store } = node
    const local = integerOf(args, 1)
    if (local === null) return reply.error(NOT_AN_INTEGER)
    if (local !== 0 && local !== 1) return reply.error('ERR value is out of range, value must between 0 and 1')
    const slaves = integerOf(args, 2)
    if (slaves === null) return reply.error(NOT_AN_INTEGER)
    if (slaves < 0) return reply.error('ERR value is out of range, must be positive')
    const timeout = timeoutOf(args, 3)
    if (typeof timeout === 'string') return reply.error(timeout)
    if (store.isReadOnly) return reply.error(WAITAOF_ON_REPLICA)
    if (local === 1 && !store.isPersistent) return reply.error(WAITAOF_WITHOUT_FILE)
    const offset = client.lastWriteOffset
    const answer = (): void => {
      const reached = master.durabilityOf(offset)
      reply.array(2)
      // Without a folder nothing is ever on this node's disk.
      reply.integer(store.isPersistent ? reached.local : 0)
      reply.integer(reached.slaves)
    }
    const now = master.durabilityOf(offset)
    if ((now.local >= local && now.slaves >= slaves) || client.isInTransaction) return answer()
    client.suspend(
      async (signal) => {
        await master.waitForDurability({ local, slaves }, offset, timeout)
        if (signal.aborted) return
        if (store.isReadOnly) reply.error(UNBLOCKED)
        else answer()
      },
      (error) => (error === null ? answer() : reply.error(error)),
    )
  },
}

/** Commands that wait until writes have reached other nodes, or disks. */
export const waitingCommands: readonly ServerCommand[] = [wait, waitaof]
