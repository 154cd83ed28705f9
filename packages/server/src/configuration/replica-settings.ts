import { InvalidSettingError, integer, oneOf, type SettingKind, text } from './setting-kind.ts'
import type { Setting } from './settings.ts'

const INT_MAX = 2_147_483_647

/** How a slave of Redis loads what comes without a file. */
export type DisklessLoad = 'disabled' | 'on-empty-db' | 'swapdb'

/** The settings of replication that are about nothing else. */
export interface ReplicaSettings {
  masteruser: string
  minReplicasToWrite: number
  /** In seconds. */
  minReplicasMaxLag: number
  replicaServeStaleData: boolean
  replicaReadOnly: boolean
  replicaPriority: number
  replicaAnnounced: boolean
  /** Empty: where the connection to the master comes from. */
  replicaAnnounceIp: string
  /** 0: the port that this server listens on. */
  replicaAnnouncePort: number
  /** In seconds; 0 for ever. */
  replBacklogTtl: number
  replDisableTcpNodelay: boolean
  replDisklessSync: boolean
  /** In seconds. */
  replDisklessSyncDelay: number
  replDisklessSyncMaxReplicas: number
  replDisklessLoad: DisklessLoad
}

/** Redis's `yes` and `no`. */
const yesOrNo: SettingKind<boolean> = {
  placeholder: 'yes|no',
  parse(value) {
    const word = value.toLowerCase()
    if (word !== 'yes' && word !== 'no') throw new InvalidSettingError("argument must be 'yes' or 'no'")
    return word === 'yes'
  },
  format: (value) => (value ? 'yes' : 'no'),
}

/** A slave that takes writes of its own is no copy any more, and here every slave can feed others and be promoted. */
const alwaysReadOnly: SettingKind<boolean> = {
  placeholder: 'yes',
  parse(value, present) {
    if (yesOrNo.parse(value, present)) return true
    throw new InvalidSettingError(
      'replicas are always read-only here: what one wrote on its own would be on no other node, and lost with the next synchronization; REPLICAOF NO ONE makes it a master',
    )
  },
  format: () => 'yes',
}

/** Between nodes a password is all there is to know: a name that was not checked would be taken for a protection. */
const onlyUser: SettingKind<string> = {
  placeholder: 'default',
  parse(value) {
    if (value === '' || value === 'default') return value
    throw new InvalidSettingError(
      `masters know no user but 'default', and this is '${value.slice(0, 64)}': leave it empty and set masterauth`,
    )
  },
  format: (value) => value,
}

/** Every one of them; all can be changed while the server runs. */
export const replicaSettings: { readonly [Key in keyof ReplicaSettings]: Setting<ReplicaSettings[Key]> } = {
  masteruser: {
    names: ['masteruser'],
    kind: onlyUser,
    default: '',
    isChangeable: true,
    summary: "The master's user: there is none but `default`.",
  },
  minReplicasToWrite: {
    names: ['min-replicas-to-write', 'min-slaves-to-write'],
    kind: integer(0, INT_MAX),
    default: 0,
    isChangeable: true,
    summary: 'Refuse writes while fewer slaves than this are in step.',
  },
  minReplicasMaxLag: {
    names: ['min-replicas-max-lag', 'min-slaves-max-lag'],
    kind: integer(0, INT_MAX, 'seconds'),
    default: 10,
    isChangeable: true,
    summary: 'How long ago a slave that counts for that was last heard of.',
  },
  replicaServeStaleData: {
    names: ['replica-serve-stale-data', 'slave-serve-stale-data'],
    kind: yesOrNo,
    default: true,
    isChangeable: true,
    summary: 'Whether a slave answers while it is not in step with its master.',
  },
  replicaReadOnly: {
    names: ['replica-read-only', 'slave-read-only'],
    kind: alwaysReadOnly,
    default: true,
    isChangeable: true,
    summary: 'Slaves are read-only; no other value is taken.',
  },
  replicaPriority: {
    names: ['replica-priority', 'slave-priority'],
    kind: integer(0, INT_MAX),
    default: 100,
    isChangeable: true,
    summary: 'What INFO tells whoever chooses a slave to promote: the lowest first, 0 never.',
  },
  replicaAnnounced: {
    names: ['replica-announced'],
    kind: yesOrNo,
    default: true,
    isChangeable: true,
    summary: 'What INFO tells whoever lists the slaves.',
  },
  replicaAnnounceIp: {
    names: ['replica-announce-ip', 'slave-announce-ip'],
    kind: text('host', 255),
    default: '',
    isChangeable: true,
    summary: 'Where this node is reached, as its master shows it; from the next link on.',
  },
  replicaAnnouncePort: {
    names: ['replica-announce-port', 'slave-announce-port'],
    kind: integer(0, 65535),
    default: 0,
    isChangeable: true,
    summary: 'The same for the port.',
  },
  replBacklogTtl: {
    names: ['repl-backlog-ttl'],
    kind: integer(0, INT_MAX, 'seconds'),
    default: 3600,
    isChangeable: true,
    summary: 'Memory keeps the end of the stream for so long after the last slave has gone; the disk longer.',
  },
  replDisableTcpNodelay: {
    names: ['repl-disable-tcp-nodelay'],
    kind: yesOrNo,
    default: false,
    isChangeable: true,
    summary: 'Fewer and later packets to slaves.',
  },
  replDisklessSync: {
    names: ['repl-diskless-sync'],
    kind: yesOrNo,
    default: true,
    isChangeable: true,
    summary:
      'Whether a new snapshot is sent while it is being written, and waits for more slaves; the file is written all the same.',
  },
  replDisklessSyncDelay: {
    names: ['repl-diskless-sync-delay'],
    kind: integer(0, INT_MAX, 'seconds'),
    default: 0,
    isChangeable: true,
    summary: 'How long a slave that needs a new snapshot waits for others to share it.',
  },
  replDisklessSyncMaxReplicas: {
    names: ['repl-diskless-sync-max-replicas'],
    kind: integer(0, INT_MAX),
    default: 0,
    isChangeable: true,
    summary: 'When so many wait, the snapshot begins; 0 for any number.',
  },
  replDisklessLoad: {
    names: ['repl-diskless-load'],
    kind: oneOf<DisklessLoad>('disabled', 'on-empty-db', 'swapdb'),
    default: 'on-empty-db',
    isChangeable: true,
    summary:
      'Whether a snapshot is loaded while it is received, beside the data that is served until its checksum is right.',
  },
}
