import type { Node } from '../connection/client-context.ts'
import type { Fields } from './fields.ts'

/** What INFO replication says beyond Redis's fields. */
export function ownReplicationFields(node: Node): Fields {
  const { master, store } = node
  return [
    ...retentionFields(store),
    ...limitFields(master),
    ...digestFields(master),
    ...(store.isReadOnly ? slaveDigestFields(node) : []),
  ]
}

function retentionFields({ journal, journalRetention }: Node['store']): Fields {
  return [
    ['repl_journal_first_offset', journal.firstOffset],
    ['repl_journal_retained', journal.endOffset - journal.firstOffset],
    ['repl_journal_retain_size', journalRetention.bytes],
    ['repl_journal_retain_time', Math.floor(journalRetention.milliseconds / 1000)],
  ]
}

function limitFields({ statistics, slaves, options }: Node['master']): Fields {
  const waiting = slaves
    .filter(({ queuePlace }) => queuePlace > 0)
    .map(({ address, port, queuePlace }) => `${queuePlace}:${address}:${port}`)
  return [
    ['repl_transfers', statistics.transfers],
    ['repl_transfers_waiting', statistics.transfersWaiting],
    ...(waiting.length === 0 ? [] : ([['repl_transfers_line', waiting.join(',')]] as const)),
    ['repl_bytes_carried', statistics.bytesCarried],
    ['repl_bytes_sent', statistics.bytesSent],
    ['repl_compression', options.compression ? 'zstd' : 'none'],
    ['repl_full_sync_gate_until', Math.floor(options.fullSynchronizationGate / 1000)],
  ]
}

function digestFields({ lastDigest, statistics }: Node['master']): Fields {
  return [
    ['repl_digests_announced', statistics.digestsAnnounced],
    ...(lastDigest === null
      ? []
      : ([
          ['repl_digest_offset', lastDigest.offset],
          ['repl_digest', lastDigest.digest],
        ] as const)),
  ]
}

function slaveDigestFields({ slave }: Node): Fields {
  const { digestChecks, digestMismatches, memoryChecks } = slave.statistics
  const { lastCheckedOffset, lastDivergence, queuePlace } = slave
  return [
    ['slave_digest_checks', digestChecks],
    ['slave_digest_memory_checks', memoryChecks],
    ['slave_digest_mismatches', digestMismatches],
    ['slave_digest_equal_offset', lastCheckedOffset],
    ...(lastDivergence === null ? [] : ([['slave_digest_mismatch_offset', lastDivergence.offset]] as const)),
    ['master_sync_queue_place', queuePlace],
  ]
}
