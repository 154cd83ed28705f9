import type { FsyncPolicy } from '@repl/store'
import type { OutputLimits } from '../connection/output-limits.ts'
import { normalizeEventFlags } from '../pubsub/keyspace-events.ts'
import { outputLimits } from './output-limit-setting.ts'
import { type ReplicaSettings, replicaSettings } from './replica-settings.ts'
import type { SavePoint } from './save-points.ts'
import {
  InvalidSettingError,
  integer,
  masterAddress,
  memory,
  oneOf,
  type SettingKind,
  savePoints,
  text,
} from './setting-kind.ts'

const MEBIBYTE = 1024 * 1024
const GIBIBYTE = 1024 * MEBIBYTE

/** How much a log says, least first. */
export type LogLevel = 'error' | 'warning' | 'notice' | 'verbose' | 'debug'

/** The values of all settings. */
export interface Settings extends ReplicaSettings {
  port: number
  bind: string
  /** The folder of the data; empty for a server that keeps nothing across restarts. */
  dir: string
  replicaof: { readonly host: string; readonly port: number } | null
  requirepass: string
  masterauth: string
  appendfsync: FsyncPolicy
  save: readonly SavePoint[]
  /** In bytes. */
  replBacklogSize: number
  /** In seconds, as the next one. */
  replTimeout: number
  replPingReplicaPeriod: number
  /** In seconds, as the next one. */
  replDigestPeriod: number
  replDigestMemoryPeriod: number
  replDigestMismatchAction: 'none' | 'resync'
  /** Bytes per second; 0 for any number. */
  replSnapshotRate: number
  replMaxTransfers: number
  /** Unix seconds. */
  replFullSyncGateUntil: number
  replJournalRetainSize: number
  /** In seconds. */
  replJournalRetainTime: number
  replJournalRetainLimit: number
  replCompression: 'no' | 'yes'
  replCompressionLevel: number
  /** In ms. */
  replStreamDelay: number
  /** In seconds. */
  replSnapshotRetention: number
  /** In seconds. */
  replIncomingRetention: number
  maxclients: number
  /** Seconds that a client may be idle; 0 for ever. */
  timeout: number
  /** Seconds; 0 for never. */
  tcpKeepalive: number
  /** In bytes, as the next one. */
  protoMaxBulkLen: number
  clientQueryBufferLimit: number
  clientOutputBufferLimit: OutputLimits
  /** Redis's letters; empty for none. */
  notifyKeyspaceEvents: string
  /** In microseconds; negative for never. */
  slowlogLogSlowerThan: number
  slowlogMaxLen: number
  hashMaxListpackEntries: number
  /** In bytes. */
  hashMaxListpackValue: number
  setMaxIntsetEntries: number
  zsetMaxListpackEntries: number
  /** In bytes. */
  zsetMaxListpackValue: number
  /** Entries, or negative: -1 to -5 for 4 to 64 KiB. */
  listMaxListpackSize: number
  loglevel: LogLevel
}

/** One setting: its names, what it takes, and whether it can be changed while the server runs. */
export interface Setting<Value> {
  /** The name, then other names that Redis knows it by. */
  readonly names: readonly [string, ...string[]]
  readonly kind: SettingKind<Value>
  readonly default: Value
  readonly isChangeable: boolean
  /** For --help. */
  readonly summary: string
}

/** The declaration of every setting. */
export type SettingTable = { readonly [Key in keyof Settings]: Setting<Settings[Key]> }

