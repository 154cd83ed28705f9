import type { Node } from '../connection/client-context.ts'
import { type Fields, oneLine } from './fields.ts'

/** INFO persistence. The journal stands where Redis has its append-only file. */
export function persistenceSection(node: Node): Fields {
  const { store } = node
  const { isSaving, lastSaveAt, lastSaveDuration, lastError, savesDone, progress, startedAt } = store.persistence
  const { failure, pendingBytes, firstOffset, endOffset } = store.journal
  return [
    // The old data is served while another is loaded, so this node is never Redis's `loading`.
    ['loading', 0],
    ['async_loading', store.isLoading ? 1 : 0],
    ['current_save_keys_processed', progress?.records ?? 0],
    ['current_save_keys_total', progress?.totalRecords ?? 0],
    ['rdb_changes_since_last_save', node.unsavedChanges],
    ['rdb_bgsave_in_progress', isSaving ? 1 : 0],
    ['rdb_last_save_time', Math.floor(lastSaveAt / 1000)],
    ['rdb_last_bgsave_status', lastError === null ? 'ok' : 'err'],
    ['rdb_last_bgsave_time_sec', lastSaveDuration === null ? -1 : Math.round(lastSaveDuration / 1000)],
    ['rdb_current_bgsave_time_sec', startedAt === null ? -1 : Math.round((Date.now() - startedAt) / 1000)],
    ['rdb_saves', savesDone],
    ['aof_enabled', store.isPersistent ? 1 : 0],
    ['aof_rewrite_in_progress', 0],
    ['aof_rewrite_scheduled', 0],
    ['aof_last_bgrewrite_status', 'ok'],
    ['aof_last_write_status', failure === null ? 'ok' : 'err'],
    ...(store.isPersistent
      ? ([
          ['aof_current_size', endOffset - firstOffset],
          ['aof_pending_bio_fsync', 0],
          ['aof_buffer_length', pendingBytes],
        ] as const)
      : []),
    // What went wrong, for people; Redis has it only in the log.
    ...(failure === null ? [] : ([['aof_last_write_error', oneLine(failure.message)]] as const)),
    ...(lastError === null ? [] : ([['rdb_last_bgsave_error', oneLine(lastError.message)]] as const)),
  ]
}
