import type { SimulatedNode } from '../cluster/simulated-node.ts'
import { Violation } from './violation.ts'

/** What slaves have told a master that they have, they have: WAIT, WAITAOF and failovers rely on it. */
export function checkAcknowledgements(node: SimulatedNode, nodes: readonly SimulatedNode[]): void {
  const { running } = node
  if (running === null) return
  // An older link of the same slave may not have noticed yet that it is over.
  const statuses = new Map(running.master.slaves.map((status) => [status.runId, status]))
  for (const [runId, status] of statuses) {
    if (status.state !== 'online') continue
    const slave = nodes.find((other) => other.running?.slave.runId === runId)
    if (slave === undefined || slave.running?.slave.master?.host !== node.name) continue
    const { store } = slave.running
    // Behind another snapshot the offsets mean something else, until the master hears of it.
    if (slave.running.slave.state !== 'connected') continue
    if (store.history.replicationId !== running.store.history.replicationId) continue
    check(slave.name, 'received', status.receivedOffset, store.offset)
    check(slave.name, 'applied', status.appliedOffset, store.appliedOffset)
    check(slave.name, 'made durable', status.durableOffset, store.journal.durableOffset)
  }
}

function check(name: string, what: string, acknowledged: number, actual: number): void {
  if (acknowledged <= actual) return
  throw new Violation(
    'no acknowledgement is a lie',
    name,
    `says that it has ${what} ${acknowledged}, and has ${actual}`,
  )
}