const keyspaceEventFlags: SettingKind<string> = {
  placeholder: 'letters',
  parse(value) {
    const flags = normalizeEventFlags(value)
    if (flags === null) throw new InvalidSettingError("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
    return flags
  },
  // Redis shows no `n` beside `A`, though it is on.
  format: (value) => (value.includes('A') ? value.replace('n', '') : value),
}

/** Every setting. CONFIG, the command line and --help come from this. */
export const settings: SettingTable = {
  ...replicaSettings,
  port: {
    names: ['port'],
    kind: integer(0, 65535),
    default: 6379,
    isChangeable: false,
    summary: 'Port for Redis clients and for slaves; 0 for any free one.',
  },
  bind: {
    names: ['bind'],
    kind: text('addresses'),
    default: '127.0.0.1',
    isChangeable: false,
    summary: 'Addresses to listen on, separated by spaces.',
  },
  dir: {
    names: ['dir'],
    kind: text('folder', 4096),
    default: '',
    isChangeable: false,
    summary: 'Folder of the data. Without it nothing is kept across restarts.',
  },
  replicaof: {
    names: ['replicaof', 'slaveof'],
    kind: masterAddress,
    default: null,
    isChangeable: false,
    summary: 'The master to follow from the start.',
  },
  requirepass: {
    names: ['requirepass'],
    kind: text('password'),
    default: '',
    isChangeable: true,
    summary: 'Password that clients and slaves must know.',
  },
  masterauth: {
    names: ['masterauth'],
    kind: text('password'),
    default: '',
    isChangeable: true,
    summary: "The master's password.",
  },
  appendfsync: {
    names: ['appendfsync'],
    kind: oneOf('everysec', 'always', 'no'),
    default: 'everysec',
    isChangeable: true,
    summary: 'When a write is safe on disk: before it is answered, each second, or when the system pleases.',
  },
  save: {
    names: ['save'],
    kind: savePoints,
    default: [],
    isChangeable: true,
    summary: 'When to persist a snapshot, beside the journal.',
  },
  replBacklogSize: {
    names: ['repl-backlog-size'],
    kind: memory(16 * 1024, 16 * GIBIBYTE),
    default: 16 * MEBIBYTE,
    isChangeable: true,
    summary: 'Stream kept in memory for partial resynchronisation.',
  },
  replTimeout: {
    names: ['repl-timeout'],
    kind: integer(1, 86_400, 'seconds'),
    default: 60,
    isChangeable: true,
    summary: 'A link that is silent for so long is closed.',
  },
  replPingReplicaPeriod: {
    names: ['repl-ping-replica-period', 'repl-ping-slave-period'],
    kind: integer(1, 86_400, 'seconds'),
    default: 10,
    isChangeable: true,
    summary: 'How often a master lets its slaves hear from it.',
  },
  replDigestPeriod: {
    names: ['repl-digest-period'],
    kind: integer(0, 86_400, 'seconds'),
    default: 10,
    isChangeable: true,
    summary: 'How often a master has its slaves compare the digest of the data; 0 for never.',
  },
  replDigestMemoryPeriod: {
    names: ['repl-digest-memory-period'],
    kind: integer(0, 31_536_000, 'seconds'),
    default: 600,
    isChangeable: true,
    summary: 'How often a slave reads all its memory for that comparison; 0 for never.',
  },
  replDigestMismatchAction: {
    names: ['repl-digest-mismatch-action'],
    kind: oneOf('none', 'resync'),
    default: 'none',
    isChangeable: true,
    summary: "What a slave whose data differ from its master's does beside saying so.",
  },
  replSnapshotRate: {
    names: ['repl-snapshot-rate'],
    kind: memory(0),
    default: 0,
    isChangeable: true,
    summary: 'Bytes per second of all snapshots that are being sent, in equal parts; 0 for any number.',
  },
  replMaxTransfers: {
    names: ['repl-max-transfers'],
    kind: integer(0, 100_000),
    default: 8,
    isChangeable: true,
    summary: 'Transfers of snapshots at a time; other slaves wait in line. 0 for any number.',
  },
  replFullSyncGateUntil: {
    names: ['repl-full-sync-gate-until'],
    kind: integer(0, 253_402_300_799, 'unix-seconds'),
    default: 0,
    isChangeable: true,
    summary: 'No full synchronisation begins before this time.',
  },
  replJournalRetainSize: {
    names: ['repl-journal-retain-size'],
    kind: memory(0),
    default: 256 * MEBIBYTE,
    isChangeable: true,
    summary: 'Stream kept on disk for slaves that were away, always.',
  },
  replJournalRetainTime: {
    names: ['repl-journal-retain-time'],
    kind: integer(0, 31_536_000, 'seconds'),
    default: 3600,
    isChangeable: true,
    summary: 'And all of the stream that is younger than this.',
  },
  replJournalRetainLimit: {
    names: ['repl-journal-retain-limit'],
    kind: memory(0),
    default: 4 * GIBIBYTE,
    isChangeable: true,
    summary: 'But for its age not more than this.',
  },
  replCompression: {
    names: ['repl-compression'],
    kind: oneOf('no', 'yes'),
    default: 'no',
    isChangeable: true,
    summary: 'Whether snapshots and stream are compressed by zstd for slaves that can.',
  },
  replCompressionLevel: {
    names: ['repl-compression-level'],
    kind: integer(1, 19, 'level'),
    default: 1,
    isChangeable: true,
    summary: "zstd's level for that, from the next connection on.",
  },
  replStreamDelay: {
    names: ['repl-stream-delay'],
    kind: integer(0, 60_000, 'milliseconds'),
    default: 0,
    isChangeable: true,
    summary: 'The longest that the stream waits for more, to be compressed together.',
  },
  replSnapshotRetention: {
    names: ['repl-snapshot-retention'],
    kind: integer(1, 31_536_000, 'seconds'),
    default: 300,
    isChangeable: true,
    summary: 'How long the file of a transfer that broke is kept for whoever comes back for the rest.',
  },
  replIncomingRetention: {
    names: ['repl-incoming-retention'],
    kind: integer(1, 31_536_000, 'seconds'),
    default: 3600,
    isChangeable: true,
    summary: 'How long a slave keeps what has come of a snapshot after its transfer broke.',
  },
  maxclients: {
    names: ['maxclients'],
    kind: integer(1, 4_294_967_295),
    default: 10_000,
    isChangeable: true,
    summary: 'The most clients at a time.',
  },
  timeout: {
    names: ['timeout'],
    kind: integer(0, 2_147_483_647, 'seconds'),
    default: 0,
    isChangeable: true,
    summary: 'Close a client that is idle for so long.',
  },
  tcpKeepalive: {
    names: ['tcp-keepalive'],
    kind: integer(0, 2_147_483_647, 'seconds'),
    default: 300,
    isChangeable: true,
    summary: 'Ask an idle connection for a sign of life.',
  },
  protoMaxBulkLen: {
    names: ['proto-max-bulk-len'],
    kind: memory(MEBIBYTE, 2 * GIBIBYTE),
    default: 512 * MEBIBYTE,
    isChangeable: true,
    summary: 'The longest argument of a command.',
  },
  clientQueryBufferLimit: {
    names: ['client-query-buffer-limit'],
    kind: memory(MEBIBYTE, 4 * GIBIBYTE - 1),
    default: GIBIBYTE,
    isChangeable: true,
    summary: 'The most bytes of requests kept for one client.',
  },
  clientOutputBufferLimit: {
    names: ['client-output-buffer-limit'],
    kind: outputLimits,
    default: {
      normal: { hard: 0, soft: 0, softSeconds: 0 },
      replica: { hard: 256 * MEBIBYTE, soft: 64 * MEBIBYTE, softSeconds: 60 },
      pubsub: { hard: 32 * MEBIBYTE, soft: 8 * MEBIBYTE, softSeconds: 60 },
    },
    isChangeable: true,
    summary: 'How much may wait for a client that does not read what it is sent.',
  },
  notifyKeyspaceEvents: {
    names: ['notify-keyspace-events'],
    kind: keyspaceEventFlags,
    default: '',
    isChangeable: true,
    summary: 'Which events of keys are published.',
  },
  slowlogLogSlowerThan: {
    names: ['slowlog-log-slower-than'],
    kind: integer(-1, Number.MAX_SAFE_INTEGER, 'microseconds'),
    default: 10_000,
    isChangeable: true,
    summary: 'Commands that take longer are kept for SLOWLOG.',
  },
  slowlogMaxLen: {
    names: ['slowlog-max-len'],
    kind: integer(0, 1_000_000),
    default: 128,
    isChangeable: true,
    summary: 'How many commands SLOWLOG keeps.',
  },
  hashMaxListpackEntries: {
    names: ['hash-max-listpack-entries', 'hash-max-ziplist-entries'],
    kind: integer(0, 65_535),
    default: 512,
    isChangeable: true,
    summary: 'Hashes of up to so many fields are compact.',
  },
  hashMaxListpackValue: {
    names: ['hash-max-listpack-value', 'hash-max-ziplist-value'],
    kind: memory(0, MEBIBYTE),
    default: 64,
    isChangeable: true,
    summary: 'Hashes are compact whose fields and values are no longer.',
  },
  setMaxIntsetEntries: {
    names: ['set-max-intset-entries'],
    kind: integer(0, 65_535),
    default: 512,
    isChangeable: true,
    summary: 'Sets of up to so many integers are compact.',
  },
  zsetMaxListpackEntries: {
    names: ['zset-max-listpack-entries', 'zset-max-ziplist-entries'],
    kind: integer(0, 65_535),
    default: 128,
    isChangeable: true,
    summary: 'Sorted sets of up to so many members are compact.',
  },
  zsetMaxListpackValue: {
    names: ['zset-max-listpack-value', 'zset-max-ziplist-value'],
    kind: memory(0, MEBIBYTE),
    default: 64,
    isChangeable: true,
    summary: 'Sorted sets are compact whose members are no longer.',
  },
  listMaxListpackSize: {
    names: ['list-max-listpack-size', 'list-max-ziplist-size'],
    kind: integer(-5, 65_535),
    default: -2,
    isChangeable: true,
    summary: 'Lists of up to so many elements, or bytes (-1 for 4 KiB to -5 for 64 KiB), are compact.',
  },
  loglevel: {
    names: ['loglevel'],
    kind: oneOf('error', 'warning', 'notice', 'verbose', 'debug'),
    default: 'notice',
    isChangeable: true,
    summary: 'How much the log says.',
  },
}
