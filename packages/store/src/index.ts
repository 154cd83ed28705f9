export {
  type Child,
  type ChildEnd,
  ChildLaunchError,
  type ChildLauncher,
  type ChildTask,
} from './children/child-launcher.ts'
export type { CompactLimits } from './collections/compact-limits.ts'
export type {
  Command,
  CommandDescription,
  CommandFlag,
  CommandGroup,
  KeyPositions,
  KeySpecification,
  Propagation,
} from './commands/command.ts'
export { CommandArguments } from './commands/command-arguments.ts'
export type { CommandContext, KeyspaceEventClass } from './commands/command-context.ts'
export { CommandLookup, wrongArity } from './commands/command-lookup.ts'
export { storeCommands } from './commands/command-table.ts'
export { doubleText } from './commands/double-text.ts'
export { shownArgument } from './commands/error-texts.ts'
export { GlobPattern } from './commands/glob-pattern.ts'
export { type Int64, parseInt64 } from './commands/integer-text.ts'
export type { Reply } from './commands/reply.ts'
export { ReplyError, type ReplyValue, ValueReply } from './commands/value-reply.ts'
export { Digest } from './digest/digest.ts'
export { digestSnapshot } from './digest/snapshot-digest.ts'
export type { Disk, DiskFile, DiskOpenMode } from './disk/disk.ts'
export { nodeDisk } from './disk/node-disk.ts'
export { CommandStreamError } from './journal/command-stream.ts'
export type { FsyncPolicy, Journal } from './journal/journal.ts'
export { PENDING_LIMIT } from './journal/journal.ts'
export {
  JournalClosedError,
  JournalDamagedError,
  JournalForeignSegmentError,
  JournalRangeError,
  JournalVersionError,
  JournalWriteError,
} from './journal/journal-errors.ts'
export type { JournalReader } from './journal/journal-reader.ts'
export type { JournalRetention } from './journal/journal-retention.ts'
export type { KeySpace } from './keyspace/key-space.ts'
export {
  type IncomingSnapshot,
  type IncomingSnapshotDescription,
  IncomingSnapshotError,
} from './persistence/incoming-snapshot.ts'
export { PersistingChildError } from './persistence/persisting-child-error.ts'
export { isSnapshotId, type SnapshotDraft, type SnapshotFile } from './persistence/snapshot-file.ts'
export type { PersistingProgress } from './persistence/snapshot-persister.ts'
export type { ReachedOptions } from './store/applied-waiters.ts'
export { DATABASES, type DataSet } from './store/data-set.ts'
export { digestDataSet } from './store/data-set-digest.ts'
export type { KeyspaceListener, MessageListener } from './store/executor.ts'
export { type FormerHistory, type History, isPrefixOf, NO_REPLICATION_ID, type ReplicationId } from './store/history.ts'
export { ManifestDamagedError } from './store/manifest.ts'
export type { PersistenceStatus, SnapshotUnderWay } from './store/snapshot-keeper.ts'
export { HELD_REFUSAL, READONLY_REFUSAL, Store } from './store/store.ts'
export { StoreError, type StoreErrorCode } from './store/store-error.ts'
export type { StoreEvents } from './store/store-events.ts'
export { resolveStoreOptions, type StoreOptions } from './store/store-options.ts'
export type { WaitingClient } from './store/waiting-clients.ts'
export { Watch } from './store/watched-keys.ts'
