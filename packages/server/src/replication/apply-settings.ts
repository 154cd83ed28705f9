import type { LiveMasterOptions, Master } from '@repl/master'
import type { Slave } from '@repl/slave'
import type { Store } from '@repl/store'
import type { Configuration } from '../configuration/configuration.ts'
import type { Settings } from '../configuration/settings.ts'

/** What the settings of Redis say of a master, in its own units. */
export function masterOptions(values: Settings): LiveMasterOptions {
  return {
    timeout: values.replTimeout * 1000,
    pingPeriod: values.replPingReplicaPeriod * 1000,
    minSlavesToWrite: values.minReplicasToWrite,
    minSlavesMaxLag: values.minReplicasMaxLag * 1000,
    backlogRetention: values.replBacklogTtl * 1000,
    noDelay: !values.replDisableTcpNodelay,
    snapshotDelay: values.replDisklessSync ? values.replDisklessSyncDelay * 1000 : 0,
    snapshotDelayMaxSlaves: values.replDisklessSyncMaxReplicas,
  }
}

/** Where other nodes and clients reach this one. */
export function announcement(values: Settings): { announcedHost: string; announcedPort: number } {
  return { announcedHost: values.replicaAnnounceIp, announcedPort: values.replicaAnnouncePort || values.port }
}

const MASTER_KEYS = [
  'replTimeout',
  'replPingReplicaPeriod',
  'minReplicasToWrite',
  'minReplicasMaxLag',
  'replBacklogTtl',
  'replDisableTcpNodelay',
  'replDisklessSync',
  'replDisklessSyncDelay',
  'replDisklessSyncMaxReplicas',
] as const satisfies readonly (keyof Settings)[]

/** Has changes of the settings reach master, slave and store while they work. */
export function applyReplicaSettings(configuration: Configuration, store: Store, master: Master, slave: Slave): void {
  const { values } = configuration
  for (const key of MASTER_KEYS) configuration.onChange(key, () => master.configure(masterOptions(values)))
  configuration.onChange('replTimeout', () => {
    slave.options.timeout = values.replTimeout * 1000
    slave.refresh()
  })
  configuration.onChange('replBacklogSize', () => {
    store.backlogBytes = values.replBacklogSize
  })
  const announce = (): void => void Object.assign(slave.options, announcement(values))
  configuration.onChange('replicaAnnounceIp', announce)
  configuration.onChange('replicaAnnouncePort', announce)
}
