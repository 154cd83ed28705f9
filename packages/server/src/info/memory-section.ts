import { totalmem } from 'node:os'
import { humanSize } from '../configuration/memory-size.ts'
import type { Node } from '../connection/client-context.ts'
import type { Fields } from './fields.ts'

/** INFO memory. What Node uses for itself counts as overhead. */
export function memorySection({ store, statistics }: Node): Fields {
  const { rss, heapUsed, external } = process.memoryUsage()
  let allocated = 0
  for (const [, keySpace] of store.dataSet.databases()) allocated += keySpace.allocatedMemory
  const { usedMemory: dataset } = store.dataSet
  const used = heapUsed + external + allocated
  statistics.peakMemory = Math.max(statistics.peakMemory, used)
  const { firstOffset, endOffset } = store.journal
  const backlog = Math.min(endOffset - firstOffset, store.backlogBytes)
  return [
    ['used_memory', used],
    ['used_memory_human', humanSize(used)],
    ['used_memory_rss', rss],
    ['used_memory_rss_human', humanSize(rss)],
    ['used_memory_peak', statistics.peakMemory],
    ['used_memory_peak_human', humanSize(statistics.peakMemory)],
    ['used_memory_peak_perc', `${((used / statistics.peakMemory) * 100).toFixed(2)}%`],
    ['used_memory_overhead', used - dataset],
    ['used_memory_dataset', dataset],
    ['used_memory_dataset_perc', `${((dataset / used) * 100).toFixed(2)}%`],
    ['allocator_allocated', used],
    ['allocator_active', used],
    ['allocator_resident', rss],
    ['total_system_memory', totalmem()],
    ['total_system_memory_human', humanSize(totalmem())],
    ['maxmemory', 0],
    ['maxmemory_human', '0B'],
    ['maxmemory_policy', 'noeviction'],
    ['mem_fragmentation_ratio', (rss / used).toFixed(2)],
    ['mem_fragmentation_bytes', rss - used],
    ['mem_not_counted_for_evict', 0],
    ['mem_replication_backlog', backlog],
    ['mem_total_replication_buffers', backlog],
    ['mem_aof_buffer', store.journal.pendingBytes],
    ['mem_allocator', 'arena'],
    ['active_defrag_running', 0],
    ['lazyfree_pending_objects', 0],
    ['lazyfreed_objects', 0],
  ]
}
