import { short, type TrueHistories } from '../model/true-histories.ts'
import type { ObservedDecision } from './decision-observer.ts'
import { Violation } from './violation.ts'

/** What is true of the slave that asked. */
export interface AskingSlave {
  readonly name: string
  /** Its place in its history at this moment. */
  readonly id: string
  readonly offset: number
  /** Its copy is known to be wrong: an operation of its disk has failed. */
  readonly isCopyDoubtful: boolean
}

/**
 * Judges a decision by what is true, not by what master and slave believe: a slave goes on exactly if what it has is
 * a prefix of what the master has, and the master still has what comes next.
 */
export function checkDecision(
  decision: ObservedDecision,
  masterName: string,
  masterId: string,
  slave: AskingSlave | null,
  truth: TrueHistories,
): void {
  const { kind, facts, requestedId, requestedOffset, reason } = decision
  const isPrefix =
    requestedId !== '' &&
    truth.get(requestedId) !== undefined &&
    truth.isPrefix(requestedId, requestedOffset, masterId) &&
    requestedOffset <= facts.readableOffset
  const place = `${requestedId === '' ? 'nothing' : short(requestedId)} at ${requestedOffset}`
  if (kind === 'partial') {
    if (!isPrefix || requestedOffset < facts.firstOffset) {
      throw new Violation('nobody who has diverged is fed', masterName, `lets a slave go on from ${place}`)
    }
    return
  }
  // It has died or gone on meanwhile.
  if (slave === null) return
  const need = { ...slave }
  const couldGoOn =
    need.offset > 0 &&
    need.offset >= facts.firstOffset &&
    need.offset <= facts.readableOffset &&
    truth.isPrefix(need.id, need.offset, masterId)
  if (!couldGoOn || (requestedId === '' && slave.isCopyDoubtful)) return
  const has = `${short(need.id)} at ${need.offset}`
  throw new Violation(
    'nobody synchronises in full who need not',
    masterName,
    `gives ${slave.name} a snapshot, who has ${has} and asked from ${place}: ${reason}`,
  )
}
