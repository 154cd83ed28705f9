import type { Step as MasterStep } from '@repl/master'
import type { Step as SlaveStep } from '@repl/slave'
import { StoreError } from '@repl/store'
import type { Node } from '../connection/client-context.ts'

/** Logs what happens to a node: its role, its disk, its slaves, its link to a master. */
export function logEvents({ store, master, slave, logger }: Node): void {
  store.on('role', (isReadOnly) => logger.info({ role: isReadOnly ? 'slave' : 'master' }, 'the role has changed'))
  store.on('journalFailed', (error) => {
    logger.error({ err: error }, 'the disk refuses the journal; writes are refused until it takes it again')
  })
  store.on('journalHealed', () => logger.info('the disk takes the journal again'))
  store.on('launcherDied', (error) =>
    logger.warn({ err: error }, 'the process that starts children has to be replaced'),
  )
  store.on('snapshotFailed', (error) => {
    // The end of the store ends its snapshot as well; nothing is wrong then.
    if (error instanceof StoreError && error.code === 'STORE_CLOSED') return
    logger.error({ err: error }, 'the snapshot could not be persisted')
  })
  master.on('slave', (address, status) => {
    if (status === null) logger.info({ slave: address }, 'a slave has gone')
    else logger.info({ slave: address, state: status.state }, 'a slave')
  })
  master.on('step', (step, address) => logger.info({ slave: address, ...stepFields(step) }, stepText(step)))
  master.on('error', (error, address) => logger.warn({ slave: address, err: error }, 'something is wrong with a slave'))
  slave.on('state', (state) => logger.info({ state, master: slave.master }, 'the link to the master'))
  slave.on('step', (step) => logger.info(stepFields(step), stepText(step)))
  slave.on('error', (error) => logger.warn({ code: error.code, err: error }, 'the link to the master failed'))
  slave.on('divergence', (divergence) => {
    logger.error(
      { ...divergence, action: slave.options.digestMismatchAction },
      "DIVERGENCE: the data set is not the master's",
    )
  })
  slave.on('fullSynchronization', (reason) => logger.info({ reason }, 'a full synchronisation begins'))
  slave.on('queued', (place) => logger.info({ place }, "waiting in the master's line for a transfer"))
  slave.on('online', () => logger.info({ offset: store.offset }, 'in step with the master'))
}

/** A step of replication for programs that read the log: the demo shows the steps from these fields. */
function stepFields({ number, name, bytes, startedAt, endedAt }: MasterStep | SlaveStep) {
  return { step: number, name, bytes, milliseconds: endedAt - startedAt }
}

function stepText({ number, detail }: MasterStep | SlaveStep): string {
  return `[${number}/8] ${detail}`
}
