import type { Node } from '../connection/client-context.ts'
import type { Fields } from './fields.ts'

/** INFO stats. `event_loop_delay_max_ms` is ours: the longest that a turn of the event loop kept a timer waiting. */
export function statisticsSection({ statistics, store, master, slave, channels }: Node): Fields {
  const { expiredKeys, keyspaceHits, keyspaceMisses } = store.statistics
  const kilobytes = (bytes: number): string => (bytes / 1024).toFixed(2)
  return [
    ['total_connections_received', statistics.connectionsReceived],
    ['total_commands_processed', statistics.commandsProcessed],
    ['instantaneous_ops_per_sec', Math.round(statistics.operationsPerSecond)],
    ['total_net_input_bytes', statistics.inputBytes],
    ['total_net_output_bytes', statistics.outputBytes],
    ['total_net_repl_input_bytes', slave.statistics.bytesReceived],
    ['total_net_repl_output_bytes', master.statistics.bytesSent],
    ['instantaneous_input_kbps', kilobytes(statistics.inputBytesPerSecond)],
    ['instantaneous_output_kbps', kilobytes(statistics.outputBytesPerSecond)],
    ['rejected_connections', statistics.connectionsRejected],
    ['sync_full', master.statistics.fullSynchronizations],
    ['sync_partial_ok', master.statistics.partialAccepted],
    ['sync_partial_err', master.statistics.partialRefused],
    ['expired_keys', expiredKeys],
    ['evicted_keys', 0],
    ['evicted_clients', 0],
    ['keyspace_hits', keyspaceHits],
    ['keyspace_misses', keyspaceMisses],
    ['pubsub_channels', channels.channelCount],
    ['pubsub_patterns', channels.patternCount],
    ['pubsubshard_channels', channels.shardChannelCount],
    ['latest_fork_usec', 0],
    ['total_forks', store.persistence.savesDone],
    ['total_error_replies', statistics.errorReplies],
    ['total_reads_processed', statistics.readsProcessed],
    ['total_writes_processed', statistics.writesProcessed],
    ['event_loop_delay_max_ms', statistics.maximumEventLoopDelay.toFixed(3)],
  ]
}
