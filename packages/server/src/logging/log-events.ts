import type { Node } from '../connection/client-context.ts'

/** Logs what happens to a node: its role, its disk, its slaves, its link to a master. */
export function logEvents({ store, master, slave, logger }: Node): void {
  store.on('role', (isReadOnly) => logger.info({ role: isReadOnly ? 'slave' : 'master' }, 'the role has changed'))
  store.on('journalFailed', (error) => {
    logger.error({ err: error }, 'the disk refuses the journal; writes are refused until it takes it again')
  })
  store.on('journalHealed', () => logger.info('the disk takes the journal again'))
  store.on('snapshotFailed', (error) => logger.error({ err: error }, 'the snapshot could not be persisted'))
  master.on('slave', (address, status) => {
    if (status === null) logger.info({ slave: address }, 'a slave has gone')
    else logger.info({ slave: address, state: status.state }, 'a slave')
  })
  master.on('step', ({ number, detail, bytes }, address) => {
    logger.info({ slave: address, step: number, bytes }, `[${number}/8] ${detail}`)
  })
  master.on('error', (error, address) => logger.warn({ slave: address, err: error }, 'something is wrong with a slave'))
  slave.on('state', (state) => logger.info({ state, master: slave.master }, 'the link to the master'))
  slave.on('step', ({ number, detail, bytes }) => logger.info({ step: number, bytes }, `[${number}/8] ${detail}`))
  slave.on('error', (error) => logger.warn({ code: error.code, err: error }, 'the link to the master failed'))
  slave.on('online', () => logger.info({ offset: store.offset }, 'in step with the master'))
}
