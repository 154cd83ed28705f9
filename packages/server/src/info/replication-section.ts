import { NO_REPLICATION_ID } from '@repl/store'
import type { Node } from '../connection/client-context.ts'
import { type Fields, oneLine } from './fields.ts'
import { ownReplicationFields } from './own-replication-fields.ts'

/** INFO replication. */
export function replicationSection(node: Node): Fields {
  const { store, master } = node
  const { replicationId, former } = store.history
  const { firstOffset, endOffset } = store.journal
  const slaves = master.slaves
  return [
    ['role', store.isReadOnly ? 'slave' : 'master'],
    ...(store.isReadOnly ? slaveFields(node) : []),
    ['connected_slaves', slaves.length],
    ...slaves.map(
      ({ address, port, state, receivedOffset, durableOffset, lag }, i) =>
        [
          `slave${i}`,
          `ip=${address},port=${port},state=${state},offset=${receivedOffset},lag=${lag},durable_offset=${durableOffset}`,
        ] as const,
    ),
    ['master_failover_state', 'no-failover'],
    ['master_replid', replicationId],
    ['master_replid2', former[0]?.replicationId ?? NO_REPLICATION_ID],
    ['master_repl_offset', endOffset],
    ['second_repl_offset', former[0]?.offset ?? -1],
    ['repl_backlog_active', 1],
    ['repl_backlog_size', store.options.backlogBytes],
    ['repl_backlog_first_byte_offset', firstOffset],
    ['repl_backlog_histlen', endOffset - firstOffset],
    ...ownReplicationFields(node),
  ]
}

function slaveFields({ store, slave }: Node): Fields {
  const now = Date.now()
  const { master, state, progress, lastError, downSince, lastIoAt } = slave
  const isUp = state === 'connected'
  const isSynchronizing = state === 'sync' || state === 'transfer' || state === 'loading'
  const seconds = (since: number): number => Math.max(0, Math.floor((now - since) / 1000))
  return [
    ['master_host', master?.host ?? ''],
    ['master_port', master?.port ?? 0],
    ['master_link_status', isUp ? 'up' : 'down'],
    ['master_last_io_seconds_ago', isUp && lastIoAt > 0 ? seconds(lastIoAt) : -1],
    ['master_sync_in_progress', isSynchronizing ? 1 : 0],
    ['slave_read_repl_offset', store.offset],
    ['slave_repl_offset', store.appliedOffset],
    ...(isSynchronizing
      ? ([
          ['master_sync_total_bytes', progress?.size ?? 0],
          ['master_sync_read_bytes', progress?.bytes ?? 0],
          ['master_sync_left_bytes', (progress?.size ?? 0) - (progress?.bytes ?? 0)],
          ['master_sync_perc', progress?.size ? ((progress.bytes / progress.size) * 100).toFixed(2) : '0.00'],
          ['master_sync_last_io_seconds_ago', lastIoAt > 0 ? seconds(lastIoAt) : -1],
        ] as const)
      : []),
    ...(isUp ? [] : ([['master_link_down_since_seconds', downSince === null ? -1 : seconds(downSince)]] as const)),
    ['slave_priority', 100],
    ['slave_read_only', 1],
    ['replica_announced', 1],
    // Ours: the state in full, and why the last attempt or link failed.
    ['master_link_state', state],
    ...(lastError === null
      ? []
      : ([
          ['master_link_error_code', lastError.code],
          ['master_link_error', oneLine(lastError.message)],
        ] as const)),
  ]
}
