import type { LiveMasterOptions, Master, MasterOptions } from '@repl/master'
import type { Slave, SlaveOptions } from '@repl/slave'
import type { JournalRetention } from '@repl/store'
import type { Configuration } from './configuration.ts'
import type { Settings } from './settings.ts'

/** How a master and a slave are set beyond what Redis knows: digests, limits, compression. All of it can change live. */

const MASTER_SETTINGS = [
  'replDigestPeriod',
  'replSnapshotRate',
  'replSnapshotRetention',
  'replMaxTransfers',
  'replFullSyncGateUntil',
  'replCompression',
  'replCompressionLevel',
  'replStreamDelay',
  'replDisklessSync',
] as const satisfies readonly (keyof Settings)[]
const SLAVE_SETTINGS = [
  'replDigestMemoryPeriod',
  'replDigestMismatchAction',
  'replDisklessLoad',
  'replIncomingRetention',
] as const satisfies readonly (keyof Settings)[]

const RETENTION_SETTINGS = [
  'replJournalRetainSize',
  'replJournalRetainTime',
  'replJournalRetainLimit',
] as const satisfies readonly (keyof Settings)[]

/** How much of the journal these settings keep. */
export function retentionOf(values: Settings): JournalRetention {
  const { replJournalRetainSize: bytes, replJournalRetainTime, replJournalRetainLimit: limitBytes } = values
  return { bytes, milliseconds: replJournalRetainTime * 1000, limitBytes }
}

/** The options of a master that these settings stand for. */
export function masterOptionsOf(values: Settings): LiveMasterOptions & MasterOptions {
  return {
    digestPeriod: values.replDigestPeriod * 1000,
    snapshotBytesPerSecond: values.replSnapshotRate,
    snapshotRetention: values.replSnapshotRetention * 1000,
    maxTransfers: values.replMaxTransfers,
    fullSynchronizationGate: values.replFullSyncGateUntil * 1000,
    compression: values.replCompression === 'yes',
    compressionLevel: values.replCompressionLevel,
    streamDelay: values.replStreamDelay,
    disklessSync: values.replDisklessSync,
  }
}

/** The options of a slave that these settings stand for. */
export function slaveOptionsOf(values: Settings): SlaveOptions {
  return {
    disklessLoad: values.replDisklessLoad,
    memoryCheckPeriod: values.replDigestMemoryPeriod * 1000,
    digestMismatchAction: values.replDigestMismatchAction,
    incomingRetention: values.replIncomingRetention * 1000,
  }
}

/** Has CONFIG SET reach the master and the slave. */
export function applyReplicationSettings(configuration: Configuration, master: Master, slave: Slave): void {
  const { values } = configuration
  for (const key of RETENTION_SETTINGS) {
    configuration.onChange(key, () => {
      master.store.journalRetention = retentionOf(values)
    })
  }
  for (const key of MASTER_SETTINGS) configuration.onChange(key, () => master.configure(masterOptionsOf(values)))
  for (const key of SLAVE_SETTINGS) {
    configuration.onChange(key, () => void Object.assign(slave.options, slaveOptionsOf(values)))
  }
}
