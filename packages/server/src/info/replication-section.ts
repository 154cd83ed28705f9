import { NO_REPLICATION_ID } from '@repl/store'
import type { Node } from '../connection/client-context.ts'
import { type Fields, oneLine } from './fields.ts'
import { ownReplicationFields } from './own-replication-fields.ts'

/** INFO replication. */
export function replicationSection(node: Node): Fields {
  const { store, master } = node
  const { replicationId, former } = store.history
  const { firstOffset, endOffset } = store.journal
  const { minReplicasToWrite, minReplicasMaxLag } = node.configuration.values
  const slaves = master.slaves
  return [
    ['role', store.isReadOnly ? 'slave' : 'master'],
    ...(store.isReadOnly ? slaveFields(node) : []),
    ['connected_slaves', slaves.length],
    ...(minReplicasToWrite > 0 && minReplicasMaxLag > 0
      ? ([['min_slaves_good_slaves', master.goodSlaves]] as const)
      : []),
    ...slaves.map(
      ({ address, port, state, receivedOffset, durableOffset, lag }, i) =>
        [
          `slave${i}`,
          `ip=${address},port=${port},state=${state},offset=${receivedOffset},lag=${lag},durable_offset=${durableOffset}`,
        ] as const,
    ),
    ['master_failover_state', node.failover.state],
    ['master_replid', replicationId],
    ['master_replid2', former[0]?.replicationId ?? NO_REPLICATION_ID],
    ['master_repl_offset', endOffset],
    // Redis counts the bytes of the stream from 1 on: it names the first byte that is no longer of the second id.
    ['second_repl_offset', former[0] === undefined ? -1 : former[0].offset + 1],
    ['repl_backlog_active', 1],
    ['repl_backlog_size', store.backlogBytes],
    ['repl_backlog_first_byte_offset', firstOffset + 1],
    ['repl_backlog_histlen', endOffset - firstOffset],
    ...ownReplicationFields(node),
  ]
}

function slaveFields({ store, slave, configuration }: Node): Fields {
  const { replicaPriority, replicaAnnounced } = configuration.values
  const now = Date.now()
  const { master, state, progress, lastError, downSince, lastIoAt } = slave
  const isUp = state === 'connected'
  const isSynchronizing = state === 'sync' || state === 'transfer' || state === 'loading'
  const lastHeardAt = Math.max(lastIoAt, progress === null ? 0 : slave.transferIoAt)
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
          ['master_sync_left_bytes', Math.max(0, (progress?.size ?? 0) - (progress?.bytes ?? 0))],
          ['master_sync_perc', progress?.size ? ((progress.bytes / progress.size) * 100).toFixed(2) : '0.00'],
          ['master_sync_last_io_seconds_ago', lastHeardAt > 0 ? seconds(lastHeardAt) : -1],
        ] as const)
      : []),
    ...(isUp ? [] : ([['master_link_down_since_seconds', downSince === null ? -1 : seconds(downSince)]] as const)),
    ['slave_priority', replicaPriority],
    ['slave_read_only', 1],
    ['replica_announced', replicaAnnounced ? 1 : 0],
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
