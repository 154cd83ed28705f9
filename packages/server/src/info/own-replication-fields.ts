import type { Node } from '../connection/client-context.ts'
import type { Fields } from './fields.ts'

/** What INFO replication says beyond Redis's fields. */
export function ownReplicationFields(node: Node): Fields {
  const { master, store } = node
  return [...digestFields(master), ...(store.isReadOnly ? slaveDigestFields(node) : [])]
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
