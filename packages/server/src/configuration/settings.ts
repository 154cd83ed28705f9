import type { FsyncPolicy } from '@repl/store'
import type { SavePoint } from './save-points.ts'
import { integer, masterAddress, memory, oneOf, type SettingKind, savePoints, text } from './setting-kind.ts'

const MEBIBYTE = 1024 * 1024
const GIBIBYTE = 1024 * MEBIBYTE

/** How much a log says, least first. */
export type LogLevel = 'error' | 'warning' | 'notice' | 'verbose' | 'debug'

/** The values of all settings. */
export interface Settings {
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
  maxclients: number
  /** Seconds that a client may be idle; 0 for ever. */
  timeout: number
  /** Seconds; 0 for never. */
  tcpKeepalive: number
  /** In bytes, as the next one. */
  protoMaxBulkLen: number
  clientQueryBufferLimit: number
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

/** Every setting. CONFIG, the command line and --help come from this. */
export const settings: SettingTable = {
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
    isChangeable: false,
    summary: 'Stream kept in memory for partial resynchronisation.',
  },
  replTimeout: {
    names: ['repl-timeout'],
    kind: integer(1, 86_400, 'seconds'),
    default: 60,
    isChangeable: false,
    summary: 'A link that is silent for so long is closed.',
  },
  replPingReplicaPeriod: {
    names: ['repl-ping-replica-period', 'repl-ping-slave-period'],
    kind: integer(1, 86_400, 'seconds'),
    default: 10,
    isChangeable: false,
    summary: 'How often a master lets its slaves hear from it.',
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
  loglevel: {
    names: ['loglevel'],
    kind: oneOf('error', 'warning', 'notice', 'verbose', 'debug'),
    default: 'notice',
    isChangeable: true,
    summary: 'How much the log says.',
  },
}
